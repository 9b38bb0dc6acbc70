"""Straight lines on a picture, such as are printed: ruling, the borders of boxes, dotted lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from skdigits.ink.pieces import boxes_of, label_pieces
from skdigits.ink.strokes import Contrast, Mask

# A line has ink in nearly all its columns, its own or that of a stroke; a row of 7s has gaps.
_COVERED = 0.92
# A side of a box is a line from corner to corner, at least so many thicknesses long.
_SLIMMEST_SIDE = 7.0
# Where two lines meet, each ends so many thicknesses of the other from its middle, or of its own.
_REACH = 1.5
# Dots of a line are so far from one another at most, in widths of a dot.
_DOTS_APART = 3.5
_FEWEST_DOTS = 6
# A line is seen apart from strokes in so much of its length.
_LEAST_OWN = 0.25
_SLOPES = np.linspace(-0.1, 0.1, 81).tolist()  # rows per column
_WIDTH_OF_BIN = 2.0  # pixels
_N_POINTS = 5_000
_MOST_LINES = 200


@dataclass(frozen=True)
class LineShape:
    """What counts as a line, in pixels."""

    span: int  # It is at least so long, gaps included, or ends at two lines across,
    segment: int  # made of straight parts that are at least so long,
    gap: int  # less than so far from one another where strokes cross,
    thickness: int  # and at most so thick.


@dataclass(frozen=True)
class StraightLine:
    """A line from one column to another."""

    start: int
    stop: int
    middles: NDArray[np.float64]  # the row of its middle in each column of the picture
    thickness: float
    level: float  # its contrast

    @property
    def length(self) -> int:
        """Number of columns."""
        return self.stop - self.start


def lines_across(
    contrast: Contrast, faint: Mask, horizontal: LineShape, vertical: LineShape
) -> tuple[list[StraightLine], list[StraightLine]]:
    """Find horizontal and vertical lines; those are given with rows and columns swapped.

    Parameters
    ----------
    contrast : ndarray of shape (height, width)
        Contrast with the paper.
    faint : ndarray of shape (height, width)
        All that may be ink.
    horizontal, vertical : LineShape
        Which lines to look for in each direction.
    """
    rows = list(_candidates(contrast, faint, horizontal))
    columns = list(_candidates(contrast.T, faint.T, vertical))
    # A line is long, or a side of a box, between two lines: what neither is true of is taken
    # away until nothing more is.
    while True:
        kept_rows = [line for line in rows if _is_line(line, columns, horizontal)]
        kept_columns = [line for line in columns if _is_line(line, kept_rows, vertical)]
        if len(kept_rows) == len(rows) and len(kept_columns) == len(columns):
            return rows, columns
        rows, columns = kept_rows, kept_columns


def _is_line(line: StraightLine, others: list[StraightLine], shape: LineShape) -> bool:
    if line.length >= shape.span:
        return True
    return all(
        any(_meet(line, end, other) for other in others) for end in (line.start, line.stop - 1)
    )


def _meet(line: StraightLine, end: int, other: StraightLine) -> bool:
    """Tell whether a line ends at another one, which runs across."""
    reach = 3 + _REACH * max(line.thickness, other.thickness)
    row = round(float(line.middles[end]))
    if not other.start - reach <= row <= other.stop + reach:
        return False
    return abs(float(other.middles[row]) - end) <= reach


def opened(mask: Mask, size: int, axis: int) -> Mask:
    """Keep the runs of at least so many pixels along an axis."""
    eroded = ndimage.minimum_filter1d(mask.view(np.uint8), size, axis, mode="constant")
    # Of an even number of pixels the middle lies on the other side when going back.
    origin = -1 if size % 2 == 0 else 0
    widened = ndimage.maximum_filter1d(eroded, size, axis, mode="constant", origin=origin)
    return np.asarray(widened.view(np.bool_))


def _closed(mask: Mask, size: int) -> Mask:
    """Bridge the gaps of less than so many pixels in each row."""
    widened = ndimage.maximum_filter1d(mask.view(np.uint8), size, axis=1, mode="constant")
    origin = -1 if size % 2 == 0 else 0
    closed = ndimage.minimum_filter1d(widened, size, axis=1, mode="constant", cval=1, origin=origin)
    return np.asarray(closed.view(np.bool_) | mask)


def _candidates(contrast: Contrast, faint: Mask, shape: LineShape) -> Iterator[StraightLine]:
    """Find what is straight and mostly thin, the longest first."""
    faint = np.ascontiguousarray(faint)
    faint = faint | _joined_dots(faint, shape)
    thin = faint & ~opened(faint, shape.thickness + 1, axis=0)
    # A line that is a little oblique is a row of straight parts, each a pixel below the last.
    blurred = ndimage.maximum_filter1d(thin.view(np.uint8), 3, axis=0).view(np.bool_)
    rows, columns = np.nonzero(opened(blurred, shape.segment, axis=1) & thin)
    for _ in range(_MOST_LINES):
        if len(rows) < 2 * shape.segment:
            return
        slope, offset, n_held = _straightest(rows, columns)
        if n_held < 2 * shape.segment:
            return
        is_near = np.abs(rows - offset - slope * columns) <= max(3.0, shape.thickness / 2)
        line = _Course.through(rows[is_near], columns[is_near], slope, faint.shape[1])
        yield from line.parts(contrast, faint, shape)
        rows, columns = rows[~is_near], columns[~is_near]


def _straightest(
    rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> tuple[float, float, int]:
    """Find the straight line that holds the most pixels: its slope, row at column 0, and pixels."""
    step = max(1, len(rows) // _N_POINTS)
    rows, columns = rows[::step], columns[::step]
    best = -1, 0.0, 0.0
    for slope in _SLOPES:
        bins = np.rint((rows - slope * columns) / _WIDTH_OF_BIN).astype(np.int64)
        first = int(bins.min())
        counts = np.bincount(bins - first)
        most = int(counts.argmax())
        best = max(best, (int(counts[most]), slope, (most + first) * _WIDTH_OF_BIN))
    return best[1], best[2], best[0] * step


@dataclass(frozen=True)
class _Course:
    """How a line runs from side to side, by the thin pixels of it."""

    middles: NDArray[np.float64]
    counts: NDArray[np.int64]  # thin pixels in each column
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]

    @classmethod
    def through(
        cls, rows: NDArray[np.int64], columns: NDArray[np.int64], slope: float, width: int
    ) -> _Course:
        counts = np.bincount(columns, minlength=width)
        filled = np.flatnonzero(counts)
        # What is left of a slope is the bend of the line.
        bend = np.bincount(columns, rows - slope * columns, minlength=width)[filled]
        bend = _smooth(bend / counts[filled])
        places = np.arange(width)
        return cls(np.interp(places, filled, bend) + slope * places, counts, rows, columns)

    def parts(self, contrast: Contrast, faint: Mask, shape: LineShape) -> Iterator[StraightLine]:
        """Give the parts between gaps; a line has ink of its own or a stroke's everywhere."""
        filled = np.flatnonzero(self.counts)
        thickness = float(np.median(self.counts[filled]))
        reach = int(thickness / 2 + 1.5)
        around = np.rint(self.middles).astype(np.int64) + np.arange(-reach, reach + 1)[:, None]
        around = np.clip(around, 0, len(faint) - 1)
        covered = faint[around, np.arange(faint.shape[1])].any(axis=0)
        # The rims of a line are paler than the line.
        levels = np.zeros(faint.shape[1], np.float32)
        np.maximum.at(levels, self.columns, contrast[self.rows, self.columns])
        for start, stop in _runs(covered, filled, shape):
            own = self.counts[start:stop] > 0
            if own.mean() >= _LEAST_OWN and stop - start >= max(
                2 * shape.segment, _SLIMMEST_SIDE * thickness
            ):
                level = float(np.median(levels[start:stop][own]))
                yield StraightLine(start, stop, self.middles, thickness, level)


