"""The command `train`."""

import sys

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from small_readers import written

from skdigits.__main__ import main
from skdigits.persistence import read_estimator
from skdigits.preprocessing import DigitFramer


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
    images, labels = written()
    npz, file = tmp_path / "digits.npz", tmp_path / "network.skops"
    X = DigitFramer().transform(images[:60]).reshape(-1, 28, 28)
    np.savez(npz, X=X, y=labels[:60])
    command = ["train", "--data", str(npz), "--output", str(file), "--handwriting"]
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
    assert main(["train", "--data", npz, "--output", str(tmp_path / "absent" / "file")]) == 1
    assert "folder that exists" in capsys.readouterr().err
    assert main(["train", "--data", npz, "--output", str(tmp_path)]) == 1
    assert "--output must be a file" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "skops.io", None)
    assert main(["train", "--data", "absent.npz", "--output", str(tmp_path / "file")]) == 1
    assert "pip install" in capsys.readouterr().err
