"""Strings of digits from pictures of lines."""

import copy
import io
import pickle
import re
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from interrupted_work import interrupted_at_each_call
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from saved_files import saved
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from small_lines import LABELS, PARAMETERS, line_pictures, small_recognizer

from skdigits.persistence import read_estimator
from skdigits.reading import DigitStringRecognizer
from skdigits.reading._line_training import Trained
from skdigits.reading._recognizer_state import STORED_ATTRIBUTES


@pytest.fixture(scope="module")
def lines():
    return line_pictures(60, seed=1)


def test_lines_that_were_not_seen_are_read(lines):
    recognizer = small_recognizer()
    assert recognizer.score(*lines) >= 0.8
    assert recognizer.characters_.tolist() == [str(label) for label in LABELS]
    read = recognizer.predict(lines[0])
    assert read.dtype.kind == "U"
    assert np.mean(read == lines[1]) == recognizer.score(*lines)


def test_the_loss_falls_and_is_kept():
    losses = small_recognizer().history_["loss"]
    assert len(losses) == small_recognizer().n_iter_ == 14
    assert losses[-1] < 0.1 * losses[0]


def test_lines_of_a_known_length(lines):
    images, texts = lines
    for length in (1, 2, 3, 4):
        part = [image for image, text in zip(images, texts, strict=True) if len(text) == length]
        right = texts[np.char.str_len(texts) == length]
        found = small_recognizer().transcribe(part, n_characters=length)
        assert {len(it.text) for it in found} == {length}
        assert np.mean([it.text for it in found] == right) >= np.mean(
            small_recognizer().predict(part) == right
        )


def test_only_some_characters(lines):
    found = small_recognizer().transcribe(lines[0], characters="01")
    assert set("".join(it.text for it in found)) <= set("01")


class TestTranscripts:
    def test_probabilities_tell_right_from_wrong(self, lines):
        found = small_recognizer().transcribe(lines[0])
        is_right = np.array([it.text for it in found]) == lines[1]
        probabilities = np.array([it.probability for it in found])
        assert (probabilities > 0).all()
        assert (probabilities <= 1).all()
        assert probabilities[is_right].mean() > 0.5
        assert is_right.all() or probabilities[~is_right].mean() < probabilities[is_right].mean()

    def test_characters_have_probabilities(self, lines):
        for it in small_recognizer().transcribe(lines[0][:20]):
            assert it.character_probabilities.shape == (len(it.text), len(LABELS))
            assert (it.character_probabilities.sum(axis=1) <= 1 + 1e-9).all()
            best = small_recognizer().characters_[it.character_probabilities.argmax(axis=1)]
            assert "".join(best) == it.text

    def test_boxes_are_those_of_the_picture(self, lines):
        """They are larger where the picture is."""
        image = lines[0][int(np.argmax(np.char.str_len(lines[1])))]
        (plain,) = small_recognizer().transcribe([image])
        larger = Image.fromarray(image).resize((image.shape[1] * 3, image.shape[0] * 3))
        (scaled,) = small_recognizer().transcribe([larger])
        assert scaled.text == plain.text
        assert_allclose(scaled.boxes / 3, plain.boxes, atol=7)
        left, top, right, bottom = plain.boxes.T
        assert ((left >= 0) & (left < right) & (right <= image.shape[1] + 4)).all()
        assert ((top >= 0) & (top < bottom) & (bottom <= image.shape[0])).all()
        assert (left[1:] >= right[:-1] - 8).all()

    def test_boxes_of_large_pictures_are_in_their_pixels(self, lines, monkeypatch):
        image = np.kron(lines[0][0], np.ones((4, 4), np.uint8))
        (whole,) = small_recognizer().transcribe([image])
        monkeypatch.setattr(
            "skdigits.reading._digit_string_recognizer.LONGEST_LINE", max(image.shape) // 2
        )
        (reduced,) = small_recognizer().transcribe([image])
        assert reduced.text == whole.text
        assert_allclose(reduced.boxes, whole.boxes, atol=16)

    def test_boxes_hold_the_ink(self, lines):
        """The paper around the digits is not part of them."""
        for image, found in zip(lines[0], small_recognizer().transcribe(lines[0]), strict=True):
            rows, columns = np.nonzero(image < 130)
            left, top, right, bottom = found.boxes.T
            step = len(image) / 16  # two of the rows that the network sees
            assert abs(top.min() - rows.min()) < step
            assert abs(bottom.max() - rows.max()) < step
            assert abs(left.min() - columns.min()) < 2 * step
            assert abs(right.max() - columns.max()) < 2 * step


