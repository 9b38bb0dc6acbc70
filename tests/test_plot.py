"""The option `--plot` of the command line."""

import argparse
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skdigits.__main__ import main
from skdigits.architectures import MLP, Softmax
from skdigits.commands._plot import add_plot_option, save_figure
from skdigits.plotting import SearchDisplay
from skdigits.search import _BUDGETS

SIGNATURES = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}


@pytest.fixture
def npz(tmp_path):
    X, y = load_digits(return_X_y=True)
    np.savez(tmp_path / "digits.npz", X=X[:200], y=y[:200])
    return str(tmp_path / "digits.npz")


def compare(npz, *arguments):
    return main(["compare", "--data", npz, "--classifiers", "knn", "--cv", "2", *arguments])


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_compare_saves_its_picture(suffix, npz, tmp_path, pyplot, capsys):
    file = tmp_path / f"comparison.{suffix}"
    assert compare(npz, "--plot", str(file)) == 0
    assert file.read_bytes().startswith(SIGNATURES[suffix])
    captured = capsys.readouterr()
    assert captured.err.endswith(f"picture: {file}\n")
    assert captured.out.startswith("classifier ")
    assert pyplot.get_fignums() == []


def test_missing_matplotlib_is_told_before_the_work(npz, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    assert compare(npz, "--plot", str(tmp_path / "it.png")) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert 'pip install "skdigits[plot]"' in captured.err
    assert "knn" not in captured.err


@pytest.mark.parametrize(
    ("file", "message"),
    [("it.doc", "must end in .pdf, .png, .svg, got it.doc"), ("no/it.png", "no such folder: no")],
)
def test_bad_file_is_told_before_the_work(file, message, npz, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        compare(npz, "--plot", file)
    assert message in capsys.readouterr().err


def test_other_commands_can_use_it(tmp_path, pyplot):
    command = argparse.ArgumentParser()
    add_plot_option(command, "something")
    assert command.parse_args([]).plot is None
    file = command.parse_args(["--plot", str(tmp_path / "it.PNG")]).plot
    display = SearchDisplay(np.ones((1, 2)), row_values=[1], column_values=[1, 2])
    save_figure(display.plot().figure_, file)
    assert file.read_bytes().startswith(SIGNATURES["png"])


def test_search_saves_its_picture(npz, tmp_path, monkeypatch, pyplot, capsys):
    step = "kerasdigitclassifier"
    space = {f"{step}__architecture": [Softmax(), MLP((4,))], f"{step}__learning_rate": [0.01, 0.1]}
    monkeypatch.setitem(_BUDGETS, "small", replace(_BUDGETS["small"], space=space))
    file = tmp_path / "search.png"
    arguments = ["--budget", "small", "--strategy", "grid", "--epochs", "1", "--plot", str(file)]
    assert main(["search", "--data", npz, *arguments]) == 0
    assert file.read_bytes().startswith(SIGNATURES["png"])
    assert capsys.readouterr().err.endswith(f"picture: {file}\n")
