"""Ruled lines, squared paper and the borders of boxes, taken from behind the strokes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from skdigits.ink.pieces import boxes_of, label_pieces
from skdigits.ink.strokes import Contrast, Ink, Mask, faint_ink, strokes_of

# What is this much darker than the line is a stroke on it.
_DARKER_THAN_LINE = 1.3
# A line has ink in nearly all its columns, its own or that of a stroke; a row of 7s has gaps.
_COVERED = 0.92
# A line as dark as the ink must be longer, lest it be a digit of a large hand.
_PALE, _LONGER_IF_DARK = 0.75, 1.3


@dataclass(frozen=True)
class LineShape:
    """What counts as a ruled line, in pixels."""

    span: int  # It is at least so long, gaps included,
    segment: int  # made of straight parts that are at least so long,
    gap: int  # less than so far from one another where strokes cross,
    thickness: int  # and at most so thick.


def strokes_without_ruling(contrast: Contrast, horizontal: LineShape, vertical: LineShape) -> Ink:
    """Return the ink of the strokes on ruled lines, squared paper or in a box.

    Parameters
    ----------
    contrast : ndarray of shape (height, width)
        Contrast with the paper.
    horizontal, vertical : LineShape
        Which lines to look for in each direction.
    """
    faint = faint_ink(contrast)
    cleared = without_ruling(contrast, faint, horizontal, vertical)
    return strokes_of(cleared, faint & (cleared > 0))


def without_ruling(
    contrast: Contrast, faint: Mask, horizontal: LineShape, vertical: LineShape
) -> Contrast:
    """Lighten straight lines down to the paper, except where a stroke crosses them.

    Parameters
    ----------
    contrast : ndarray of shape (height, width)
        Contrast with the paper.
    faint : ndarray of shape (height, width)
        All that may be ink.
    horizontal, vertical : LineShape
        Which lines to look for in each direction.
    """
    cleared = contrast.copy()
    found = _ruling(contrast, faint, horizontal)
    found |= _ruling(contrast.T, faint.T, vertical).T
    cleared[found] = 0
    return cleared


def _opened(mask: Mask, size: int, axis: int) -> Mask:
    """Keep the runs of at least so many pixels along an axis."""
    eroded = ndimage.minimum_filter1d(mask.view(np.uint8), size, axis, mode="constant")
    # Of an even number of pixels the middle lies on the other side when going back.
    origin = -1 if size % 2 == 0 else 0
    opened = ndimage.maximum_filter1d(eroded, size, axis, mode="constant", origin=origin)
    return np.asarray(opened.view(np.bool_))


def _closed(mask: Mask, size: int) -> Mask:
    """Bridge the gaps of less than so many pixels in each row."""
    widened = ndimage.maximum_filter1d(mask.view(np.uint8), size, axis=1, mode="constant")
    origin = -1 if size % 2 == 0 else 0
    closed = ndimage.minimum_filter1d(widened, size, axis=1, mode="constant", cval=1, origin=origin)
    return np.asarray(closed.view(np.bool_) | mask)


def _ruling(contrast: Contrast, faint: Mask, shape: LineShape) -> Mask:
    """Mark the pixels of horizontal lines."""
    found = np.zeros_like(faint)
    if shape.span > faint.shape[1]:
        return found
    faint = np.ascontiguousarray(faint)
    thin = faint & ~_opened(faint, shape.thickness + 1, axis=0)
    # A line that is a little oblique is a row of straight parts, each a pixel below the last.
    blurred = ndimage.maximum_filter1d(thin.view(np.uint8), 3, axis=0).view(np.bool_)
    straight = _opened(blurred, shape.segment, axis=1)
    ink = np.quantile(contrast[faint], 0.95) if faint.any() else 1.0
    labels, _ = label_pieces(_closed(straight, shape.gap))
    straight &= thin
    for label, box in enumerate(boxes_of(labels), start=1):
        # A stroke that crosses the line begins above it and ends below.
        around = slice(max(0, box.top - 2 * shape.thickness), box.bottom + 2 * shape.thickness)
        inside = straight[around] & (labels[around] == label)
        columns = np.flatnonzero(inside.any(axis=0))
        if len(columns) == 0:  # A gap that was bridged, and no more.
            continue
        length = columns[-1] - columns[0] + 1
        # The rims of a line are paler than the line.
        level = float(np.median((contrast[around] * inside).max(axis=0)[columns]))
        is_dark = level > _PALE * ink
        if length >= shape.span * (_LONGER_IF_DARK if is_dark else 1):
            found[around] |= _line(contrast[around], faint[around], inside, columns, level)
    return found


def _line(
    contrast: Contrast, faint: Mask, inside: Mask, columns: NDArray[np.int64], level: float
) -> Mask:
    """Mark the pixels of one line, from edge to edge, where no stroke crosses it."""
    counts = inside.sum(axis=0)[columns]
    rows = np.arange(len(inside))[:, np.newaxis]
    heights = (rows * inside).sum(axis=0)[columns] / counts
    middle = np.interp(np.arange(faint.shape[1]), columns, _smooth(heights))
    thickness = float(np.median(counts))
    band = np.abs(rows - middle) <= thickness / 2 + 1.5
    if (band & faint).any(axis=0)[columns[0] : columns[-1]].mean() < _COVERED:
        return np.zeros_like(faint)
    crossing = _opened(faint, int(np.ceil(thickness)) + 3, axis=0)
    line: Mask = band & faint & ~crossing & (contrast < _DARKER_THAN_LINE * level)
    return line


def _smooth(heights: NDArray[Any]) -> NDArray[Any]:
    size = max(1, min(31, len(heights) // 4)) | 1
    return np.asarray(ndimage.median_filter(heights, size, mode="nearest"))
