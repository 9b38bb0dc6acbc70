"""Quadrilaterals: the four corners of a sheet or of a grid, seen from any side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from skdigits.ink.perspective import Places
from skdigits.ink.strokes import Mask

_MOST_VERTICES = 100
# Largest distance of the outline from an estimated side, in the first and second fit, in sides of
# a square of the same area.
_NEAR_SIDE = (0.06, 0.02)
_WITHOUT_CORNERS = 0.08  # of a side, at both ends: corners are round or folded
_SHORTEST_SIDE = 0.1  # in sides of the square
_SHARPEST_CORNER = 40.0  # degrees


def corners_of(part: Mask) -> Places | None:
    """Find the corners of a quadrilateral, which may have round corners and rough sides.

    Parameters
    ----------
    part : ndarray of shape (height, width)
        A piece; holes in it do not matter.

    Returns
    -------
    corners : ndarray of shape (4, 2) or None
        Columns and rows, clockwise from the top left; None if the part is not a quadrilateral.
    """
    rim = part & ~ndimage.binary_erosion(part)
    places = np.argwhere(rim)[:, ::-1] + 0.5
    try:
        hull = places[ConvexHull(places).vertices]
    except (QhullError, ValueError):  # Fewer than three pixels, or all on one line.
        return None
    corners = _largest_quadrilateral(hull[:: -(-len(hull) // _MOST_VERTICES)])
    outline = _filled_in(hull)
    for near in _NEAR_SIDE:
        straight = _with_straight_sides(corners, outline, near)
        if straight is None or not _is_plain(straight):
            return None
        corners = straight
    return _in_order(corners)


def area_of(corners: Places) -> float:
    """Compute the area of a polygon, positive if it goes clockwise on a picture."""
    x, y = corners.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def _largest_quadrilateral(hull: Places) -> Places:
    """Choose four vertices: for each diagonal, the farthest on either side of it."""
    across = hull[np.newaxis] - hull[:, np.newaxis]
    # distances[i, k, j]: distance of vertex j from the diagonal from i to k, times its length.
    distances = (
        across[:, :, np.newaxis, 0] * across[:, np.newaxis, :, 1]
        - across[:, :, np.newaxis, 1] * across[:, np.newaxis, :, 0]
    )
    areas = distances.max(axis=2) - distances.min(axis=2)
    i, k = np.unravel_index(areas.argmax(), areas.shape)
    j, m = distances[i, k].argmax(), distances[i, k].argmin()
    return hull[[i, j, k, m]]


def _filled_in(hull: Places) -> Places:
    """Return places along the hull, about a pixel apart."""
    ends = np.roll(hull, -1, axis=0)
    steps = np.ceil(np.linalg.norm(ends - hull, axis=1)).astype(int)
    return np.concatenate(
        [
            start + (end - start) * np.arange(n)[:, np.newaxis] / n
            for start, end, n in zip(hull, ends, steps, strict=True)
        ]
    )


def _with_straight_sides(corners: Places, outline: Places, near: float) -> Places | None:
    """Fit a line to the outline along each side, and intersect neighbouring lines."""
    farthest = near * abs(area_of(corners)) ** 0.5
    sides = [
        _line_along(start, end, outline, farthest)
        for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True)
    ]
    found = []
    for before, after in zip([sides[-1], *sides[:-1]], sides, strict=True):
        if before is None or after is None:
            return None
        normals = np.stack([before[:2], after[:2]])
        if abs(np.linalg.det(normals)) < np.sin(np.radians(_SHARPEST_CORNER)):
            return None
        found.append(np.linalg.solve(normals, -np.array([before[2], after[2]])))
    return np.array(found)


def _line_along(
    start: NDArray[np.float64], end: NDArray[np.float64], outline: Places, farthest: float
) -> NDArray[np.float64] | None:
    """Fit a line to the outline between two corners: its normal, and its distance from 0."""
    length = float(np.linalg.norm(end - start))
    if length < 3:
        return None
    direction = (end - start) / length
    normal = np.array([-direction[1], direction[0]])
    along = (outline - start) @ direction / length
    aside = (outline - start) @ normal / length
    near = (
        (np.abs(aside) * length <= farthest)
        & (along >= _WITHOUT_CORNERS)
        & (along <= 1 - _WITHOUT_CORNERS)
    )
    if np.count_nonzero(near) < 2:
        return None
    slope, offset = np.polyfit(along[near], aside[near], 1)
    line = normal - slope * direction
    line /= np.linalg.norm(line)
    through = start + offset * length * normal
    return np.append(line, -line @ through)


def _is_plain(corners: Places) -> bool:
    """Return whether all four corners turn the same way, and no side is very short."""
    sides = np.roll(corners, -1, axis=0) - corners
    if np.linalg.norm(sides, axis=1).min() < _SHORTEST_SIDE * abs(area_of(corners)) ** 0.5:
        return False
    following = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    return bool((turns > 0).all() or (turns < 0).all())


def _in_order(corners: Places) -> Places:
    """Order the corners clockwise, from the one nearest to the top left."""
    if area_of(corners) < 0:
        corners = corners[::-1]
    return np.roll(corners, -int(corners.sum(axis=1).argmin()), axis=0)


def mask_of(corners: Places, width: int, height: int) -> Mask:
    """Mark the pixels inside a quadrilateral that goes clockwise."""
    x, y = np.arange(width) + 0.5, np.arange(height)[:, np.newaxis] + 0.5
    inside = np.ones((height, width), np.bool_)
    for (left, top), (right, bottom) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        inside &= (right - left) * (y - top) - (bottom - top) * (x - left) >= 0
    return inside
