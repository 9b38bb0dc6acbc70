import numpy as np
import pytest

from skdigits.ink.ruling import without_ruling
from skdigits.ink.straight_lines import LineShape

SHAPE = LineShape(span=100, segment=20, thickness=6)


def cleared(contrast):
    return without_ruling(contrast, contrast > 0.05, SHAPE, SHAPE)


@pytest.fixture
def stroke():
    contrast = np.zeros((140, 160), np.float32)
    contrast[30:110, 70:80] = 0.8
    return contrast


@pytest.mark.parametrize("slope", [0, 0.03, -0.03])
@pytest.mark.parametrize("level", [0.2, 0.5])
def test_lines_go_and_the_stroke_stays(stroke, slope, level):
    ruled = stroke.copy()
    for row in (20, 60, 105):
        rows = np.rint(row + slope * np.arange(160)).astype(int)
        for i in range(2):
            ruled[rows + i, np.arange(160)] = np.maximum(ruled[rows + i, np.arange(160)], level)
    result = cleared(ruled)
    assert (result[30:110, 70:80] == stroke[30:110, 70:80]).all()
    assert result[:, :66].max() == result[:, 84:].max() == 0


def test_vertical_lines_go(stroke):
    ruled = stroke.copy()
    ruled[:, 20:22] = 0.3
    assert (cleared(ruled) == stroke).all()


def test_blurred_lines_go_with_their_rims(stroke):
    ruled = stroke.copy()
    for i, level in enumerate([0.15, 0.2, 0.45, 0.2, 0.15]):
        ruled[60 + i] = np.maximum(ruled[60 + i], level)
    assert (cleared(ruled) == stroke).all()


def test_strokes_in_a_row_are_no_line(stroke):
    dashes = stroke.copy()
    for left in range(0, 160, 40):
        dashes[20:24, left : left + 28] = 0.8
    assert (cleared(dashes) == dashes).all()


def test_a_thick_bar_is_no_line(stroke):
    barred = stroke.copy()
    barred[20:30] = 0.8
    assert (cleared(barred) == barred).all()
