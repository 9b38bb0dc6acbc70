import numpy as np
import pytest

from skdigits.plotting import ReadingDisplay
from skdigits.plotting._style import COLORS, MISTAKE_COLOR
from skdigits.reading import Box, ReadDigit, Reading


@pytest.fixture
def reading():
    digits = [
        ReadDigit("1", 0.9, Box(0, 0, 10, 20), 0),
        ReadDigit("?", 0.3, Box(12, 0, 20, 20), 0),
    ]
    return Reading(digits, np.full((60, 30), 255, np.uint8), scale=2.0)


def test_each_digit_has_a_box_and_a_label_in_pixels_of_the_file(reading, pyplot):
    display = ReadingDisplay.from_reading(reading)
    assert [text.get_text() for text in display.text_] == ["1", "?"]
    assert [text.get_position() for text in display.text_] == [(0, 0), (12, 0)]
    assert [box.get_bbox().bounds for box in display.boxes_] == [(0, 0, 10, 20), (12, 0, 8, 20)]
    assert display.im_.get_extent() == [0, 60, 120, 0]


def test_what_is_unsure_has_another_colour(reading, pyplot):
    from matplotlib.colors import same_color

    sure, unsure = ReadingDisplay.from_reading(reading).boxes_
    assert same_color(sure.get_edgecolor(), COLORS[0])
    assert same_color(unsure.get_edgecolor(), MISTAKE_COLOR)


def test_a_reading_plots_itself_as_the_display_does(reading, pyplot):
    own, display = reading.plot(), ReadingDisplay.from_reading(reading)
    assert own.figure is not display.figure_
    assert (own.figure.get_size_inches() == display.figure_.get_size_inches()).all()
    assert [text.get_text() for text in own.texts] == [text.get_text() for text in display.text_]


def test_axes_given_are_taken_and_drawn_on_again(reading, pyplot):
    _, ax = pyplot.subplots()
    display = ReadingDisplay.from_reading(reading, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert len(display.plot().boxes_) == 2
    assert display.ax_ is not ax
