"""Cuts between touching digits: paths from top to bottom through as little ink as possible."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_STEP_ASIDE = 0.12  # cost of a step aside, in pixels of ink
_MOST_STROKES = 5.0  # that a cut may cross, in thicknesses of a stroke
_SMALLEST_PART = 0.25  # of the ink of a straight stroke as high as a digit
_MOST_CUTS = 12  # per piece
_DEPTH_OF_NOTCH = 0.12  # in heights of a digit
_MOST_OBLIQUE = 0.5  # cut between notches, in columns per row

_Cut = tuple[float, NDArray[np.int64]]  # pixels of ink crossed, and the column of each row


def cut(
    inked: NDArray[np.bool_], digit_height: float, thickness: float
) -> tuple[NDArray[np.int32], list[float]]:
    """Cut a piece from top to bottom wherever a cut crosses little ink.

    Parameters
    ----------
    inked : ndarray of shape (height, width)
        The piece.
    digit_height : float
        Height of a digit, in pixels.
    thickness : float
        Thickness of a stroke, in pixels.

    Returns
    -------
    numbers : ndarray of shape (height, width)
        The parts, numbered from left to right: 1, 2, ...; 0 is paper.
    costs : list of float
        Number of strokes that the cut on the left of each part crosses; 0 for the first part.
    """
    found = _paths(inked, digit_height, thickness)
    found.sort(key=lambda path: path[1].sum())
    columns = np.arange(inked.shape[1])
    numbers = np.ones(inked.shape, np.int32)
    for _, path in found:
        numbers += columns >= path[:, np.newaxis]
    costs = [0.0, *(cost / thickness for cost, _ in found)]
    return np.where(inked, numbers, 0), costs


def _paths(inked: NDArray[np.bool_], digit_height: float, thickness: float) -> list[_Cut]:
    """Find the cheapest paths that divide the piece in different places."""
    ink_before = np.pad(np.cumsum(inked, axis=1), ((0, 0), (1, 0)))
    rows = np.arange(len(inked))
    smallest = _SMALLEST_PART * digit_height * thickness
    found: list[_Cut] = []
    taken = [0, int(np.count_nonzero(inked))]  # Ink on the left of the edges, and of each path.
    ways = [
        *_ways_of_little_ink(inked, _MOST_STROKES * thickness),
        *_ways_between_notches(inked, digit_height),
    ]
    for cost, path in sorted(ways, key=lambda way: way[0]):
        on_the_left = int(ink_before[rows, path].sum())
        is_elsewhere = min(abs(on_the_left - other) for other in taken) >= smallest
        if is_elsewhere and len(found) < _MOST_CUTS:
            taken.append(on_the_left)
            found.append((cost, path))
    return found


def _ways_of_little_ink(inked: NDArray[np.bool_], most: float) -> Iterator[_Cut]:
    """Find paths around the ink: the cheapest one through each column of the middle row."""
    height = len(inked)
    cost = inked.astype(np.float32)
    down, came_from = _accumulate(cost)
    up, went_to = _accumulate(cost[::-1])
    middle = height // 2
    total = down[middle] + up[height - 1 - middle] - cost[middle]
    lowest = ndimage.minimum_filter1d(total, 5, mode="nearest")
    for column in np.flatnonzero((total <= lowest) & (total <= most)):
        above = _trace(came_from, middle, int(column))
        below = _trace(went_to, height - 1 - middle, int(column))
        yield float(total[column]), np.concatenate([above[::-1], below[1:]])


def _ways_between_notches(inked: NDArray[np.bool_], digit_height: float) -> Iterator[_Cut]:
    """Find straight paths from notches in the upper edge to notches in the lower edge.

    If the sides of two round digits have merged into one stroke, only such a path leads along it.
    """
    # Its import takes longer than a line takes to be read, and a recognizer cuts nothing.
    from scipy.signal import find_peaks

    height = len(inked)
    upper = inked.argmax(axis=0)
    lower = inked[::-1].argmax(axis=0)
    depth = _DEPTH_OF_NOTCH * digit_height
    tops, _ = find_peaks(upper, prominence=depth)
    bottoms, _ = find_peaks(lower, prominence=depth)
    rows = np.arange(height)
    for top in tops:
        for bottom in bottoms:
            if abs(top - bottom) <= _MOST_OBLIQUE * height:
                path = np.rint(top + (bottom - top) * rows / max(1, height - 1)).astype(np.int64)
                yield float(np.count_nonzero(inked[rows, path])), path


def _accumulate(cost: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Compute the cost of the best path from the top to each pixel, and its last step aside."""
    height, width = cost.shape
    sums = np.full((height, width + 2), np.inf, np.float32)
    steps = np.zeros(cost.shape, np.int8)
    sums[0, 1:-1] = cost[0]
    for row in range(1, height):
        above = sums[row - 1]
        best = above[1:-1].copy()
        for step, aside in ((-1, above[:-2]), (1, above[2:])):
            is_better = aside + _STEP_ASIDE < best
            np.putmask(steps[row], is_better, step)
            np.putmask(best, is_better, aside + _STEP_ASIDE)
        np.add(best, cost[row], out=sums[row, 1:-1])
    return sums[:, 1:-1], steps


def _trace(steps: NDArray[np.int8], row: int, column: int) -> NDArray[np.int64]:
    """Trace the best path from a pixel back to the top, and return its columns in this order."""
    columns = [column]
    for i in range(row, 0, -1):
        column += int(steps[i, column])
        columns.append(column)
    return np.array(columns)
