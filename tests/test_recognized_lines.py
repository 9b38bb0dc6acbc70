"""Photos whose lines a recognizer reads."""

import warnings

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from small_lines import LABELS, small_recognizer
from small_readers import photo_of, small_classifier, text_of, written

from skdigits.reading import (
    Box,
    DigitReader,
    DigitStringRecognizer,
    Form,
    FormField,
    ReadDigit,
    Reading,
    _line_pictures,
    load_recognizer,
)
from skdigits.reading._read_lines import difference

PLACES = [np.flatnonzero(written()[1] == label)[:4] for label in LABELS]
ROWS = [[PLACES[1][0], PLACES[0][1], PLACES[3][0]], [PLACES[2][0], PLACES[2][1], PLACES[0][0]]]


def printed(text):
    photo = Image.new("L", (60 + 30 * len(text), 80), 235)
    ImageDraw.Draw(photo).text((25, 12), text, fill=30, font=ImageFont.load_default(50))
    return photo


@pytest.fixture(scope="module")
def reader():
    return DigitReader(small_classifier(), recognizer=small_recognizer(), min_confidence=0)


def test_lines_are_read_in_order(reader):
    reading = reader.read(np.pad(photo_of(ROWS), 40, constant_values=235))
    assert [len(line) for line in reading.lines] == [3, 3]
    right = "".join(text_of(ROWS).split())
    read = "".join(reading.lines)
    assert np.mean([a == b for a, b in zip(read, right, strict=True)]) >= 4 / 6
    assert [digit.line for digit in reading.digits] == [0] * 3 + [1] * 3
    assert 0 < reading.confidence <= 1


def test_boxes_hold_the_digits(reader):
    photo = np.pad(photo_of(ROWS[:1]), ((50, 60), (40, 20)), constant_values=235)
    for shown in (photo_of(ROWS[:1]), photo):
        reading = reader.read(shown)
        top, left = (0, 0) if shown is not photo else (50, 40)
        assert len(reading.digits) == 3
        for place, digit in enumerate(reading.digits):
            middle = (digit.box.left + digit.box.right) / 2 - left
            assert abs(middle - (30 + 68 * place + 28)) < 20
            assert 30 - 12 <= digit.box.top - top < digit.box.bottom - top <= 86 + 12


def test_blank_photos(reader):
    for shape in ((300, 300), (60, 200)):
        assert reader.read(np.full(shape, 240, np.uint8)).digits == []


@pytest.mark.parametrize("deviation", [1, 2])
def test_noise_is_no_digit(deviation):
    reader = DigitReader(rotation=0)
    for seed in range(3):
        noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(50, 200)), 1)
        blank = np.clip(225 + deviation * noise / noise.std(), 0, 255).astype(np.uint8)
        assert reader.read_field(blank, n_digits=5).digits == []


@pytest.mark.parametrize("factor", [1, 4])
def test_pale_fields_are_read_at_any_resolution(factor):
    field = photo_of([[12, 13, 14, 15]]).astype(float)
    pale = np.kron(235 - (235 - field) * 0.12, np.ones((factor, factor))).astype(np.uint8)
    reader = DigitReader(rotation=0)
    assert reader.read(pale).text == reader.read_field(pale, n_digits=4).text == "2345"


def test_ink_is_not_searched_in_a_field_that_is_certain(monkeypatch):
    def searched(view):
        raise AssertionError("searched for ink")

    monkeypatch.setattr(_line_pictures, "page_on", searched)
    assert DigitReader(rotation=0).read_field(printed("23"), n_digits=2).text == "23"


def test_digits_made_up_where_none_are_seen_are_told():
    photo = np.full((60, 200), 240, np.uint8)
    digits = [ReadDigit("?", 0.1, Box(10, 10, 40, 50), line=0, best="7")]
    message = difference(1, Reading(digits, photo, n_digits_seen=0))
    assert message.endswith("the ink looks like 0: some were made up.")
    assert difference(1, Reading([], photo, n_digits_seen=0)) == ""


def test_fields_have_as_many_digits_as_asked_for(reader):
    photo = photo_of(ROWS[:1])
    assert len(reader.read_field(photo, n_digits=3).digits) == 3
    with pytest.warns(UserWarning, match="2 digits were asked for and 2 were read"):
        reading = reader.read_field(photo, n_digits=2)
    assert (len(reading.digits), reading.n_digits_seen) == (2, 3)


def test_unsure_digits_read_as_question_marks():
    reader = DigitReader(small_classifier(), recognizer=small_recognizer(), min_confidence=1.0)
    reading = reader.read_field(photo_of(ROWS[:1]), n_digits=3)
    unsure = ["?" if digit.probability < 1 else digit.best for digit in reading.digits]
    assert reading.text == "".join(unsure)
    assert "?" in reading.text
    assert "".join(digit.best for digit in reading.digits).isdigit()


def test_confidence_is_that_of_the_best_digits_and_not_of_question_marks():
    reading = DigitReader(rotation=0).read(printed("427K"))
    assert reading.text == "427?"
    assert reading.digits[-1].probability < 0.01
    assert reading.confidence < 0.01


def test_turned_photos_are_turned_upright(reader):
    photo = np.pad(photo_of(ROWS), 40, constant_values=235)
    upright = reader.read(photo)
    turned = DigitReader(
        small_classifier(), recognizer=small_recognizer(), min_confidence=0, rotation=90
    ).read(np.rot90(photo))
    assert turned.lines == upright.lines
    assert turned.rotation == 90


def test_fields_of_a_form(reader):
    photo = np.pad(photo_of(ROWS), 20, constant_values=235)
    height, width = photo.shape
    half = height // 2
    form = Form(
        width=width,
        height=height,
        fields=[
            FormField("first", (0, 0, width, half), n_digits=3),
            FormField("second", (0, half, width, height), n_digits=3),
        ],
    )
    with warnings.catch_warnings():
        # How many digits the ink looks like is not what is tested here.
        warnings.filterwarnings("ignore", ".*the ink looks like")
        reading = reader.read_fields(photo, form)
    assert {name: len(text) for name, text in reading.texts.items()} == {"first": 3, "second": 3}


class TestErrors:
    def test_a_classifier_is_no_recognizer(self):
        with pytest.raises(ValueError, match="digits as classifier"):
            DigitReader(recognizer=small_classifier())

    def test_recognizers_are_fitted(self):
        with pytest.raises(ValueError, match="not fitted"):
            DigitReader(recognizer=DigitStringRecognizer())

    def test_recognizers_know_digits(self):
        recognizer = DigitStringRecognizer()
        recognizer.__setstate__(
            {**small_recognizer().__getstate__(), "characters_": np.array(list("abcd"))}
        )
        with pytest.raises(ValueError, match="digits from 0 to 9"):
            DigitReader(recognizer=recognizer)


def test_the_recognizer_of_the_package():
    recognizer = load_recognizer()
    assert "".join(recognizer.characters_) == "0123456789?"
    assert recognizer.score([photo_of([[12, 13, 14, 15]])], ["2345"]) == 1.0
    assert DigitReader().recognizer.characters_.tolist() == recognizer.characters_.tolist()
    assert DigitReader(small_classifier()).recognizer is None
