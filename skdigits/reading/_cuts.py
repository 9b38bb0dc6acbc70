"""Cuts between digits that touch: paths from top to bottom through as little ink as possible."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.signal import find_peaks

# A step aside costs as much as this many pixels of ink.
_STEP_ASIDE = 0.12
_MOST_STROKES = 5.0  # thicknesses of a stroke that a cut may pass
_SMALLEST_PART = 0.25  # of the ink of a straight stroke as high as a digit
_MOST_CUTS = 12  # of one piece
_DEPTH_OF_NOTCH = 0.12  # in heights of a digit
_MOST_OBLIQUE = 0.5  # way between notches: columns per row

_Cut = tuple[float, NDArray[np.int64]]  # ink passed in pixels, and the column of each row


def cut(
    inked: NDArray[np.bool_], digit_height: float, thickness: float
) -> tuple[NDArray[np.int32], list[float]]:
    """Cut a piece from top to bottom wherever that takes little ink.

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
        The parts, numbered from left to right: 1, 2, ..., and 0 where there is no ink.
    costs : list of float
        How many strokes the cut on the left of each part passes; 0 for the first part.
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
    """Find the cheapest paths that part the piece in different places."""
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
    """Wind around the ink: the cheapest way through each column of the middle row."""
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
    """Go straight from a notch in the upper edge to the one in the lower edge below it.

    Where the sides of two round digits have become one stroke, no other way leads along it.
    """
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
    """Sum the cost of the best way from the top to each pixel, and tell where it came from."""
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
    """Follow the best way from a pixel back to the top: its columns, from that pixel on."""
    columns = [column]
    for i in range(row, 0, -1):
        column += int(steps[i, column])
        columns.append(column)
    return np.array(columns)
