"""Training of the network that reads lines, and its checkpoints."""

import copy
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from small_lines import PARAMETERS, line_pictures

from skdigits.reading import DigitStringRecognizer
from skdigits.reading import _line_training as line_training


@pytest.fixture(scope="module")
def lines():
    return line_pictures(60, seed=1)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(61.4, "00:01:01 left"), (90_061, "25:01:01 left"), (400_000, "111:06:40 left")],
)
def test_progress_is_a_line(seconds, told):
    progress = line_training.Progress(1_200, 4_000, 1_000, [2.0, 0.25], 1_500.4, seconds)
    assert str(progress) == f"epoch 2/4, batch 1,200/4,000 - loss 0.2500 - 1,500 lines/s - {told}"


class Interrupted(line_training.LineBatches):
    """Lines that are interrupted once, in the middle of an epoch."""

    left = 6

    def batch(self, places, epoch):
        Interrupted.left -= 1
        if Interrupted.left == 0:
            raise KeyboardInterrupt
        return super().batch(places, epoch)


@pytest.fixture(scope="module")
def first_interrupted(lines, tmp_path_factory):
    file = tmp_path_factory.mktemp("interrupted") / "lines.npz"
    recognizer = DigitStringRecognizer(epochs=2, checkpoint=file, **{**PARAMETERS, "dropout": 0.1})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_training, "_SECONDS_PER_CHECKPOINT", 0)
        patch.setattr("skdigits.reading._digit_string_recognizer.LineBatches", Interrupted)
        with pytest.warns(ConvergenceWarning, match="interrupted in epoch 2 of 2"):
            recognizer.fit(*lines)
    return recognizer


class TestCheckpoints:
    @pytest.fixture
    def interrupted(self, first_interrupted, tmp_path, monkeypatch):
        """A recognizer whose training was interrupted in its second epoch."""
        monkeypatch.setattr(line_training, "_SECONDS_PER_CHECKPOINT", 0)
        file = shutil.copy(first_interrupted.checkpoint, tmp_path)
        return copy.deepcopy(first_interrupted).set_params(checkpoint=Path(file))

    def test_interrupted_weights_are_kept(self, interrupted, lines):
        assert interrupted.n_iter_ == 2
        assert interrupted.predict(lines[0]).shape == (60,)

    def test_training_goes_on_to_the_same_result(self, interrupted, lines):
        whole = clone(interrupted).set_params(checkpoint=None).fit(*lines)
        resumed = clone(interrupted).fit(*lines)
        assert resumed.history_ == whole.history_
        for weight, other in zip(resumed.weights_, whole.weights_, strict=True):
            assert_array_equal(weight, other)
        # It is whole now, and is not trained again.
        again = clone(interrupted).fit(*lines)
        assert again.history_ == whole.history_

    def test_scores_of_all_epochs_are_kept(self, interrupted, lines):
        validation = lines[0][:9], lines[1][:9]
        whole = clone(interrupted).set_params(checkpoint=None).fit(*lines, *validation)
        interrupted.checkpoint.unlink()
        for _ in "ab":  # trains, then continues after the end
            again = clone(interrupted).fit(*lines, *validation)
            assert again.history_ == whole.history_
        assert len(again.history_["val_score"]) == 2

    def test_epochs_without_validation_have_no_score(self, interrupted, lines):
        resumed = clone(interrupted).fit(*lines, lines[0][:9], lines[1][:9])
        first, last = resumed.history_["val_score"]
        assert np.isnan(first)
        assert last == resumed.score(lines[0][:9], lines[1][:9])

    @pytest.mark.parametrize(
        "damaged",
        [
            lambda stored, file: file.write_bytes(file.read_bytes()[:-200]),
            lambda stored, file: file.write_bytes(b""),
            lambda stored, file: np.savez(
                file, **{key: stored[key] for key in stored if key != "variable_3"}
            ),
            lambda stored, file: np.savez(file, **{**stored, "variable_3": np.zeros(1)}),
            lambda stored, file: np.savez(file, **stored, another=np.zeros(1)),
            lambda stored, file: np.savez(
                file, **{**stored, "variable_0": stored["variable_0"] * np.float32(np.nan)}
            ),
            lambda stored, file: np.savez_compressed(file, **stored, another=np.zeros(1 << 24)),
        ],
    )
    def test_that_are_damaged_are_refused(self, interrupted, lines, damaged):
        file = interrupted.checkpoint
        with np.load(file) as stored:
            stored = dict(stored)
        damaged(stored, file)
        with pytest.raises(ValueError, match=r"checkpoint='.*' cannot be read: .* delete it"):
            clone(interrupted).fit(*lines)

    @pytest.mark.parametrize(
        "changes", [{"learning_rate": 0.02}, {"random_state": 5}, {"dropout": 0.0}]
    )
    def test_of_other_trainings_are_refused(self, interrupted, lines, changes):
        with pytest.raises(ValueError, match="other lines, parameters or initial weights"):
            clone(interrupted).set_params(**changes).fit(*lines)
        with pytest.raises(ValueError, match="other lines, parameters or initial weights"):
            clone(interrupted).fit(lines[0], lines[1][::-1])

    def test_that_are_none_are_refused(self, lines, tmp_path):
        (tmp_path / "notes.txt").write_text("0123456789")
        recognizer = DigitStringRecognizer(checkpoint=tmp_path / "notes.txt", **PARAMETERS)
        with pytest.raises(ValueError, match=r"checkpoint='.*' cannot be read"):
            recognizer.fit(*lines)
        assert (tmp_path / "notes.txt").read_text() == "0123456789"
