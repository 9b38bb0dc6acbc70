"""The command `train`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from small_readers import framed, written

from skdigits.__main__ import main
from skdigits.persistence import read_estimator


@pytest.fixture
def npz(tmp_path):
    path = tmp_path / "digits.npz"
    X, y = load_digits(return_X_y=True)
    np.savez(path, x_train=X[:200], y_train=y[:200], x_test=X[200:260], y_test=y[200:260])
    return str(path)


def test_saves_what_it_fitted(npz, tmp_path, capsys):
    file = tmp_path / "network.skops"
    assert main(["train", "--data", npz, "--output", str(file), "--epochs", "2"]) == 0
    out = capsys.readouterr().out
    classifier = read_estimator(file)
    X, y = load_digits(return_X_y=True)
    assert f"accuracy on 60 test images: {classifier.score(X[200:260], y[200:260]):.2%}\n" in out
    assert "fitted 200 images" in out
    assert classifier[-1].epochs == 2


def test_progress_is_shown_and_the_curve_saved(npz, tmp_path, pyplot, capsys):
    file, picture = tmp_path / "network.skops", tmp_path / "curve.png"
    command = ["train", "--data", npz, "--output", str(file), "--epochs", "2"]
    assert main([*command, "--plot", str(picture)]) == 0
    printed = capsys.readouterr()
    assert "epoch 2/2" in printed.err.lower()
    assert "epoch" not in printed.out
    assert read_estimator(file)[-1].verbose == 0
    with Image.open(picture) as image:
        assert image.width > 400
    assert pyplot.get_fignums() == []


def test_handwriting_is_added(tmp_path, capsys):
    labels = written()[1]
    npz, file = tmp_path / "digits.npz", tmp_path / "network.skops"
    X = framed()[:60].reshape(-1, 28, 28)
    np.savez(npz, X=X, y=labels[:60])
    command = ["train", "--data", str(npz), "--output", str(file), "--handwriting"]
    command += ["--validation", "0"]
    assert main([*command, "--epochs", "1", "--recipe", "small-tutorial-cnn"]) == 0
    out = capsys.readouterr().out
    assert (
        "fitted 204 images" in out
    )  # 60, 60 written once more, 60 segments, 24 that are no digits.
    assert "accuracy" not in out
    assert read_estimator(file).predict(X.reshape(60, -1)).shape == (60,)


def test_handwriting_needs_large_images(npz, tmp_path, capsys):
    assert main(["train", "--data", npz, "--output", str(tmp_path / "x"), "--handwriting"]) == 1
    assert "--handwriting needs images of 28x28 pixels" in capsys.readouterr().err


def test_folder_is_checked_before_the_work(npz, tmp_path, monkeypatch, capsys):
    for output, message in (
        (tmp_path / "absent" / "file", "argument --output: no such folder: "),
        (tmp_path, "argument --output: must be a file"),
    ):
        with pytest.raises(SystemExit, match="2"):
            main(["train", "--data", npz, "--output", str(output)])
        assert message in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "skops.io", None)
    assert main(["train", "--data", "absent.npz", "--output", str(tmp_path / "file")]) == 1
    assert "pip install" in capsys.readouterr().err


def train(npz, *arguments, output):
    command = ["train", "--data", npz, "--output", str(output), "--epochs", "1"]
    return main([*command, *map(str, arguments)])


@pytest.fixture
def unsplit_npz(tmp_path):
    path = tmp_path / "unsplit.npz"
    X, y = load_digits(return_X_y=True)
    np.savez(path, X=X[:300], y=y[:300])
    return str(path)


def test_rows_are_set_aside_where_no_split_is_published(unsplit_npz, tmp_path, capsys):
    assert train(unsplit_npz, output=tmp_path / "network.skops") == 0
    out = capsys.readouterr().out
    assert "fitted 270 images" in out
    assert re.search(r"^accuracy on 30 images that were set aside: \d+\.\d\d%$", out, re.MULTILINE)


def test_all_rows_may_be_trained_on(unsplit_npz, tmp_path, capsys):
    assert train(unsplit_npz, "--validation", "0", output=tmp_path / "network.skops") == 0
    out = capsys.readouterr().out
    assert "fitted 300 images" in out
    assert "accuracy" not in out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_full_standard_output_does_not_lose_the_model(tmp_path, unbuffered):
    X, y = load_digits(return_X_y=True)
    X = X[:, :-1]  # No square: a dense network, which takes no import of TensorFlow.
    npz = tmp_path / "digits.npz"
    np.savez(npz, x_train=X[:200], y_train=y[:200], x_test=X[200:260], y_test=y[200:260])
    output, picture = tmp_path / "network.skops", tmp_path / "curve.png"
    program = [sys.executable, "-m", "skdigits", "train", "--data", npz, "--epochs", "1"]
    with open("/dev/full", "w") as full:
        finished = subprocess.run(
            [*program, "--output", output, "--plot", picture],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert finished.returncode == 1
    assert "No space left on device" in finished.stderr.splitlines()[-1]
    assert read_estimator(output).predict(X[:5]).shape == (5,)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_control_characters_of_a_name_are_shown(npz, tmp_path, capsys):
    assert train(npz, output=tmp_path / "\x1b[2Jnetwork.skops") == 0
    out = capsys.readouterr().out
    assert out.replace("\n", "").isprintable()
    assert "\\x1b[2Jnetwork.skops" in out