def _runs(covered: Mask, filled: NDArray[np.int64], shape: LineShape) -> list[tuple[int, int]]:
    """Give where runs begin and end, short gaps bridged: one if there are hardly any gaps."""
    closed = _closed(covered[np.newaxis], shape.segment // 2)[0]
    ends = np.flatnonzero(np.diff(closed, prepend=False, append=False))
    whole = slice(int(filled[0]), int(filled[-1]) + 1)
    if covered[whole].mean() < _COVERED:
        return list(zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True))
    # From the beginning of the run that the first pixel is in to the end of the last one's.
    start = ends[np.searchsorted(ends, whole.start, side="right") - 1]
    return [(int(start), int(ends[np.searchsorted(ends, whole.stop - 1, side="right")]))]


def _joined_dots(faint: Mask, shape: LineShape) -> Mask:
    """Bridge the gaps between dots or dashes of one size in a row."""
    labels, _ = label_pieces(faint)
    boxes = boxes_of(labels)
    is_dot = np.array(
        [False, *(box.height <= shape.thickness and box.width <= shape.segment for box in boxes)]
    )
    if np.count_nonzero(is_dot) < _FEWEST_DOTS:
        return np.zeros_like(faint)
    widths = [box.width for box, dot in zip(boxes, is_dot[1:], strict=True) if dot]
    return _closed(is_dot[labels], int(_DOTS_APART * np.median(widths)))


def _smooth(heights: NDArray[Any]) -> NDArray[Any]:
    size = max(1, min(31, len(heights) // 4)) | 1
    return np.asarray(ndimage.median_filter(heights, size, mode="nearest"))
