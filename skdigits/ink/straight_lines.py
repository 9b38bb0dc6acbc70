"""Straight lines, as they are printed: ruling, the borders of boxes, dotted lines."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from skdigits.ink.pieces import boxes_of, label_pieces
from skdigits.ink.strokes import Contrast, Mask

# A line has ink in nearly all its columns, its own or that of a stroke; a row of 7s has gaps.
_COVERED = 0.92
# Fraction of its length that no strokes cover.
_LEAST_OWN = 0.25
# Its least length in thicknesses: alone, and as the side of a box.
_SLIM, _SLIM_SIDE = 15.0, 6.0
# The side of a box is about as thick and as dark as the lines at its ends.
_THICKER_SIDE, _DARKER_SIDE = 2.0, 2.0
# It is perpendicular to them, and straight beside the rounds of a 0 or an 8.
_MOST_OBLIQUE = 0.05  # rows per column
_LEAST_BEND, _BEND = 0.5, 0.02  # pixels, and pixels per pixel of its length
_NEAR = 3.0  # pixels
_PALEST = 0.5  # of the contrast of a line: more than a shadow beside it
_SHORT_GAP = 5  # pixels
# Largest distance between the dots of a line, in widths of a dot.
_DOTS_APART = 3.5
_FEWEST_DOTS = 6

_SLOPES = np.linspace(0.1, -0.1, 81)  # rows per column
_WIDTH_OF_BIN = 2.0  # pixels
_N_POINTS = 5_000
_MOST_COURSES = 200


@dataclass(frozen=True)
class LineShape:
    """The shape of lines, in pixels."""

    span: int  # least length, unless a line ends at two lines across
    segment: int  # least length of its straight parts
    thickness: int  # largest thickness
    # Largest distance of its ends from the border of the picture, unless they are at lines across.
    margin: float = math.inf


@dataclass(frozen=True)
class StraightLine:
    """A line from one column to another."""

    start: int
    stop: int
    middles: NDArray[np.float64]  # the row of its middle in each column of the picture
    slope: float  # rows per column
    thickness: float
    level: float  # its contrast

    def is_long(self, shape: LineShape) -> bool:
        """Return whether it is long enough for a line, whatever it ends at."""
        return self.stop - self.start >= max(shape.span, _SLIM * self.thickness)

    def is_straight(self) -> bool:
        """Return whether it deviates little from the straight line that fits it best."""
        columns = np.arange(self.start, self.stop)
        middles = self.middles[self.start : self.stop]
        deviations = middles - np.polyval(np.polyfit(columns, middles, 1), columns)
        return bool(np.abs(deviations).max() <= _LEAST_BEND + _BEND * len(columns))


class _Points(NamedTuple):
    """Thin ink: one point per run of pixels in a column."""

    columns: NDArray[np.int64]
    rows: NDArray[np.float64]  # its middle
    heights: NDArray[np.int64]  # its number of pixels

    def where(self, wanted: Mask) -> _Points:
        return _Points(self.columns[wanted], self.rows[wanted], self.heights[wanted])


def lines_across(
    contrast: Contrast, faint: Mask, horizontal: LineShape, vertical: LineShape
) -> tuple[list[StraightLine], list[StraightLine]]:
    """Find horizontal and vertical lines; in the latter, rows and columns are swapped.

    Parameters
    ----------
    contrast : ndarray of shape (height, width)
        Contrast with the paper.
    faint : ndarray of shape (height, width)
        Everything that may be ink.
    horizontal, vertical : LineShape
        Shapes of the lines to look for in each direction.
    """
    rows = _long_or_straight(_candidates(contrast, faint, horizontal), horizontal)
    columns = _long_or_straight(_candidates(contrast.T, faint.T, vertical), vertical)
    # A line is long, or the side of a box between two lines. Others are removed until none is left.
    while True:
        kept_rows = [line for line in rows if _is_line(line, columns, horizontal, vertical)]
        kept_columns = [line for line in columns if _is_line(line, kept_rows, vertical, horizontal)]
        if len(kept_rows) == len(rows) and len(kept_columns) == len(columns):
            return rows, columns
        rows, columns = kept_rows, kept_columns


def _long_or_straight(lines: Iterator[StraightLine], shape: LineShape) -> list[StraightLine]:
    return [line for line in lines if line.is_long(shape) or line.is_straight()]


def _is_line(
    line: StraightLine, others: list[StraightLine], shape: LineShape, across: LineShape
) -> bool:
    is_long = line.is_long(shape)
    return all(
        (is_long and gap <= shape.margin)
        or any(_ends_at(line, is_first, other, across) for other in others)
        for is_first, gap in ((True, line.start), (False, len(line.middles) - line.stop))
    )


def _ends_at(line: StraightLine, is_first: bool, other: StraightLine, across: LineShape) -> bool:
    """Return whether a line ends at another one, which is like it and runs across."""
    end = line.start if is_first else line.stop - 1
    place = round(float(line.middles[end]))
    near = _NEAR + line.thickness + other.thickness
    if not other.start - near <= place < other.stop + near:
        return False
    # Two short ones must both end at the corner.
    is_corner = min(abs(place - other.start), abs(place - other.stop)) <= near
    beyond = end - float(other.middles[min(max(place, 0), len(other.middles) - 1)])
    return (
        (is_corner or other.is_long(across))
        and -_NEAR <= (-beyond if is_first else beyond) <= near
        and abs(line.slope + other.slope) <= _MOST_OBLIQUE
        and line.thickness <= _THICKER_SIDE * other.thickness + 2
        and line.level <= _DARKER_SIDE * other.level
    )


def opened(mask: Mask, size: int, axis: int) -> Mask:
    """Keep the runs of at least `size` pixels along an axis."""
    eroded = ndimage.minimum_filter1d(mask.view(np.uint8), size, axis, mode="constant")
    # For an even number of pixels, the middle is on the other side on the way back.
    origin = -1 if size % 2 == 0 else 0
    widened = ndimage.maximum_filter1d(eroded, size, axis, mode="constant", origin=origin)
    return np.asarray(widened.view(np.bool_))


def _closed(mask: Mask, size: int) -> Mask:
    """Bridge the gaps of less than `size` pixels in each row."""
    widened = ndimage.maximum_filter1d(mask.view(np.uint8), size, axis=1, mode="constant")
    origin = -1 if size % 2 == 0 else 0
    closed = ndimage.minimum_filter1d(widened, size, axis=1, mode="constant", cval=1, origin=origin)
    return np.asarray(closed.view(np.bool_) | mask)


def _candidates(contrast: Contrast, faint: Mask, shape: LineShape) -> Iterator[StraightLine]:
    """Find straight and mostly thin ink, the longest first."""
    faint = np.ascontiguousarray(faint)
    dotted = _joined_dots(faint, shape)
    points = _thin_points(faint | dotted, shape)
    for _ in range(_MOST_COURSES):
        if len(points.rows) < shape.segment:
            return
        slope, offset, n_held = _straightest(points)
        if n_held < shape.segment:
            return
        distance = np.abs(points.rows - offset - slope * points.columns)
        is_near = distance <= max(_NEAR, shape.thickness / 2)
        yield from _lines_along(points.where(is_near), slope, contrast, dotted, shape)
        points = points.where(~is_near)


def _thin_points(faint: Mask, shape: LineShape) -> _Points:
    thin = faint & ~opened(faint, shape.thickness + 1, axis=0)
    # A slightly oblique line is a sequence of straight parts, each a pixel below the last.
    blurred = ndimage.maximum_filter1d(thin.view(np.uint8), 3, axis=0).view(np.bool_)
    thin &= opened(blurred, shape.segment, axis=1)
    columns, ends = np.nonzero(np.diff(thin.T, prepend=False, append=False))
    starts, stops = ends[::2], ends[1::2]
    return _Points(columns[::2], (starts + stops - 1) / 2, stops - starts)


def _straightest(points: _Points) -> tuple[float, float, int]:
    """Find the straight course of most points: its slope, row at column 0, and number of points."""
    step = max(1, len(points.rows) // _N_POINTS)
    rows, columns = points.rows[::step], points.columns[::step]
    best = -1, 0.0, 0.0
    # In a few parts that stay in the cache of the processor.
    for slopes in np.array_split(_SLOPES, 1 + len(rows) // 250):
        bins = np.rint((rows - slopes[:, np.newaxis] * columns) / _WIDTH_OF_BIN).astype(np.int64)
        first = int(bins.min())
        n_bins = int(bins.max()) - first + 1
        bins += n_bins * np.arange(len(slopes))[:, np.newaxis] - first
        n_held = np.bincount(bins.ravel(), minlength=len(slopes) * n_bins)
        most = int(n_held.argmax())
        of_slope, place = divmod(most, n_bins)
        offset = (place + first) * _WIDTH_OF_BIN
        best = max(best, (int(n_held[most]), float(slopes[of_slope]), offset))
    return best[1], best[2], best[0] * step


def _lines_along(
    points: _Points, slope: float, contrast: Contrast, dotted: Mask, shape: LineShape
) -> Iterator[StraightLine]:
    """Follow a course from side to side, and yield its parts with ink of their own."""
    height, width = contrast.shape
    n_points = np.bincount(points.columns, minlength=width)
    own = np.flatnonzero(n_points)
    # Without its slope, the course is the bend of the line.
    bend = np.bincount(points.columns, points.rows - slope * points.columns, minlength=width)
    places = np.arange(width)
    middles = np.interp(places, own, _smooth(bend[own] / n_points[own])) + slope * places
    rows = np.clip(np.rint(middles).astype(np.int64), 0, height - 1)
    thickness = float(np.median(points.heights))
    reach = int(thickness / 2 + 1.5)
    around = np.clip(rows + np.arange(-reach, reach + 1)[:, np.newaxis], 0, height - 1)
    # The rims of a line are paler than the line.
    levels = contrast[around, places].max(axis=0)
    covered = (levels >= _PALEST * np.median(levels[own])) | dotted[around, places].any(axis=0)
    for start, stop in _runs(covered, own):
        is_own = n_points[start:stop] > 0
        is_slim = stop - start >= max(2 * shape.segment, _SLIM_SIDE * thickness)
        if is_slim and is_own.mean() >= _LEAST_OWN:
            level = float(np.median(levels[start:stop][is_own]))
            yield StraightLine(start, stop, middles, slope, thickness, level)


def _runs(covered: Mask, own: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the ends of runs, short gaps bridged: of a single run if there are hardly any gaps."""
    ends = np.flatnonzero(
        np.diff(_closed(covered[np.newaxis], _SHORT_GAP)[0], prepend=False, append=False)
    )
    starts, stops = ends[::2].tolist(), ends[1::2].tolist()
    inner = [(a, b) for a, b in zip(starts, stops, strict=True) if a <= own[-1] and b > own[0]]
    if inner and covered[inner[0][0] : inner[-1][1]].mean() >= _COVERED:
        return [(inner[0][0], inner[-1][1])]
    return inner


def _joined_dots(faint: Mask, shape: LineShape) -> Mask:
    """Bridge the gaps between dots or dashes in a row."""
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
