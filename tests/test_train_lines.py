"""The command `train --recipe lines`."""

import json
import re
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from small_readers import framed, written

from skdigits import PixelScaler
from skdigits.__main__ import main
from skdigits.commands._labelled_images import LabelledImages
from skdigits.commands._train_lines import _lines
from skdigits.persistence import read_estimator, save_estimator
from skdigits.reading import _line_training as line_training
from skdigits.reading import load_recognizer


@pytest.fixture(scope="module")
def npz(tmp_path_factory):
    labels = written()[1]
    file = tmp_path_factory.mktemp("lines") / "digits.npz"
    X = framed()[:80].reshape(-1, 28, 28)
    np.savez(file, x_train=X[:60], y_train=labels[:60], x_test=X[60:], y_test=labels[60:80])
    return str(file)


def train(npz, output, *options):
    command = ["train", "--recipe", "lines", "--data", npz, "--output", str(output)]
    return main([*command, "--n-lines", "120", "--epochs", "1", *options])


@pytest.fixture(scope="module")
def trained(npz, tmp_path_factory):
    """The file, and what was printed on the way."""
    file = tmp_path_factory.mktemp("trained") / "lines.skops"
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        assert train(npz, file) == 0
    return file, out.getvalue(), err.getvalue()


def test_saves_what_it_fitted(trained):
    file, out, err = trained
    assert re.match(
        r"fitted 120 lines in \d+ s\n"
        r"score on 1 lines of 20 test images: [\d.]+%\n"
        r"saved .*lines\.skops \([\d,]+ kB\)\n$",
        out,
    )
    assert re.search(r"epoch 1/1, batch 2/2 - loss .* left", err)
    recognizer = read_estimator(file)
    assert (recognizer.epochs, recognizer.verbose, recognizer.checkpoint) == (1, 0, None)
    assert set("0123456789") <= set(recognizer.characters_)
    assert recognizer.predict(written()[0][:2]).shape == (2,)
    assert [path.name for path in file.parent.iterdir()] == ["lines.skops"]


def test_few_lines_hold_digits_of_all_classes(npz):
    """Images are often sorted by class."""
    data = np.load(npz)
    order = np.argsort(data["y_train"], kind="stable")
    digits = LabelledImages(data["x_train"][order], data["y_train"][order])
    _, texts = _lines(digits, 10, 0)
    assert len(set("".join(texts)) & set("0123456789")) > 7


def test_files_are_less_than_a_megabyte(trained):
    assert trained[0].stat().st_size < 1_000_000


def test_the_same_command_goes_on(npz, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(line_training, "_SECONDS_PER_CHECKPOINT", 0)
    whole, file = tmp_path / "whole.skops", tmp_path / "lines.skops"
    assert train(npz, whole, "--epochs", "2") == 0
    batch, n_batches = line_training.LineBatches.batch, []

    def interrupted(batches, places, epoch):
        n_batches.append(1)
        if len(n_batches) == 3:
            raise KeyboardInterrupt
        return batch(batches, places, epoch)

    with monkeypatch.context() as patch:
        patch.setattr(line_training.LineBatches, "batch", interrupted)
        assert train(npz, file, "--epochs", "2") == 130
    told = capsys.readouterr().err
    assert "the same command continues from" in told
    assert "lines.skops.checkpoint" in told
    assert not file.exists()
    assert train(npz, file, "--epochs", "2") == 0
    assert "continuing from" in capsys.readouterr().err
    for one, other in zip(
        read_estimator(file).weights_, read_estimator(whole).weights_, strict=True
    ):
        assert_array_equal(one, other)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lines.skops", "whole.skops"]


def corrections(folder):
    """Write a photo and the text on it; return the options that name them."""
    photo, read = folder / "field.png", folder / "read.json"
    Image.fromarray(np.hstack(written()[0][:3])).save(photo)
    text = "".join(map(str, written()[1][:3]))
    read.write_text(json.dumps({"photo": str(photo), "text": text}))
    return "--corrections", str(read)


def is_adapted(recognizer, before):
    old, new = (np.concatenate([it.ravel() for it in one.weights_]) for one in (before, recognizer))
    return 0 < np.linalg.norm(new - old) < 0.2 * np.linalg.norm(old)


def test_adapts_to_corrections(npz, trained, tmp_path, capsys):
    start, file = trained[0], tmp_path / "mine.skops"
    assert train(npz, file, *corrections(tmp_path), "--model", str(start)) == 0
    assert "fitted 150 lines" in capsys.readouterr().out
    before, after = read_estimator(start), read_estimator(file)
    assert (after.warm_start, after.checkpoint, after.n_iter_) == (False, None, 1)
    assert is_adapted(after, before)


def test_adapts_the_recognizer_of_the_package(npz, tmp_path, capsys):
    file = tmp_path / "mine.skops"
    options = ("--validation", "0", "--n-lines", "20")
    assert train(npz, file, *corrections(tmp_path), *options) == 0
    out = capsys.readouterr().out
    assert "fitted 25 lines" in out
    assert "score" not in out
    before, after = load_recognizer(), read_estimator(file)
    assert_array_equal(after.characters_, before.characters_)
    assert is_adapted(after, before)


def test_adapts_recognizers_only(npz, tmp_path, capsys):
    model = tmp_path / "scaler.skops"
    save_estimator(PixelScaler(), model)
    options = (*corrections(tmp_path), "--model", str(model))
    assert train(npz, tmp_path / "mine.skops", *options) == 1
    assert "must name a recognizer saved by" in capsys.readouterr().err


def test_help_names_both_numbers_of_lines(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "(default: 300,000; with --corrections 4,000)" in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--handwriting"], "--handwriting cannot be combined with --recipe lines"),
        (["--plot", "curve.png"], "--plot cannot be combined with --recipe lines"),
        (["--recipe", "strong"], "--n-lines goes with --recipe lines alone"),
        (["--model", "lines.skops"], "--model goes with --corrections alone"),
        (["--corrections", "none.json"], "No such file"),
        (["--data", "digits"], "needs images of 28x28 pixels"),
    ],
)
def test_options_that_do_not_go_together(npz, tmp_path, capsys, options, told):
    assert train(npz, tmp_path / "lines.skops", *options) == 1
    assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
