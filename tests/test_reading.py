import json

import numpy as np
import pytest

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
        "label": "7", "probability": 0.8, "box": [0, 30, 10, 50], "line": 1,
    }  # fmt: skip


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
    assert empty.to_dict() == {"text": "", "lines": [], "digits": []}
    assert len(empty.plot().patches) == 0
