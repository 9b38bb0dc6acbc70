"""The one digit on a picture: what the parameters of DigitFramer decide."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image, ImageDraw
from test_digit_framer import difference, frame, seven

from skdigits.preprocessing import DigitFramer


def cell(ink, *, side=100, paper=200, border=40, thickness=4):
    """Draw a box around a picture of ink, and paper beyond it."""
    picture = Image.new("L", (side, side), paper)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((8, 8, side - 8, side - 8), outline=border, width=thickness)
    ink(draw)
    return np.asarray(picture)


def test_polarity_is_decided_or_given():
    dark, bright = seven(), 255 - seven()
    assert difference(frame(bright), frame(dark)) < 0.02
    assert_array_equal(frame(dark, polarity="dark"), frame(dark))
    assert_array_equal(frame(bright, polarity="bright"), frame(bright))
    as_other = frame(bright, polarity="dark", blank="zeros")
    assert not as_other.any() or difference(as_other, frame(dark)) > 0.5


@pytest.mark.parametrize("ink", [60, 120])
def test_dark_borders_do_not_make_grey_paper_ink(ink):
    def one(draw):
        draw.line((52, 28, 46, 74), ink, 5)

    framed = frame(cell(one, paper=170, border=20))
    rows, columns = np.nonzero(framed > 127)
    assert np.ptp(rows) >= 17
    assert np.ptp(columns) <= 8


def test_blank_cell_is_blank():
    assert not frame(cell(lambda draw: None), blank="zeros").any()


@pytest.mark.parametrize("margin", [0, 1, 3])
def test_tightly_cut_digits_stay(margin):
    """A 1 and a 7 that touch the border are digits, not lines."""
    picture = seven(width=10)
    rows, columns = np.nonzero(picture < 128)
    tight = picture[
        rows.min() - margin : rows.max() + 1 + margin,
        columns.min() - margin : columns.max() + 1 + margin,
    ]
    assert difference(frame(tight), frame(picture)) < 0.35
    one = np.full((60 + 2 * margin, 26), 255, np.uint8)
    one[margin : margin + 60, 10:16] = 0
    assert frame(one).any()


def test_lines_across_are_kept_if_asked_for():
    """A minus from edge to edge: ink of a picture without printed lines."""
    picture = seven()
    picture = np.where(np.abs(np.arange(120) - 100)[:, np.newaxis] < 3, 0, picture).astype(np.uint8)
    assert difference(frame(picture), frame(seven())) < 0.25
    assert difference(frame(picture, remove_lines=False), frame(seven())) > 0.5


def test_pieces_in_the_border_are_rests_if_it_has_a_width():
    picture = np.full((100, 100), 255, np.uint8)
    picture[20:80, 2:9] = 0
    assert not frame(picture, blank="zeros").any()
    assert frame(picture, border_width=0, blank="zeros").any()


@pytest.mark.parametrize(("contrast", "least"), [(0.1, 0.05), (0.3, 0.15)])
def test_ink_is_as_dark_as_asked_for(contrast, least):
    picture = seven(paper=200, ink=round(200 * (1 - contrast)))
    assert difference(frame(picture), frame(seven())) < 0.2
    assert difference(frame(picture, min_contrast=least), frame(seven())) < 0.2
    with pytest.raises(ValueError, match="is blank"):
        frame(picture, min_contrast=2 * contrast)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"polarity": "light"}, "polarity"),
        ({"remove_lines": "yes"}, "remove_lines"),
        ({"border_width": 0.5}, "border_width"),
        ({"min_contrast": 0}, "min_contrast"),
        ({"min_contrast": "none"}, "min_contrast"),
    ],
)
def test_bad_parameters_are_named(parameters, message):
    with pytest.raises(ValueError, match=message):
        DigitFramer(**parameters).fit()


def test_thin_strokes_of_a_small_picture_are_no_shadow():
    image = Image.new("L", (112, 112), 255)
    draw = ImageDraw.Draw(image)
    draw.ellipse((32, 48, 72, 96), outline=0, width=2)
    draw.line((60, 12, 34, 64), 0, 2)
    draw.ellipse((30, 60, 38, 68), fill=0)  # Where the strokes of a 6 meet.
    assert frame(np.asarray(image.resize((28, 28), Image.Resampling.BOX))).any()


def test_edge_of_a_shadow_is_blank():
    columns = np.arange(120)
    light = 1 - 0.35 / (1 + np.exp(-(columns - 60) / 8))
    paper = np.tile(np.uint8(200 * light), (120, 1))
    assert not frame(paper, blank="zeros").any()


def drawn(ink):
    picture = Image.new("L", (104, 104), 255)
    ink(ImageDraw.Draw(picture))
    return np.asarray(picture)


@pytest.mark.parametrize("box", [(22, 45, 62, 83), (13, 35, 60, 88), (30, 10, 75, 95)])
@pytest.mark.parametrize("width", [2, 5])
def test_a_0_is_no_box(box, width):
    picture = drawn(lambda draw: draw.ellipse(box, outline=60, width=width))
    assert_array_equal(frame(picture), frame(picture, remove_lines=False))


@pytest.mark.parametrize("lean", [0, 4, 9])
def test_the_long_stroke_of_a_9_is_no_line(lean):
    def nine(draw):
        draw.ellipse((30, 9, 62, 40), outline=60, width=5)
        draw.line((60, 10, 60 - lean, 96), 60, 5)

    picture = drawn(nine)
    assert_array_equal(frame(picture), frame(picture, remove_lines=False))
