"""commands/_targets, _output and _plot: which files a command may write."""

import argparse
import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skdigits.__main__ import main
from skdigits.commands._output import add_output_option
from skdigits.commands._plot import numbered
from skdigits.commands._targets import check_can_write, file_ending_in, target_file


@pytest.fixture
def npz(tmp_path):
    X, y = load_digits(return_X_y=True)
    np.savez(tmp_path / "digits.npz", X=X[:200], y=y[:200])
    return str(tmp_path / "digits.npz")


def test_new_file(tmp_path):
    check_can_write(tmp_path / "new", "--output", force=False)


def test_what_exists_is_overwritten_by_force_alone(tmp_path):
    file = tmp_path / "old\x1b"
    file.write_bytes(b"")
    with pytest.raises(FileExistsError, match=r"old\\x1b exists: .* --force to overwrite it"):
        check_can_write(file, "--output", force=False)
    check_can_write(file, "--output", force=True)


def test_folders(tmp_path):
    with pytest.raises(argparse.ArgumentTypeError, match=r"no such folder: .*absent"):
        target_file(str(tmp_path / "absent" / "file"))
    with pytest.raises(argparse.ArgumentTypeError, match="must be a file, got the folder"):
        target_file(str(tmp_path))
    with pytest.raises(IsADirectoryError, match="--output must be a file"):
        check_can_write(tmp_path, "--output", force=True)


@pytest.mark.skipif(os.name != "posix", reason="devices and permissions of POSIX")
def test_endings_are_those_of_the_formats(tmp_path):
    convert = file_ending_in(".onnx", ".html")
    assert convert(str(tmp_path / "it.ONNX")) == tmp_path / "it.ONNX"
    with pytest.raises(
        argparse.ArgumentTypeError, match=r"must end in \.onnx, \.html, got .*it\.h5"
    ):
        convert(str(tmp_path / "it.h5"))


def test_devices_are_written_to_as_they_are():
    check_can_write(Path("/dev/null"), "--output", force=False)


def test_no_permission(tmp_path, monkeypatch):
    # Not by the mode of the folder, which does not bind root.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    with pytest.raises(PermissionError, match="no permission to write"):
        check_can_write(tmp_path / "new", "--output", force=False)


@pytest.mark.parametrize("suffix", [".pkl", ".JOBLIB", ".keras", ".png", ".npz"])
def test_other_formats_are_not_promised(suffix, capsys):
    command = argparse.ArgumentParser()
    add_output_option(command, "something")
    with pytest.raises(SystemExit, match="2"):
        command.parse_args(["--output", f"digits{suffix}"])
    assert "choose a name such as digits.skops" in capsys.readouterr().err
    assert command.parse_args(["--output", "digits"]).output == Path("digits")
    assert command.parse_args(["--output", "digits.bin"]).output == Path("digits.bin")
    told = " ".join(command.format_help().split())
    assert "usually ends in .skops, and never like that of another format" in told


def test_several_pictures_are_numbered():
    assert numbered(None, 3) == []
    assert numbered(Path("a/read.png"), 1) == [Path("a/read.png")]
    assert numbered(Path("a/read.png"), 2) == [Path("a/read-1.png"), Path("a/read-2.png")]


@pytest.mark.parametrize(
    ("command", "option"),
    [
        *[("compare", "--plot"), ("search", "--output"), ("search", "--plot")],
        *[("train", "--output"), ("train", "--plot")],
    ],
)
def test_commands_keep_what_exists(command, option, npz, tmp_path, monkeypatch, capsys):
    file = tmp_path / {"--output": "old.skops", "--plot": "old.png"}[option]
    file.write_bytes(b"precious")
    options = [option, str(file)]
    if command == "train" and option == "--plot":
        options += ["--output", str(tmp_path / "new.skops")]
    monkeypatch.setattr(
        "skdigits.programs._backend.require_backend", lambda: pytest.fail("the work begins")
    )
    assert main([command, "--data", npz, *options]) == 1
    error = capsys.readouterr().err
    assert "--force to overwrite it" in error
    assert file.read_bytes() == b"precious"


def test_force_overwrites(npz, tmp_path, pyplot, capsys):
    file = tmp_path / "old.png"
    file.write_bytes(b"precious")
    command = ["compare", "--data", npz, "--classifiers", "knn", "--cv", "2", "--plot", str(file)]
    assert main([*command, "--force"]) == 0
    assert file.read_bytes().startswith(b"\x89PNG")


def test_picture_that_fails_leaves_what_was_there(npz, tmp_path, pyplot, monkeypatch, capsys):
    file = tmp_path / "old.png"
    file.write_bytes(b"precious")

    def fail(figure, stream, **options):
        stream.write(b"half")
        raise OSError("the disk is full")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", fail)
    command = ["compare", "--data", npz, "--classifiers", "knn", "--cv", "2", "--plot", str(file)]
    assert main([*command, "--force"]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("classifier ")
    assert "the disk is full" in captured.err
    assert file.read_bytes() == b"precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["digits.npz", "old.png"]