def test_neither_polarity_nor_kind_nor_company_changes_what_is_read(lines):
    recognizer, images = small_recognizer(), lines[0][:12]
    expected = recognizer.predict(images)
    assert_array_equal(recognizer.predict([255 - image for image in images]), expected)
    assert_array_equal(recognizer.predict([image / 255 for image in images]), expected)
    coloured = [np.repeat(image[..., None], 3, axis=2) for image in images]
    assert_array_equal(recognizer.predict(coloured), expected)
    assert_array_equal(recognizer.predict(map(Image.fromarray, images)), expected)
    assert [recognizer.predict([image])[0] for image in images] == expected.tolist()


@pytest.mark.parametrize(
    "image", [np.full((40, 90), 200), np.zeros((1, 1)), np.zeros((2, 500)), np.zeros((300, 2))]
)
def test_blank_and_odd_pictures_are_no_error(image):
    (found,) = small_recognizer().transcribe([image.astype(np.uint8)])
    assert found.boxes.shape == (len(found.text), 4)
    assert small_recognizer().transcribe([image], n_characters=2)[0].probability >= 0


def test_no_pictures():
    assert small_recognizer().predict([]).shape == (0,)


class TestReproducibility:
    def test_equal_seeds_give_equal_weights_and_leave_global_generators_alone(self, lines):
        parameters = {**PARAMETERS, "epochs": 1, "dropout": 0.2}
        np.random.seed(3)  # noqa: NPY002
        before = np.random.get_state()  # noqa: NPY002
        first, second = (DigitStringRecognizer(**parameters).fit(*lines) for _ in "ab")
        for one, other in zip(before, np.random.get_state(), strict=True):  # noqa: NPY002
            assert_array_equal(one, other)
        for weight, other in zip(first.weights_, second.weights_, strict=True):
            assert_array_equal(weight, other)
        third = DigitStringRecognizer(**{**parameters, "random_state": 1}).fit(*lines)
        assert not np.array_equal(first.weights_[0], third.weights_[0])


class TestPersistence:
    @pytest.mark.parametrize(
        "carry",
        [
            copy.deepcopy,
            lambda it: pickle.loads(pickle.dumps(it)),
            lambda it: read_estimator(io.BytesIO(saved(it))),
        ],
    )
    def test_copies_read_the_same(self, carry, lines):
        recognizer = small_recognizer()
        carried = carry(recognizer)
        for one, other in zip(
            recognizer.transcribe(lines[0]), carried.transcribe(lines[0]), strict=True
        ):
            assert one.text == other.text
            assert one.probability == other.probability
        assert carried.history_ == recognizer.history_
        assert repr(carried) == repr(recognizer)

    def test_files_are_small(self):
        n_weights = sum(weight.size for weight in small_recognizer().weights_)
        pickled = pickle.dumps(small_recognizer())
        assert len(pickled) < 2 * n_weights + 20_000


def test_clones_are_not_fitted(lines):
    copied = clone(small_recognizer())
    assert copied.get_params() == small_recognizer().get_params()
    with pytest.raises(NotFittedError):
        copied.predict(lines[0])


def test_validation_lines_are_scored_each_epoch(lines, capsys):
    recognizer = DigitStringRecognizer(epochs=2, verbose=1, **PARAMETERS)
    recognizer.fit(*lines, images_val=lines[0][:9], texts_val=lines[1][:9])
    assert len(recognizer.history_["val_score"]) == 2
    assert recognizer.history_["val_score"][-1] == recognizer.score(lines[0][:9], lines[1][:9])
    told = capsys.readouterr().out
    assert re.search(
        r"epoch 2/2, batch 8/8 - loss [\d.]+ - [\d,]+ lines/s - 00:\d\d:\d\d left", told
    )
    assert told.count("score on 9 validation lines") == 2


def test_a_warm_start_learns_on(lines):
    recognizer = copy.deepcopy(small_recognizer()).set_params(
        warm_start=True, epochs=1, learning_rate=1e-4
    )
    recognizer.fit(*lines)
    assert recognizer.history_["loss"][0] < 0.2 * small_recognizer().history_["loss"][0]
    assert recognizer.score(*lines) >= 0.8
    with pytest.raises(ValueError, match=r"characters \['9'\]"):
        recognizer.fit(lines[0], ["9"] * 60)
    with pytest.raises(ValueError, match="filters must stay those of the previous fit"):
        recognizer.set_params(filters=(8,) * 7).fit(*lines)


