"""Skew: the angle at which lines of ink rise, and its correction."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from skdigits.ink.perspective import Homography
from skdigits.ink.strokes import Contrast, Mask, faint_ink

_STEEPEST = 12.0  # degrees: the largest skew that is straightened
_N_POINTS = 40_000


def straightened(contrast: Contrast) -> tuple[Contrast, Mask, Homography]:
    """Rotate a picture so that its lines are horizontal.

    Returns
    -------
    straight : ndarray of shape (new_height, new_width)
        The contrast, 0 outside the picture.
    edge : ndarray of shape (new_height, new_width)
        The two outermost pixels of the picture on each side.
    to_picture : ndarray of shape (3, 3)
        Mapping from places on `straight` to places on `contrast`.
    """
    angle = skew(faint_ink(contrast))
    straight, to_picture = _rotated(contrast, angle)
    inside, _ = _rotated(np.ones_like(contrast), angle)
    inside = np.pad(inside > 0.99, 1)
    edge = (inside & ~ndimage.minimum_filter(inside, 5))[1:-1, 1:-1]
    return straight, edge, to_picture


def skew(faint: Mask) -> float:
    """Find the angle in degrees at which lines rise to the right.

    At this angle the rows of the picture are full or empty: the amounts of ink in neighbouring rows
    differ most.
    """
    rows, columns = np.nonzero(faint)
    if len(rows) < 50:
        return 0.0
    step = max(1, len(rows) // _N_POINTS)
    places = np.stack([columns[::step], rows[::step]]).astype(np.float32)
    bin_height = max(1.0, max(faint.shape) / 600)

    def sharpness(angle: float) -> float:
        slope = np.tan(np.radians(angle))
        heights = (places[1] + slope * places[0]) / bin_height
        amounts = np.bincount((heights - heights.min()).astype(int))
        return float(np.square(np.diff(amounts, prepend=0, append=0)).sum())

    coarse = np.arange(-_STEEPEST, _STEEPEST + 0.1, 1.0)
    best = max(coarse, key=sharpness)
    fine = np.arange(best - 1, best + 1.01, 0.125)
    best = max(fine, key=sharpness)
    return float(best) if sharpness(best) > 1.1 * sharpness(0.0) else 0.0


def _rotated(contrast: Contrast, angle: float) -> tuple[Contrast, Homography]:
    """Rotate lines that rise at an angle, and return the mapping to the picture as well."""
    from PIL import Image

    if angle == 0:
        return contrast, np.eye(3)
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turn = np.array([[cosine, sine], [-sine, cosine]])
    height, width = contrast.shape
    new_width = int(np.ceil(width * abs(cosine) + height * abs(sine)))
    new_height = int(np.ceil(height * abs(cosine) + width * abs(sine)))
    shift = np.array([width, height]) / 2 - turn @ (np.array([new_width, new_height]) / 2)
    to_picture = np.vstack([np.column_stack([turn, shift]), [0, 0, 1]])
    rotated = Image.fromarray(contrast).transform(
        (new_width, new_height),
        Image.Transform.AFFINE,
        tuple(to_picture[:2].ravel()),
        Image.Resampling.BILINEAR,
    )
    return np.asarray(rotated), to_picture
