"""ink/straight_lines: lines that are printed, and strokes that are not."""

from dataclasses import replace

import numpy as np
import pytest

from skdigits.ink.straight_lines import LineShape, lines_across

SHAPES = LineShape(150, 12, 8), LineShape(75, 12, 8)


def paper():
    return np.zeros((100, 200), np.float32)


def found(contrast):
    rows, columns = lines_across(contrast, contrast > 0.1, *SHAPES)
    return rows, columns


def middle(line, column):
    return round(float(line.middles[column]))


@pytest.mark.parametrize("thickness", [1, 3, 6])
def test_a_line_from_side_to_side(thickness):
    contrast = paper()
    contrast[60 : 60 + thickness] = 0.7
    rows, columns = found(contrast)
    assert columns == []
    (line,) = rows
    assert (line.start, line.stop, line.thickness) == (0, 200, thickness)
    assert line.level == pytest.approx(0.7)
    assert abs(line.middles - (60 + (thickness - 1) / 2)).max() < 0.6


def test_a_line_that_is_oblique_and_bent():
    contrast, places = paper(), np.arange(200)
    heights = np.rint(50 + 0.05 * places + 3 * np.sin(places / 200 * np.pi)).astype(int)
    for i in range(2):
        contrast[heights + i, places] = 0.6
    (line,), _ = found(contrast)
    assert line.stop - line.start >= 190
    assert abs(line.middles - heights - 0.5).max() < 2


@pytest.mark.parametrize(("dot", "gap"), [(2, 3), (4, 5), (9, 6)])
def test_dots_and_dashes(dot, gap):
    contrast = paper()
    for left in range(0, 200, dot + gap):
        contrast[70:72, left : left + dot] = 0.8
    (line,), _ = found(contrast)
    assert {middle(line, column) for column in (20, 100, 180)} <= {70, 71}


def test_the_sides_of_a_box_are_lines_and_a_1_is_none():
    contrast = paper()
    contrast[20:23, 20:180] = contrast[80:83, 20:180] = 0.7
    contrast[20:83, 20:23] = contrast[20:83, 177:180] = 0.7
    contrast[32:70, 100:105] = 0.7
    rows, columns = found(contrast)
    assert sorted(middle(line, 100) for line in rows) == [21, 81]
    assert sorted(middle(line, 50) for line in columns) == [21, 178]


def test_a_row_of_sevens_is_not_a_line():
    contrast = paper()
    for left in range(10, 190, 36):
        contrast[30:34, left : left + 22] = 0.8
        for i in range(40):
            contrast[34 + i, left + 18 - i // 4 : left + 22 - i // 4] = 0.8
    assert found(contrast) == ([], [])


def test_a_blank_picture_has_none():
    assert found(paper()) == ([], [])


@pytest.mark.parametrize(("high", "wide"), [(25, 25), (40, 30), (44, 60)])
@pytest.mark.parametrize("thickness", [1, 3, 6])
def test_a_0_is_no_box(high, wide, thickness):
    y, x = np.mgrid[-50:50, -100:100]
    outer, inner = (np.hypot(x / (wide - by), y / (high - by)) for by in (0, thickness))
    contrast = np.where((outer <= 1) & (inner >= 1), np.float32(0.7), np.float32(0))
    assert found(contrast) == ([], [])


def test_lines_may_have_to_end_at_the_border_or_at_lines_across():
    horizontal, vertical = SHAPES
    contrast = paper()
    contrast[10:90, 100:103] = 0.7
    _, columns = lines_across(contrast, contrast > 0.1, horizontal, replace(vertical, margin=10))
    assert len(columns) == 1
    _, columns = lines_across(contrast, contrast > 0.1, horizontal, replace(vertical, margin=9))
    assert columns == []
    contrast[10:13] = contrast[87:90] = 0.7
    _, columns = lines_across(contrast, contrast > 0.1, horizontal, replace(vertical, margin=9))
    assert len(columns) == 1
