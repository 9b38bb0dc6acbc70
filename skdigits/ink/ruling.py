"""Ruled lines, squared paper and the borders of boxes, removed from behind the strokes."""

from __future__ import annotations

import numpy as np

from skdigits.ink.straight_lines import LineShape, StraightLine, lines_across, opened
from skdigits.ink.strokes import LEAST_CONTRAST, Contrast, Ink, Mask, faint_ink, strokes_of

# Ink that is darker than the line by this factor is a stroke on it.
_DARKER_THAN_LINE = 1.3


def strokes_without_ruling(
    contrast: Contrast,
    horizontal: LineShape,
    vertical: LineShape,
    least: float = LEAST_CONTRAST,
) -> Ink:
    """Return the ink of the strokes on ruled lines, squared paper or in a box.

    Parameters
    ----------
    contrast : ndarray of shape (height, width)
        Contrast with the paper.
    horizontal, vertical : LineShape
        Shapes of the lines to look for in each direction.
    least : float, default=0.15
        Least contrast of the darkest parts of a stroke.
    """
    faint = faint_ink(contrast, least)
    cleared = without_ruling(contrast, faint, horizontal, vertical)
    return strokes_of(cleared, faint & (cleared > 0), least)


def without_ruling(
    contrast: Contrast, faint: Mask, horizontal: LineShape, vertical: LineShape
) -> Contrast:
    """Lighten straight lines down to the paper, except where a stroke crosses them.

    Parameters
    ----------
    contrast : ndarray of shape (height, width)
        Contrast with the paper.
    faint : ndarray of shape (height, width)
        Everything that may be ink.
    horizontal, vertical : LineShape
        Shapes of the lines to look for in each direction.
    """
    rows, columns = lines_across(contrast, faint, horizontal, vertical)
    cleared = contrast.copy()
    faint = faint.copy()
    # A crossing is left by the first of two lines, and erased with the second.
    for lines, levels, mask, shape in (
        (rows, cleared, faint, horizontal),
        (columns, cleared.T, faint.T, vertical),
    ):
        for line in lines:
            _erase(line, levels, mask, shape.thickness)
    return cleared


def _erase(line: StraightLine, contrast: Contrast, faint: Mask, most: int) -> None:
    """Erase one line, except at the strokes that cross it."""
    start = max(0, line.start - 2 * most)
    columns = slice(start, line.stop + 2 * most)
    middles = line.middles[columns]
    top = max(0, int(middles.min()) - 3 * most)
    place = slice(top, int(middles.max()) + 3 * most + 1), columns
    rows = np.arange(top, top + len(faint[place]))[:, np.newaxis]
    band = np.abs(rows - middles) <= line.thickness / 2 + 1.5
    crossing = opened(np.ascontiguousarray(faint[place]), int(np.ceil(line.thickness)) + 3, axis=0)
    erased = band & faint[place] & ~crossing & (contrast[place] < _DARKER_THAN_LINE * line.level)
    contrast[place][erased] = 0
    faint[place][erased] = False
