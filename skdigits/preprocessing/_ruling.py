"""Ruled lines, squared paper and the borders of boxes, taken from behind the strokes."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from skdigits.preprocessing._ink import Contrast, Mask

# What is this much darker than the line is a stroke on it.
_DARKER_THAN_LINE = 1.5


def without_ruling(
    contrast: Contrast, faint: Mask, spans: tuple[int, int], segments: tuple[int, int]
) -> Contrast:
    """Lighten straight lines down to the paper, except where a stroke crosses them.

    Parameters
    ----------
    contrast : ndarray of shape (height, width)
        Contrast with the paper.
    faint : ndarray of shape (height, width)
        All that may be ink.
    spans : tuple of (int, int)
        How long a horizontal and a vertical line are at least, in pixels.
    segments : tuple of (int, int)
        How long each straight part of them is at least.
    """
    cleared = contrast.copy()
    found = _ruling(contrast, faint, spans[0], segments[0])
    found |= _ruling(contrast.T, faint.T, spans[1], segments[1]).T
    cleared[found] = 0
    return cleared


def _ruling(contrast: Contrast, faint: Mask, span: int, segment: int) -> Mask:
    """Mark the pixels of horizontal lines."""
    nothing = np.zeros_like(faint)
    # Lines that are a little oblique are rows of short segments, each a pixel below the last.
    thick = ndimage.maximum_filter1d(faint.view(np.uint8), 3, axis=0)
    runs = ndimage.minimum_filter1d(thick, segment, axis=1)
    runs = ndimage.maximum_filter1d(runs, 2 * segment, axis=1).astype(bool) & (thick > 0)
    labels, n_lines = ndimage.label(runs, structure=np.ones((3, 3)))
    if n_lines == 0:
        return nothing
    boxes = ndimage.find_objects(labels)
    for label, (rows, columns) in enumerate(boxes, start=1):
        if columns.stop - columns.start < span:
            continue
        inside = labels[rows, columns] == label
        nothing[rows, columns] |= _line(contrast[rows, columns], faint[rows, columns], inside)
    return nothing


def _line(contrast: Contrast, faint: Mask, inside: Mask) -> Mask:
    """Mark the pixels of one line where no stroke crosses it."""
    inked = inside & faint
    counts = inked.sum(axis=0)
    thickness = float(np.median(counts[counts > 0])) if counts.any() else 0.0
    if not 0 < thickness <= max(3, 0.02 * inked.shape[1]):
        return np.zeros_like(inked)
    rows = np.arange(len(inked))[:, np.newaxis]
    single = (counts > 0) & (counts <= thickness + 1)
    if not single.any():
        return np.zeros_like(inked)
    heights = (rows * inked).sum(axis=0)[single] / counts[single]
    columns = np.flatnonzero(single)
    middle = np.interp(np.arange(inked.shape[1]), columns, _smooth(heights))
    band = np.abs(rows - middle) <= thickness / 2 + 1.5
    level = np.median(contrast[:, single][inked[:, single]])
    length = int(np.ceil(thickness)) + 3
    crossing = ndimage.minimum_filter1d(faint.view(np.uint8), length, axis=0, mode="constant")
    origin = -1 if length % 2 == 0 else 0
    crossing = ndimage.maximum_filter1d(
        crossing, length, axis=0, mode="constant", origin=origin
    ).astype(bool)
    is_line: Mask = band & faint & ~crossing & (contrast < _DARKER_THAN_LINE * level)
    return is_line


def _smooth(heights: Contrast) -> Contrast:
    size = max(1, min(31, len(heights) // 4)) | 1
    return ndimage.median_filter(heights, size, mode="nearest")
