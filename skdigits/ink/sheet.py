"""A sheet of paper on a darker table, and its corners."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull

from skdigits.ink.perspective import Places
from skdigits.ink.pictures import GreyLevels
from skdigits.ink.pieces import boxes_of, label_pieces
from skdigits.ink.quadrilateral import area_of, corners_of, mask_of
from skdigits.ink.strokes import Mask

# Fractions of the photo that a sheet covers, of its convex hull, and of the sheet that is ink.
_SMALLEST_SHEET, _LEAST_SOLID = 0.08, 0.85
_LEAST_WRITING, _MOST_WRITING = 0.002, 0.2

# For sheets whose corners are found:
_SIDE = 400  # pixels of the picture that is searched
_WIDEST_STROKE = 7  # of them
_LARGEST_SHEET = 0.985  # of the photo
_LEAST_COMMON = 0.93  # intersection of the sheet and the quadrilateral over their union
_MOST_BRIGHT_AROUND = 0.3  # of what is not the sheet
_DARKER_OUTSIDE = 0.9  # of the brightness inside, at most,
_SHARP = 0.85  # along this fraction of each side,
_BESIDE = 3.0  # pixels from it, on both sides
# The clearest strokes of a photo, most of which are on the sheet: share of the pixels, and the
# least contrast, compared with these; share that is on the sheet, at least.
_STROKES, _CLEAR, _ON_SHEET = 0.002, 0.5, 0.5


def shows_bright_sheet(grey: GreyLevels) -> bool:
    """Return whether something large and bright has something small and dark on it: paper."""
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


def corners_of_sheet(grey: GreyLevels) -> Places | None:
    """Find the corners of a sheet on a darker table, of which at least three sides are visible.

    Parameters
    ----------
    grey : ndarray of shape (height, width)
        Grey levels.

    Returns
    -------
    corners : ndarray of shape (4, 2) or None
        Columns and rows, clockwise from the top left; None if no part of the photo is clearly a
        sheet.
    """
    step = max(1, max(grey.shape) // _SIDE)
    small = _reduced(grey, step)
    if min(small.shape) < 3 * _WIDEST_STROKE:
        return None
    bridged = ndimage.grey_closing(small, _WIDEST_STROKE)
    smooth = ndimage.median_filter(bridged, 5)  # without the grain of the table
    found = [_corners_of_brightest(smooth, threshold) for threshold in _thresholds(smooth)]
    bright = [corners for corners in found if corners is not None]
    if not bright:
        return None
    strokes = _clearest_strokes(small, bridged)
    # Another may be the part of the sheet outside a shadow.
    sheets = [corners * step for corners in bright if _is_written_on(corners, strokes)]
    return max(sheets, key=area_of, default=None)


def _clearest_strokes(small: GreyLevels, bridged: GreyLevels) -> Mask:
    contrast = (bridged - small) / np.maximum(bridged, 1)
    return np.asarray(contrast >= _CLEAR * float(np.quantile(contrast, 1 - _STROKES)))


def _is_written_on(corners: Places, strokes: Mask) -> bool:
    height, width = strokes.shape
    on_sheet = strokes & mask_of(corners, width, height)
    return bool(np.count_nonzero(on_sheet) >= _ON_SHEET * np.count_nonzero(strokes))


def _thresholds(smooth: GreyLevels) -> Iterator[float]:
    """Yield the level between dark and bright, then one within each of the two if it varies."""
    if np.ptp(smooth) < 1:
        return
    middle = threshold_of(smooth)
    yield middle
    for levels in (smooth[smooth <= middle], smooth[smooth > middle]):
        if levels.size >= _SMALLEST_SHEET * smooth.size and np.ptp(levels) >= 1:
            yield threshold_of(levels)


def _reduced(grey: GreyLevels, step: int) -> GreyLevels:
    """Average squares of `step` pixels a side; the remaining rows and columns are dropped."""
    height, width = (side // step for side in grey.shape)
    squares = grey[: height * step, : width * step].reshape(height, step, width, step)
    return np.asarray(squares.mean(axis=(1, 3), dtype=np.float32))


def _corners_of_brightest(smooth: GreyLevels, threshold: float) -> Places | None:
    bright = ndimage.binary_opening(smooth > threshold, np.ones((5, 5)))
    labels, n_parts = label_pieces(bright)
    if n_parts == 0:
        return None
    largest = int(np.bincount(labels.ravel())[1:].argmax()) + 1
    part = ndimage.binary_fill_holes(labels == largest)
    corners = corners_of(part)
    if corners is None or not _fills(corners, part, bright):
        return None
    sharpness = [
        _sharpness(smooth, start, end)
        for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True)
    ]
    at_edge = [i for i, share in enumerate(sharpness) if np.isnan(share)]
    if len(at_edge) > 1 or min(np.nan_to_num(sharpness, nan=1.0)) < _SHARP:
        return None
    return _parallel(corners, at_edge[0]) if at_edge else corners


def _parallel(corners: Places, side: int) -> Places:
    """Move a side at the edge of the photo outwards, to where the side of the sheet may be.

    It is assumed to be parallel to the opposite side.
    """
    first, second, third, last = np.roll(corners, -side, axis=0)
    way, others = last - third, np.stack([first - last, second - third])
    to_first, to_second = others[:, 0] * way[1] - others[:, 1] * way[0]
    ratio = to_second / to_first
    moved = np.stack(
        [last + max(1.0, ratio) * others[0], third + max(1.0, 1 / ratio) * others[1], third, last]
    )
    return np.roll(moved, side, axis=0)


def _fills(corners: Places, part: Mask, bright: Mask) -> bool:
    """Return whether a part fills its quadrilateral, and little around it is as bright."""
    height, width = part.shape
    share = area_of(corners) / part.size
    if not _SMALLEST_SHEET <= share <= _LARGEST_SHEET:
        return False
    inside = mask_of(corners, width, height)
    common = float((inside & part).sum() / (inside | part).sum())
    bright_around = float(bright[~inside].mean()) if not inside.all() else 0.0
    return common >= _LEAST_COMMON and bright_around <= _MOST_BRIGHT_AROUND


def _sharpness(smooth: GreyLevels, start: NDArray[np.float64], end: NDArray[np.float64]) -> float:
    """Return the fraction of a side that is darker outside; NaN at the edge of the photo."""
    way = end - start
    normal = np.array([way[1], -way[0]]) / np.linalg.norm(way)  # It points outwards.
    places = start + np.linspace(0.05, 0.95, 50)[:, np.newaxis] * way
    inside, outside = (
        ndimage.map_coordinates(smooth, (places + by * normal - 0.5).T[::-1], order=1, cval=np.inf)
        for by in (-_BESIDE, _BESIDE)
    )
    is_seen = np.isfinite(outside)
    if 2 * np.count_nonzero(is_seen) < len(is_seen):
        return float("nan")
    return float((outside <= _DARKER_OUTSIDE * inside)[is_seen].mean())


def threshold_of(grey: NDArray[np.floating]) -> float:
    """Return the grey level that separates dark from bright, by Otsu's method.

    It maximises the variance between the means of the two parts.
    """
    counts, edges = np.histogram(grey, bins=256)
    levels = (edges[:-1] + edges[1:]) / 2
    n_dark, sums = np.cumsum(counts), np.cumsum(counts * levels)
    # The last bin is bright and the first one dark, so that neither part is empty.
    n_dark, dark = n_dark[:-1], sums[:-1]
    n_bright, bright = counts.sum() - n_dark, sums[-1] - dark
    variance = n_dark * n_bright * (dark / n_dark - bright / n_bright) ** 2
    return float(levels[variance.argmax()])


def convex_area(part: Mask) -> float:
    """Compute the area of the convex hull of the pixels."""
    rim = part & ~ndimage.binary_erosion(part)
    corners = np.argwhere(rim)[:, np.newaxis] + [[0, 0], [0, 1], [1, 0], [1, 1]]
    return float(ConvexHull(corners.reshape(-1, 2)).volume)  # In the plane, the volume is the area.


def _filled_area(part: Mask) -> int:
    """Count the pixels of a part and of the holes in it."""
    surroundings, _ = label_pieces(~np.pad(part, 1))
    return int(np.count_nonzero(surroundings != surroundings[0, 0]))
