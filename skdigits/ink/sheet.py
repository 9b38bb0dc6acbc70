"""A sheet of paper on a dark table, which is not bright ink on dark paper."""

from __future__ import annotations

from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull

from skdigits.ink.pictures import GreyLevels
from skdigits.ink.pieces import boxes_of, label_pieces
from skdigits.ink.strokes import Mask

# A sheet covers so much of the photo, and has no notches; writing covers so much of the sheet.
_SMALLEST_SHEET, _LEAST_SOLID = 0.08, 0.85
_LEAST_WRITING, _MOST_WRITING = 0.002, 0.2


def shows_bright_sheet(grey: GreyLevels) -> bool:
    """Tell whether something large and bright has something small and dark on it: paper."""
    step = max(1, max(grey.shape) // 400)
    small = grey[::step, ::step]
    smallest = _SMALLEST_SHEET * small.size
    labels, _ = label_pieces(small > threshold_of(small))
    parts = [
        labels[box.slices] == label
        for label, box in enumerate(boxes_of(labels), start=1)
        if box.width * box.height >= smallest
    ]
    if not parts:
        return False
    filled, part = max(((_filled_area(part), part) for part in parts), key=itemgetter(0))
    ink = 1 - np.count_nonzero(part) / filled
    return bool(
        filled >= max(smallest, _LEAST_SOLID * convex_area(part))
        and _LEAST_WRITING <= ink <= _MOST_WRITING
    )


def threshold_of(grey: NDArray[np.floating]) -> float:
    """Return the grey level that parts dark from bright, by Otsu's method.

    It is the one with the largest variance between the means of the two parts.
    """
    counts, edges = np.histogram(grey, bins=256)
    levels = (edges[:-1] + edges[1:]) / 2
    n_dark, sums = np.cumsum(counts), np.cumsum(counts * levels)
    # The last bin is bright, and the first one dark: neither part is empty.
    n_dark, dark = n_dark[:-1], sums[:-1]
    n_bright, bright = counts.sum() - n_dark, sums[-1] - dark
    variance = n_dark * n_bright * (dark / n_dark - bright / n_bright) ** 2
    return float(levels[variance.argmax()])


def convex_area(part: Mask) -> float:
    """Measure the convex hull of the pixels."""
    rim = part & ~ndimage.binary_erosion(part)
    corners = np.argwhere(rim)[:, np.newaxis] + [[0, 0], [0, 1], [1, 0], [1, 1]]
    return float(ConvexHull(corners.reshape(-1, 2)).volume)  # Of a plane figure, its area.


def _filled_area(part: Mask) -> int:
    """Count the pixels of a part and of the holes in it."""
    surroundings, _ = label_pieces(~np.pad(part, 1))
    return int(np.count_nonzero(surroundings != surroundings[0, 0]))
