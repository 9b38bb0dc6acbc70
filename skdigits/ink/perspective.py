"""Perspective: flat objects as seen from the side, and straightened."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skdigits.ink.pictures import AnyGrey

Places = NDArray[np.float64]  # (n_places, 2): columns and rows, whole numbers between pixels
Homography = NDArray[np.float64]  # (3, 3)


def homography(places: ArrayLike, targets: ArrayLike) -> Homography:
    """Compute the perspective that maps four places to four others.

    Parameters
    ----------
    places, targets : array-like of shape (4, 2)
        Columns and rows, no three of them on one line.

    Returns
    -------
    to_targets : ndarray of shape (3, 3)
        The mapping, for :func:`mapped`.
    """
    rows, values = [], []
    for (x, y), (u, v) in zip(np.asarray(places), np.asarray(targets), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solution = np.linalg.solve(np.array(rows, np.float64), np.array(values, np.float64))
    return np.append(solution, 1.0).reshape(3, 3)


def mapped(to_targets: Homography, places: ArrayLike) -> Places:
    """Map places of shape (..., 2) by a homography."""
    places = np.asarray(places, np.float64)
    moved = places @ to_targets[:, :2].T + to_targets[:, 2]
    return np.asarray(moved[..., :2] / moved[..., 2:])


def warped(
    picture: NDArray[AnyGrey], to_picture: Homography, width: int, height: int
) -> NDArray[AnyGrey]:
    """Warp a picture by a homography; its outermost pixels are repeated beyond its edge.

    Parameters
    ----------
    picture : ndarray of shape (old_height, old_width)
        Grey levels or contrast.
    to_picture : ndarray of shape (3, 3)
        Mapping from places on the result to places on the picture.
    width, height : int
        Size of the result.
    """
    from PIL import Image

    corners = mapped(to_picture, rectangle(width, height))
    size = np.array(picture.shape[::-1])
    before = np.clip(np.ceil(1 - corners.min(axis=0)), 0, size).astype(int)
    after = np.clip(np.ceil(corners.max(axis=0) - size + 1), 0, size).astype(int)
    padded = np.pad(picture, ((before[1], after[1]), (before[0], after[0])), mode="edge")
    shift = np.array([[1, 0, before[0]], [0, 1, before[1]], [0, 0, 1]])
    matrix = shift @ to_picture
    seen = Image.fromarray(padded).transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        tuple((matrix / matrix[2, 2]).ravel()[:8]),
        Image.Resampling.BILINEAR,
    )
    return np.asarray(seen)


def size_of(corners: Places) -> tuple[int, int]:
    """Return the width and height of a rectangle from its visible corners.

    The corners go clockwise from the top left. Of two opposite sides the longer one is used, so
    that no pixel is lost.
    """
    top, right, bottom, left = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return max(1, round(max(top, bottom))), max(1, round(max(left, right)))


def rectangle(width: float, height: float) -> Places:
    """Return the corners of a rectangle, clockwise from the top left."""
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
