"""Strokes: the ink of a picture, separated from paper and pale stains."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from skdigits.ink.pieces import label_pieces

Contrast = NDArray[np.float32]  # (height, width), from 0 (paper) to 1 (black ink)
Ink = NDArray[np.float32]  # (height, width), from 0 to 1, and 0.5 along the edges of strokes
Mask = NDArray[np.bool_]

# Least contrast of the darkest pixels of a stroke, and the same in standard deviations of the
# paper's texture; its rims have a share of that.
LEAST_CONTRAST, _LEAST_IN_DEVIATIONS = 0.15, 7.0
_RIMS, _RIMS_IN_DEVIATIONS = 8 / 15, 4.0
_PALE_BESIDE_INK = 0.4
_LEVELS = 2**16  # of contrast
_EDGE = 0.45  # of the darkness of a stroke


def texture_of_paper(contrast: Contrast) -> float:
    """Estimate the standard deviation of the contrast of the paper."""
    sample = contrast[:: max(1, len(contrast) // 500)]
    residual = sample - ndimage.uniform_filter(sample, 3, mode="nearest")
    # Subtracting the mean of nine pixels removes a ninth of the variance.
    return float(1.4826 * np.median(np.abs(residual)) / np.sqrt(8 / 9))


def faint_ink(contrast: Contrast, least: float = LEAST_CONTRAST) -> Mask:
    """Mark everything that may be ink of a least contrast, including pale rims and ruled lines."""
    return contrast > max(_RIMS * least, _RIMS_IN_DEVIATIONS * texture_of_paper(contrast))


def strokes_of(contrast: Contrast, faint: Mask, least: float = LEAST_CONTRAST) -> Ink:
    """Return the ink of the strokes, from 0 to 1 and 0.5 along their edges, without pale pieces.

    Each connected piece is judged by its own darkness: a pencil beside a pen keeps its strokes.
    """
    nothing = np.zeros_like(contrast)
    labels, n_pieces = label_pieces(faint)
    if n_pieces == 0:
        return nothing
    darkness = _darkness_of_pieces(contrast, labels, n_pieces)
    is_clear = darkness > max(least, _LEAST_IN_DEVIATIONS * texture_of_paper(contrast))
    if not is_clear.any():
        return nothing
    areas = np.bincount(labels.ravel(), minlength=n_pieces + 1)[1:]
    typical = np.quantile(darkness[is_clear], 0.5, weights=areas[is_clear], method="inverted_cdf")
    is_clear &= darkness > _PALE_BESIDE_INK * float(typical)
    slopes = np.zeros(n_pieces + 1, np.float32)
    slopes[1:][is_clear] = 0.5 / (_EDGE * darkness[is_clear])
    return np.asarray(np.minimum(contrast * slopes[labels], 1))


def _darkness_of_pieces(contrast: Contrast, labels: NDArray[Any], n_pieces: int) -> NDArray[Any]:
    """Return the contrast that a fifth of the pixels of each piece exceed."""
    inside = labels > 0
    piece = labels[inside].astype(np.int64)
    # Sorted by piece and then by contrast: whole numbers sort fastest.
    ranked = np.sort(piece * _LEVELS + (contrast[inside] * (_LEVELS - 1)).astype(np.int64))
    ends = np.cumsum(np.bincount(piece, minlength=n_pieces + 1)[1:])
    counts = np.diff(ends, prepend=0)
    return np.asarray(ranked[ends - 1 - counts // 5] % _LEVELS / (_LEVELS - 1), np.float32)


def stroke_thickness(inked: Mask) -> float:
    """Measure how thick strokes are: twice their area over the length of their edges."""
    n_edges = np.count_nonzero(inked[:, 1:] != inked[:, :-1]) + np.count_nonzero(
        inked[1:] != inked[:-1]
    )
    # On average over all directions, the steps along rows and columns are 4 / pi of the length.
    return 2 * np.count_nonzero(inked) / max(1.0, n_edges * np.pi / 4)
