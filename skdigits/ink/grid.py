"""Grids: the lines of a table, found under perspective and on paper that is not quite flat."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from skdigits.ink.box import Box
from skdigits.ink.perspective import (
    Places,
    homography,
    mapped,
    rectangle,
    size_of,
    warped,
)
from skdigits.ink.pieces import boxes_of, label_pieces
from skdigits.ink.quadrilateral import corners_of
from skdigits.ink.strokes import Contrast, Mask, faint_ink

_BRIDGED = 5  # pixels between the ends of broken lines
_THICKEST = 0.02  # line, as a fraction of the longer side of the picture
_SMALLEST_GRID = 0.1  # of the width or height of the picture
_N_CANDIDATES = 4  # pieces that are examined, the largest first
_MARGIN = 0.03  # around the corners, of the longer side
_SEGMENT = 0.025  # of the side along a line: length of the straight parts it consists of
_BEND = 0.008  # of the side along a line: distance of its parts from a straight line
_COVERED = 0.65  # of the side along a line, covered by its parts
_SMALLEST_CELL = 0.02  # of a side
_BESIDE_CROSSING = 0.12  # of a cell: a line continues at least this far on both sides
_MET = 0.7  # of its crossings
_NEIGHBOURHOOD = 0.2  # of a cell, in which the crossing of two lines is searched for
_ARM = 0.4  # of a cell: the part of the lines around a crossing that determines its place


@dataclass(frozen=True)
class Grid:
    """The crossings of the lines of a grid, and the thickness of the lines.

    `crossings` has the shape (n_rows + 1, n_columns + 1, 2): columns and rows on the picture.
    `thicknesses` are those of the horizontal and of the vertical lines, in pixels.
    """

    crossings: NDArray[np.float64]
    thicknesses: tuple[NDArray[np.float64], NDArray[np.float64]]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return self.crossings.shape[0] - 1, self.crossings.shape[1] - 1

    def corners(self, row: int, column: int) -> Places:
        """Return the corners of a cell, clockwise from the top left, in the middle of its lines."""
        top, bottom = self.crossings[row : row + 2, column : column + 2]
        return np.stack([top[0], top[1], bottom[1], bottom[0]])

    def lines_around(self, row: int, column: int) -> NDArray[np.float64]:
        """Return the thickness of the lines left of a cell, above it, right of it and below it."""
        across, down = self.thicknesses
        return np.array([down[column], across[row], down[column + 1], across[row + 1]])


@dataclass(frozen=True)
class _Lines:
    """Horizontal lines: the rows of their middles, their thickness, and the pixels of such parts.

    For vertical lines, the picture is transposed.
    """

    middles: NDArray[np.float64]
    thicknesses: NDArray[np.float64]
    parts: Mask
    bend: int  # pixels above and below the middle


def grid_on(contrast: Contrast) -> Grid | None:
    """Find the largest grid of at least two cells.

    Parameters
    ----------
    contrast : ndarray of shape (height, width)
        Contrast with the paper.

    Returns
    -------
    grid : Grid or None
        None if there is no grid.
    """
    faint = faint_ink(contrast)
    grid = _grid_among(faint, faint)
    if grid is None:
        # Something thick may touch the grid, such as the edge of a shadow or of the sheet.
        thickest = max(_BRIDGED, round(_THICKEST * max(faint.shape)))
        thin = faint & (ndimage.grey_opening(faint.view(np.uint8), (thickest, thickest)) == 0)
        grid = _grid_among(thin, faint)
    return grid


def _grid_among(inked: Mask, faint: Mask) -> Grid | None:
    """Search the largest pieces of ink for a grid, one after the other."""
    bridged = ndimage.binary_closing(np.pad(inked, _BRIDGED), np.ones((_BRIDGED, _BRIDGED)))
    labels, _ = label_pieces(bridged[_BRIDGED:-_BRIDGED, _BRIDGED:-_BRIDGED])
    height, width = labels.shape
    large = [
        (label, box)
        for label, box in enumerate(boxes_of(labels), start=1)
        if box.width >= _SMALLEST_GRID * width and box.height >= _SMALLEST_GRID * height
    ]
    # A piece that reaches the edge of the picture is usually a table or a shadow, not a grid.
    large.sort(key=lambda numbered: (_n_edges(numbered[1], labels), -_size(numbered[1])))
    for label, box in large[:_N_CANDIDATES]:
        corners = corners_of(labels[box.slices] == label)
        if corners is not None:
            grid = _grid_within(corners + np.array([box.left, box.top]), faint)
            if grid is not None:
                return grid
    return None


def _n_edges(box: Box, picture: NDArray[np.int32]) -> int:
    """Count the edges of the picture that a box reaches."""
    height, width = picture.shape
    return sum([box.left == 0, box.top == 0, box.right == width, box.bottom == height])


def _size(box: Box) -> int:
    return box.width * box.height


def _grid_within(corners: Places, faint: Mask) -> Grid | None:
    """Straighten the ink between four corners, find its lines, and map them to the picture."""
    width, height = size_of(corners)
    margin = round(_MARGIN * max(width, height))
    to_picture = homography(rectangle(width, height) + margin, corners)
    size = width + 2 * margin, height + 2 * margin
    straight = warped(faint.astype(np.float32), to_picture, *size) >= 0.5
    across = _lines_across(straight, margin)
    down = _lines_across(np.ascontiguousarray(straight.T), margin)
    if min(len(across.middles), len(down.middles)) < 2:
        return None
    across, down = _meeting(across, down), _meeting(down, across)
    n_rows, n_columns = len(across.middles) - 1, len(down.middles) - 1
    if min(n_rows, n_columns) < 1 or n_rows * n_columns < 2:
        return None
    crossings = _crossings(across, down)
    return Grid(mapped(to_picture, crossings), (across.thicknesses, down.thicknesses))


def _lines_across(straight: Mask, margin: int) -> _Lines:
    """Find the rows that are mostly covered by long parts of lines."""
    height, width = straight.shape
    inner_height, inner_width = height - 2 * margin, width - 2 * margin
    segment = max(5, round(_SEGMENT * inner_width))
    # A slightly oblique line is a sequence of straight parts, each a pixel below the last.
    thick = ndimage.maximum_filter1d(straight.view(np.uint8), 3, axis=0)
    parts = ndimage.grey_opening(thick, (1, segment)) * straight
    bend = max(1, round(_BEND * inner_width))
    inside = slice(margin, width - margin)
    covered = ndimage.maximum_filter1d(parts, 2 * bend + 1, axis=0)[:, inside].mean(axis=1)
    n_inked = parts[:, inside].sum(axis=1)
    runs, n_runs = ndimage.label(covered >= _COVERED)
    middles, thicknesses = [], []
    for (rows,) in ndimage.find_objects(runs)[:n_runs]:
        weights = n_inked[rows]
        middles.append(float(np.average(np.arange(rows.start, rows.stop) + 0.5, weights=weights)))
        columns = parts[rows, inside].sum(axis=0)
        thicknesses.append(float(np.median(columns[columns > 0])))
    lines = _apart(middles, thicknesses, _SMALLEST_CELL * inner_height)
    return _Lines(*lines, parts.view(bool), bend)


def _apart(
    middles: list[float], thicknesses: list[float], nearest: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Merge lines that are too close for a cell between them."""
    kept: list[tuple[float, float]] = []
    for middle, thickness in zip(middles, thicknesses, strict=True):
        if kept and middle - kept[-1][0] < nearest:
            before = kept.pop()
            kept.append(((before[0] + middle) / 2, middle - before[0] + thickness))
        else:
            kept.append((middle, thickness))
    lines = np.array(kept).reshape(-1, 2)
    return lines[:, 0], lines[:, 1]


