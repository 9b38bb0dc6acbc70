import json
import re
import sys
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from skdigits.reading import Box, ReadDigit, Reading

DIGITS = [
    ReadDigit("1", 0.9, Box(0, 0, 10, 20), 0),
    ReadDigit("?", 0.3, Box(12, 0, 20, 20), 0),
    ReadDigit("7", 0.8, Box(0, 30, 10, 50), 1),
]


@pytest.fixture
def reading():
    return Reading(DIGITS, np.full((60, 30), 255, np.uint8), scale=2.0)


def test_text_is_by_line(reading):
    assert reading.lines == ["1?", "7"]
    assert reading.text == "1?\n7"


def test_to_dict(reading):
    restored = json.loads(json.dumps(reading.to_dict()))
    assert restored["lines"] == ["1?", "7"]
    assert restored["digits"][2] == {
        "label": "7", "probability": 0.8, "box": [0, 30, 10, 50], "line": 1, "best": "7",
    }  # fmt: skip


def test_an_unsure_digit_keeps_its_best_guess():
    unsure = ReadDigit("?", 0.3, Box(12, 0, 20, 20), 0, best="4")
    assert (unsure.label, unsure.best) == ("?", "4")
    assert unsure._replace(line=2).best == "4"
    assert DIGITS[0].best == "1"


def test_confidence_is_that_of_all_lines(reading):
    assert reading.line_confidences == pytest.approx([0.27, 0.8])
    assert reading.confidence == pytest.approx(0.27 * 0.8)
    told = Reading(DIGITS, reading.photo, line_confidences=[0.5, 0.9])
    assert told.confidence == pytest.approx(0.45)
    assert told.to_dict()["confidence"] == 0.45
    assert told.to_dict()["line_confidences"] == [0.5, 0.9]


def test_each_line_has_its_confidence(reading):
    with pytest.raises(ValueError, match="each of 2 lines, got 1"):
        Reading(DIGITS, reading.photo, line_confidences=[0.5])


def test_plot_marks_each_digit_in_pixels_of_the_file(reading, pyplot):
    axes = reading.plot()
    assert [text.get_text() for text in axes.texts] == ["1", "?", "7"]
    assert [patch.get_bbox().bounds for patch in axes.patches] == [
        (0, 0, 10, 20), (12, 0, 8, 20), (0, 30, 10, 20),
    ]  # fmt: skip
    assert axes.images[0].get_extent() == [0, 60, 120, 0]


def test_plot_takes_axes(reading, pyplot):
    _, axes = pyplot.subplots()
    assert reading.plot(ax=axes) is axes


def test_nothing_read(pyplot):
    empty = Reading([], np.zeros((5, 5), np.uint8))
    assert empty.text == ""
    assert empty.to_dict() == {
        "text": "", "lines": [], "digits": [], "rotation": 0, "n_digits_seen": None,
        "confidence": 0.0, "line_confidences": [],
    }  # fmt: skip
    assert len(empty.plot().patches) == 0


class Elements(HTMLParser):
    """Collect the elements of a page with their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text = {}, ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found[tag] = dict(attributes)

    def handle_data(self, data):
        self.text += data


def test_notebooks_show_the_photo_with_its_digits(reading, pyplot):
    page = Elements(reading._repr_html_())
    address = page.found["img"]["src"]
    assert address.startswith("data:image/png;base64,")
    picture = np.asarray(Image.open(BytesIO(b64decode(address.split(",")[1]))).convert("RGB"))
    assert picture.std() > 5  # Boxes and labels.
    assert page.text == "1?\n7Confidence: 21.6%"
    assert pyplot.get_fignums() == []


def test_notebooks_say_what_the_picture_shows(reading):
    described = Elements(reading._repr_html_()).found["img"]["alt"]
    assert "1?, 7" in described
    assert "unsure" in described
    sure = Reading(DIGITS[:1], reading.photo)
    assert "unsure" not in Elements(sure._repr_html_()).found["img"]["alt"]
    nothing = Reading([], reading.photo)
    assert "no digits" in Elements(nothing._repr_html_()).found["img"]["alt"]


def test_notebooks_escape_labels(reading):
    odd = Reading([ReadDigit('<b>"', 1.0, Box(0, 0, 10, 20), 0)], reading.photo)
    page = Elements(odd._repr_html_())
    assert set(page.found) == {"figure", "img", "figcaption", "pre", "p"}
    assert page.text == '<b>"Confidence: 100.0%'


def test_notebooks_show_the_text_without_matplotlib(reading, monkeypatch):
    for name in [name for name in sys.modules if re.match(r"matplotlib\b", name)]:
        monkeypatch.setitem(sys.modules, name, None)
    page = Elements(reading._repr_html_())
    assert "img" not in page.found
    assert page.text == "1?\n7Confidence: 21.6%"
