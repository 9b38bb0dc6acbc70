"""Cuts between digits that touch: paths from top to bottom through as little ink as possible."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

# A step aside costs as much as this many pixels of ink.
_STEP_ASIDE = 0.12
_SEPARATION = 0.12  # of neighbouring cuts, in heights of a digit
_MOST_STROKES = 2.2  # thicknesses of a stroke that a cut may pass


def cut(inked: NDArray[np.bool_], digit_height: float, thickness: float) -> NDArray[np.int32]:
    """Number the parts of a piece from left to right: 1, 2, ..., and 0 where there is no ink.

    Parameters
    ----------
    inked : ndarray of shape (height, width)
        The piece.
    digit_height : float
        Height of a digit, in pixels.
    thickness : float
        Thickness of a stroke, in pixels.
    """
    paths = _paths(inked, digit_height, thickness)
    columns = np.arange(inked.shape[1])
    number = np.ones(inked.shape, np.int32)
    for path in paths:
        number += columns >= path[:, np.newaxis]
    return np.where(inked, number, 0)


def _paths(
    inked: NDArray[np.bool_], digit_height: float, thickness: float
) -> list[NDArray[np.int64]]:
    """Find paths that are the best of their neighbourhood: the column of each row."""
    height, width = inked.shape
    cost = inked.astype(np.float32)
    down, came_from = _accumulate(cost)
    up, went_to = _accumulate(cost[::-1])
    middle = height // 2
    total = down[middle] + up[height - 1 - middle] - cost[middle]
    reach = max(2, int(_SEPARATION * digit_height))
    lowest = ndimage.minimum_filter1d(total, 2 * reach + 1, mode="nearest")
    found: list[NDArray[np.int64]] = []
    chosen: list[int] = []
    is_open = (total <= lowest) & (total <= _MOST_STROKES * thickness)
    is_open[:reach] = is_open[width - reach :] = False
    for column in np.flatnonzero(is_open):
        if chosen and column - chosen[-1] <= reach:
            continue  # The same minimum, several columns wide.
        chosen.append(int(column))
        above = _trace(came_from, middle, int(column))
        below = _trace(went_to, height - 1 - middle, int(column))
        found.append(np.concatenate([above[::-1], below[1:]]))
    return found


def _accumulate(cost: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Sum the cost of the best way from the top to each pixel, and tell where it came from."""
    sums = np.empty_like(cost)
    steps = np.zeros(cost.shape, np.int8)
    sums[0] = cost[0]
    for row in range(1, len(cost)):
        padded = np.pad(sums[row - 1], 1, constant_values=np.inf)
        ways = np.stack([padded[1:-1], padded[:-2] + _STEP_ASIDE, padded[2:] + _STEP_ASIDE])
        best = ways.argmin(axis=0)
        steps[row] = np.array([0, -1, 1])[best]
        sums[row] = cost[row] + np.take_along_axis(ways, best[np.newaxis], axis=0)[0]
    return sums, steps


def _trace(steps: NDArray[np.int8], row: int, column: int) -> NDArray[np.int64]:
    """Follow the best way from a pixel back to the top: its columns, from that pixel on."""
    columns = [column]
    for i in range(row, 0, -1):
        column += int(steps[i, column])
        columns.append(column)
    return np.array(columns)
