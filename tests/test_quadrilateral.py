import numpy as np
import pytest
from PIL import Image, ImageDraw

from skdigits.ink.quadrilateral import area_of, corners_of, mask_of

CORNERS = np.array([[40.0, 30.0], [260.0, 50.0], [240.0, 200.0], [25.0, 170.0]])


def drawn(places, size=(300, 220)):
    image = Image.new("1", size)
    ImageDraw.Draw(image).polygon([tuple(place) for place in places], fill=1)
    return np.array(image)


def test_corners_are_found_clockwise_from_the_top_left():
    assert np.abs(corners_of(drawn(CORNERS)) - CORNERS).max() < 2


def test_holes_and_round_corners_do_not_matter():
    part = drawn(CORNERS)
    part[60:120, 80:200] = False
    image = Image.fromarray(part)
    for x, y in CORNERS:
        ImageDraw.Draw(image).rectangle((x - 4, y - 4, x + 4, y + 4), fill=0)
    assert np.abs(corners_of(np.array(image)) - CORNERS).max() < 5


def test_area():
    assert area_of(np.array([[0, 0], [4, 0], [4, 3], [0, 3]])) == 12
    assert area_of(np.array([[0, 0], [0, 3], [4, 3], [4, 0]])) == -12


def test_inside():
    assert np.count_nonzero(mask_of(CORNERS, 300, 220) != drawn(CORNERS)) < 500
    assert mask_of(CORNERS, 300, 220).sum() == pytest.approx(area_of(CORNERS), rel=0.01)


@pytest.mark.parametrize("part", [np.zeros((9, 9), bool), np.eye(30, dtype=bool)])
def test_lines_and_nothing_have_no_corners(part):
    assert corners_of(part) is None


def test_a_triangle_has_no_four_corners():
    assert corners_of(drawn([[20, 20], [280, 20], [150, 200]])) is None