def _meeting(lines: _Lines, others: _Lines) -> _Lines:
    """Keep the lines that continue beyond those they cross, which strokes inside cells do not."""
    width = lines.parts.shape[1]
    length = max(2, round(_BESIDE_CROSSING * np.diff(others.middles).min()))
    beside = []
    for place, thickness in zip(others.middles, others.thicknesses, strict=True):
        before = int(place - thickness / 2 - 1 - length)
        after = int(np.ceil(place + thickness / 2 + 1))
        # The grid ends at the outermost lines.
        beside += [slice(before, before + length)] if place > others.middles[0] else []
        beside += [slice(after, after + length)] if place < others.middles[-1] else []
    is_kept = []
    for middle in lines.middles:
        band = lines.parts[max(0, int(middle) - lines.bend) : int(middle) + lines.bend + 1]
        covered: Mask = np.asarray(band.any(axis=0))
        met = [covered[columns].mean() >= 0.5 for columns in beside if columns.stop <= width]
        is_kept.append(np.mean(met) >= _MET)
    kept = np.array(is_kept)
    return replace(lines, middles=lines.middles[kept], thicknesses=lines.thicknesses[kept])


def _crossings(across: _Lines, down: _Lines) -> NDArray[np.float64]:
    """Find the crossing of each pair of lines, which paper and lenses bend."""
    rows = _local_middles(across, down.middles)
    columns = _local_middles(down, across.middles).T
    return np.stack([columns, rows], axis=-1)


def _local_middles(lines: _Lines, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the row of each horizontal line at some columns, of shape (n_lines, n_columns)."""
    cell = np.diff(lines.middles).min()
    reach = max(2, round(_NEIGHBOURHOOD * cell))
    arm = max(3, round(_ARM * np.diff(places).min()))
    height, width = lines.parts.shape
    found = np.repeat(lines.middles[:, np.newaxis], len(places), axis=1)
    for i, middle in enumerate(lines.middles):
        top = max(0, int(middle) - reach)
        band = lines.parts[top : min(height, int(middle) + reach + 1)]
        for j, place in enumerate(places):
            near = band[:, max(0, int(place) - arm) : min(width, int(place) + arm + 1)]
            counts = near.sum(axis=1)
            is_line = counts >= 0.5 * counts.max()
            if counts.max() >= 0.5 * near.shape[1]:
                rows = top + np.arange(len(counts)) + 0.5
                found[i, j] = np.average(rows[is_line], weights=counts[is_line])
    # An offset that the neighbouring crossings lack comes from a stroke beside the line.
    offsets = ndimage.median_filter(found - lines.middles[:, np.newaxis], (1, 3), mode="nearest")
    return np.asarray(lines.middles[:, np.newaxis] + offsets)
