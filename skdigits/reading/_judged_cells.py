"""The cells of a grid, classified."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits.ink.box import Box
from skdigits.ink.frame import FRAME
from skdigits.ink.grid import Grid, grid_on
from skdigits.ink.perspective import homography, rectangle, size_of, warped
from skdigits.preprocessing import DigitFramer
from skdigits.reading._judgement import likeliest_of_rows
from skdigits.reading._page import contrast_on
from skdigits.reading._rotation import FEWEST_DIGITS, N_QUARTERS
from skdigits.reading._view import View, sheet_of, view_of

_BESIDE_LINE = 0.04  # of a cell: margin beside its lines that is cut off
_SMALLEST_CELL = 8  # pixels
# Of turned digits: the least mean probability, and log-ratio of probabilities to upright ones.
_LEGIBLE, _LEAST_LEAD = 0.9, 1.5


class JudgedCells(NamedTuple):
    """The box of each cell on the photo, its likeliest class, and its probability: 0 if blank.

    Arrays have the shape (n_rows, n_columns); `boxes` has the shape (n_rows, n_columns, 4).
    """

    view: View
    n_quarters: int
    boxes: NDArray[np.int64]
    classes: NDArray[np.intp]
    probabilities: NDArray[np.float64]


def judge_cells(photo: Any, classifier: Any, n_quarters: int | None) -> JudgedCells:
    """Find the grid on a photo, and classify all of its cells at once.

    Parameters
    ----------
    photo : str, path-like, PIL.Image.Image or array-like
        The photo.
    classifier : estimator
        Classifier of framed digits.
    n_quarters : int or None
        Number of clockwise quarter turns of the photo; None turns it if it is clearly legible only
        after a turn.

    Raises
    ------
    ValueError
        If no grid is found.
    """
    view, grid = _grid_of(photo, n_quarters or 0)
    frames = _frames_of(view, grid)
    if n_quarters is None:
        n_quarters = _likeliest_turn(frames, classifier)
        if n_quarters:
            view, grid = _grid_of(photo, n_quarters)
            frames = _frames_of(view, grid)
    n_rows, n_columns = grid.shape
    boxes = [
        view.box_on_photo(grid.corners(row, column))
        for row in range(n_rows)
        for column in range(n_columns)
    ]
    classes, probabilities = _judged(frames, classifier)
    return JudgedCells(
        view,
        n_quarters or 0,
        np.array(boxes).reshape(n_rows, n_columns, len(Box._fields)),
        classes.reshape(grid.shape),
        probabilities.reshape(grid.shape),
    )


def _grid_of(photo: Any, n_quarters: int) -> tuple[View, Grid]:
    view = sheet_of(view_of(photo, n_quarters=n_quarters))
    grid = grid_on(contrast_on(view.grey))
    if grid is None:
        raise ValueError(
            "no grid was found: the photo must show complete and sharp lines around two or more "
            "cells. `read` reads digits without lines around them."
        )
    return view, grid


def _frames_of(view: View, grid: Grid) -> NDArray[np.uint8]:
    """Frame the content of each cell, row by row."""
    n_rows, n_columns = grid.shape
    cells = [_cell(view, grid, row, column) for row in range(n_rows) for column in range(n_columns)]
    return DigitFramer(blank="zeros").transform(cells)


def _cell(view: View, grid: Grid, row: int, column: int) -> NDArray[np.uint8]:
    """Rectify a cell, without its lines."""
    corners = grid.corners(row, column)
    width, height = size_of(corners)
    lines = grid.lines_around(row, column) / 2 + 1 + _BESIDE_LINE * min(width, height)
    left, top = lines[:2]
    right, bottom = np.maximum([width, height] - lines[2:], lines[:2] + 1)
    size = max(_SMALLEST_CELL, round(right - left)), max(_SMALLEST_CELL, round(bottom - top))
    to_cell = homography(
        rectangle(*size), [[left, top], [right, top], [right, bottom], [left, bottom]]
    )
    to_view = homography(rectangle(width, height), corners) @ to_cell
    return warped(view.grey, to_view, *size).astype(np.uint8)


def _judged(
    frames: NDArray[np.uint8], classifier: Any
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    classes, probabilities = np.zeros(len(frames), np.intp), np.zeros(len(frames))
    is_written = frames.any(axis=1)
    if is_written.any():
        classes[is_written], probabilities[is_written] = likeliest_of_rows(
            frames[is_written], classifier
        )
    return classes, probabilities


def _likeliest_turn(frames: NDArray[np.uint8], classifier: Any) -> int:
    """Find the turn after which digits are clearly legible, if they are not legible upright."""
    frames = frames[frames.any(axis=1)].reshape(-1, FRAME, FRAME)
    if len(frames) < FEWEST_DIGITS:
        return 0

    def probabilities(n_quarters: int) -> NDArray[np.float64]:
        turned = np.rot90(frames, -n_quarters, axes=(1, 2)).reshape(len(frames), -1)
        return likeliest_of_rows(turned, classifier)[1]

    upright = float(np.log(probabilities(0)).sum())
    if upright >= -_LEAST_LEAD:
        return 0
    turned = {n_quarters: probabilities(n_quarters) for n_quarters in range(1, N_QUARTERS)}
    best = max(turned, key=lambda n_quarters: float(np.log(turned[n_quarters]).sum()))
    lead = float(np.log(turned[best]).sum()) - upright
    return best if lead >= _LEAST_LEAD and turned[best].mean() >= _LEGIBLE else 0