class TestErrors:
    @pytest.mark.parametrize(
        ("images", "texts", "told"),
        [
            ([np.zeros((40, 40))], [7], "strings, one per line"),
            ([np.zeros((40, 40))], "7", "strings, one per line"),
            ([], [], "at least one line"),
            ([np.zeros((40, 40))], [""], "at least one character"),
            ([np.zeros((40, 40))], ["1", "2"], "inconsistent"),
            (np.zeros((40, 40)), ["1"], "Put a single picture into a list"),
            ("line.png", ["1"], "Put a single picture into a list"),
            ([np.zeros((40, 40)), np.zeros(4)], ["1", "1"], r"images\[1\]: an image must be"),
        ],
    )
    def test_lines(self, images, texts, told):
        with pytest.raises(ValueError, match=told):
            DigitStringRecognizer().fit(images, texts)

    @pytest.mark.parametrize(
        "parameters",
        [{"filters": (8, 8)}, {"filters": (0,) * 7}, {"epochs": 0}, {"dropout": 1.0}],
    )
    def test_parameters(self, parameters, lines):
        with pytest.raises(ValueError, match=next(iter(parameters))):
            DigitStringRecognizer(**parameters).fit(*lines)

    def test_half_of_the_validation(self, lines):
        with pytest.raises(ValueError, match="must be passed together"):
            DigitStringRecognizer().fit(*lines, images_val=lines[0])

    @pytest.mark.parametrize(
        "images", [Image.new("L", (60, 40)), None, Path("a.png"), np.zeros((40, 60))]
    )
    def test_single_pictures(self, images):
        with pytest.raises(ValueError, match="images must be a sequence of pictures"):
            small_recognizer().predict(images)

    def test_the_picture_is_named(self, lines):
        with pytest.raises(ValueError, match=r"images\[1\]: an image has pixels that are NaN"):
            small_recognizer().predict([lines[0][0], np.full((40, 60), np.nan)])
        with pytest.raises(ValueError, match=r"images_val\[0\]: an image must be"):
            DigitStringRecognizer().fit(*lines, [np.zeros(4)], ["1"])

    @pytest.mark.parametrize("characters", ["abc", ["0", "9"], ["01"], 12])
    def test_characters(self, characters, lines):
        with pytest.raises(ValueError, match="characters must be among '0147', got"):
            small_recognizer().transcribe(lines[0], characters=characters)

    @pytest.mark.parametrize("n_characters", [0, -1, 1.5, "3", True])
    def test_length(self, n_characters, lines):
        with pytest.raises(ValueError, match="n_characters must be a whole number"):
            small_recognizer().transcribe(lines[0], n_characters=n_characters)

    def test_training_that_diverges(self, lines):
        recognizer = DigitStringRecognizer(epochs=9, **{**PARAMETERS, "learning_rate": 1e30})
        with suppress(ConvergenceWarning), pytest.raises(ValueError, match="Lower learning_rate"):
            recognizer.fit(*lines)
        assert not hasattr(recognizer, "weights_")

    @pytest.mark.parametrize("learning_rate", [1e6, 1e36])
    def test_training_that_diverges_in_its_last_batch(self, learning_rate, lines, tmp_path):
        parameters = {**PARAMETERS, "batch_size": 1000, "learning_rate": learning_rate}
        file = tmp_path / "lines.npz"
        recognizer = DigitStringRecognizer(epochs=1, checkpoint=file, **parameters)
        with pytest.raises(ValueError, match=r"^Training diverged: .* after 1 batches\. Lower"):
            recognizer.fit(*lines)
        assert not hasattr(recognizer, "weights_")
        assert not file.exists()


def test_no_interrupt_leaves_some_of_the_attributes():
    trained = Trained([np.zeros(3, np.float32)] * 3, [0.5], [1.0], is_whole=True)

    def keep(recognizer):
        recognizer._keep(trained, np.array(["0", "1"]), is_scored=True)

    found = [
        sum(hasattr(recognizer, name) for name in STORED_ATTRIBUTES)
        for recognizer in interrupted_at_each_call(DigitStringRecognizer, keep)
    ]
    assert set(found) == {0, len(STORED_ATTRIBUTES)}


def test_texts_that_need_more_frames_than_a_picture_has():
    """The picture is given more paper at its end."""
    images, texts = [np.full((40, 20), 255, np.uint8)] * 4, ["1" * 12] * 4
    recognizer = DigitStringRecognizer(epochs=1, **PARAMETERS).fit(images, texts)
    assert np.isfinite(recognizer.history_["loss"][0])
