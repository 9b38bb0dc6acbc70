"""Ink and paper: how much darker than the paper around it each pixel of a picture is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from skdigits.preprocessing._pictures import GreyLevels

Contrast = NDArray[np.float32]  # (height, width), from 0 (paper) to 1 (black ink)
Ink = NDArray[np.float32]  # (height, width), from 0 to 1, and 0.5 along the edges of strokes
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]  # left, top, right, bottom: in pixels, the last two outside

# Ink is darker than paper by this much, and by so many standard deviations of the paper's texture.
_FAINTEST_INK, _FAINTEST_IN_DEVIATIONS = 0.08, 4.0
# The darkest pixels of a stroke.
_CLEAREST_INK, _CLEAREST_IN_DEVIATIONS = 0.15, 7.0
_PALE_BESIDE_INK = 0.4
_WIDE_BRIDGE = 9  # cells that a stroke is not as wide as, before its thickness is known
_BRIDGED_STROKES = 2.6  # thicknesses, so that blots and filled loops are bridged, too
_LONGEST_DIGIT = 0.6  # of the height or width of a picture of several digits
_LEAST_INNER_INK = 0.1  # of all ink
_LEVELS = 2**16  # of contrast
_EDGE = 0.45  # of the darkness of a stroke


def contrast_with_paper(grey: GreyLevels, n_cells: int) -> Contrast:
    """Tell dark ink from paper under uneven light.

    Parameters
    ----------
    grey : ndarray of shape (height, width)
        Grey levels from 0 to 255.
    n_cells : int
        Into how many cells the longest side is divided to find the paper's brightness: few where
        one digit fills the picture, many for a page.
    """
    cell = max(1, round(max(grey.shape) / n_cells))
    contrast = _contrast(grey, cell, _WIDE_BRIDGE)
    # Once the strokes are known, windows just wider than they are follow the edges of shadows.
    thickness = _thickest_strokes(strokes_of(contrast, faint_ink(contrast)) >= 0.5)
    fine_cell = max(1, round(thickness / 6))
    if fine_cell >= cell:
        return contrast
    return _contrast(grey, fine_cell, int(_BRIDGED_STROKES * thickness / fine_cell) | 1)


def _contrast(grey: GreyLevels, cell: int, bridge: int) -> Contrast:
    paper = _brightness_of_paper(grey, cell, bridge)
    contrast: Contrast = np.clip((paper - grey) / np.maximum(paper, 1), 0, 1)
    return contrast


def _thickest_strokes(inked: Mask) -> float:
    """Measure the strokes that hold the innermost ink: those of a digit, and not of ruled lines."""
    step = max(1, max(inked.shape) // 1000)
    inked = inked[::step, ::step]
    labels, _ = ndimage.label(inked, structure=np.ones((3, 3)))
    if not labels.any():
        return 0.0
    # Shadows and ruled lines reach the edge of the picture, or from side to side; digits mostly
    # do not.
    at_edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    boxes = ndimage.find_objects(labels)
    lengths = np.array([_relative_length(box, labels.shape) for box in boxes])
    is_other = np.concatenate([[True], lengths > _LONGEST_DIGIT])
    is_other[at_edge] = True
    inner = ~is_other[labels]
    if np.count_nonzero(inner) < _LEAST_INNER_INK * np.count_nonzero(inked):
        inner = inked
    depth = ndimage.distance_transform_edt(inner)
    # A quarter of the ink of a stroke lies within an eighth of its width from its middle.
    return float(step * np.quantile(depth[depth > 0], 0.75) / 0.375)


def _relative_length(box: tuple[slice, slice], shape: tuple[int, ...]) -> float:
    """Give how much of the picture's height or width a box spans."""
    return max(float(part.stop - part.start) / side for part, side in zip(box, shape, strict=True))


def has_bright_ink(grey: GreyLevels) -> bool:
    """Tell whether few pixels are much brighter than those around, or much darker."""
    sigma = max(grey.shape) / 6
    step = max(1, max(grey.shape) // 400)
    small = grey[::step, ::step]
    residual = small - ndimage.gaussian_filter(small, min(sigma / step, 25), mode="nearest")
    return bool(np.mean(residual**3) > 0)


def _brightness_of_paper(grey: GreyLevels, cell: int, bridge: int) -> GreyLevels:
    """Bridge strokes of so many cells by the brightness of the cells around them."""
    from PIL import Image

    height, width = grey.shape
    rows, columns = -(-height // cell), -(-width // cell)
    padded = np.pad(grey, ((0, rows * cell - height), (0, columns * cell - width)), mode="edge")
    cells = padded.reshape(rows, cell, columns, cell).swapaxes(1, 2).reshape(rows, columns, -1)
    # The median of what is no ink in most cells, and hardly moved by glare and noise.
    brightness = np.quantile(cells, 0.8, axis=2).astype(np.float32)
    # Light that falls off would be bridged like a stroke where it is darkest: at the edge.
    trend = _trend(brightness)
    bridged = ndimage.grey_closing(brightness / trend, size=(bridge, bridge), mode="nearest")
    smooth = ndimage.uniform_filter(bridged * trend, 3, mode="nearest")
    size = (columns * cell, rows * cell)
    enlarged = Image.fromarray(smooth).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(enlarged, dtype=np.float32)[:height, :width]


def _trend(brightness: GreyLevels) -> GreyLevels:
    """Fit light that falls off steadily to the brightness, cells of ink left out."""
    height, width = brightness.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    terms = np.stack([np.ones_like(x), x, y, x * y], axis=-1).reshape(-1, 4)
    values = brightness.ravel()
    step = max(1, len(values) // 20_000)
    is_paper = np.ones(len(values[::step]), bool)
    for _ in range(4):
        fit, *_ = np.linalg.lstsq(terms[::step][is_paper], values[::step][is_paper])
        trend = terms @ fit
        is_paper = values[::step] > 0.9 * trend[::step]
        if np.count_nonzero(is_paper) < 20:
            break
    # A fit to a step, such as a shadow's edge, may reach too far at the corners.
    low, high = np.quantile(values, [0.02, 0.98])
    bounded = np.clip(trend, max(1.0, 0.5 * low), max(2.0, 1.5 * high))
    return np.asarray(bounded.reshape(height, width), dtype=np.float32)


def texture_of_paper(contrast: Contrast) -> float:
    """Estimate the standard deviation of the contrast of what is no ink."""
    sample = contrast[:: max(1, len(contrast) // 500)]
    residual = sample - ndimage.uniform_filter(sample, 3, mode="nearest")
    # A mean of nine pixels takes a ninth of the variance with it.
    return float(1.4826 * np.median(np.abs(residual)) / np.sqrt(8 / 9))


def faint_ink(contrast: Contrast) -> Mask:
    """Mark all that may be ink, pale rims and ruled lines included."""
    texture = texture_of_paper(contrast)
    return contrast > max(_FAINTEST_INK, _FAINTEST_IN_DEVIATIONS * texture)


def strokes_of(contrast: Contrast, faint: Mask) -> Ink:
    """Give the ink of the strokes, from 0 to 1 and 0.5 along their edges; leave pale pieces out.

    Each connected piece is judged by its own darkness: a pencil beside a pen keeps its strokes.
    """
    nothing = np.zeros_like(contrast)
    labels, n_pieces = ndimage.label(faint, structure=np.ones((3, 3)))
    if n_pieces == 0:
        return nothing
    darkness = _darkness_of_pieces(contrast, labels, n_pieces)
    clearest = max(_CLEAREST_INK, _CLEAREST_IN_DEVIATIONS * texture_of_paper(contrast))
    is_clear = darkness > clearest
    if not is_clear.any():
        return nothing
    areas = np.bincount(labels.ravel(), minlength=n_pieces + 1)[1:]
    is_clear &= darkness > _PALE_BESIDE_INK * weighted_median(darkness[is_clear], areas[is_clear])
    slopes = np.zeros(n_pieces + 1, np.float32)
    slopes[1:][is_clear] = 0.5 / (_EDGE * darkness[is_clear])
    return np.asarray(np.minimum(contrast * slopes[labels], 1))


def weighted_median(values: ArrayLike, weights: ArrayLike) -> float:
    """Give the value below which half of the weight lies."""
    values, weights = np.asarray(values), np.asarray(weights)
    order = np.argsort(values)
    covered = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(covered, covered[-1] / 2)])


def box_of(inked: Mask) -> Box:
    """Give the box around the ink of a picture that has some."""
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1] + 1), int(rows[-1] + 1)


def _darkness_of_pieces(contrast: Contrast, labels: NDArray[Any], n_pieces: int) -> NDArray[Any]:
    """Give the contrast that a fifth of the pixels of each piece exceed."""
    inside = labels > 0
    piece = labels[inside].astype(np.int64)
    # Sorted by piece and then by contrast: whole numbers sort fastest.
    ranked = np.sort(piece * _LEVELS + (contrast[inside] * (_LEVELS - 1)).astype(np.int64))
    ends = np.cumsum(np.bincount(piece, minlength=n_pieces + 1)[1:])
    counts = np.diff(ends, prepend=0)
    return np.asarray(ranked[ends - 1 - counts // 5] % _LEVELS / (_LEVELS - 1), np.float32)


def stroke_thickness(inked: NDArray[np.bool_]) -> float:
    """Measure how thick strokes are: twice their area over the length of their edges."""
    n_edges = np.count_nonzero(inked[:, 1:] != inked[:, :-1]) + np.count_nonzero(
        inked[1:] != inked[:-1]
    )
    # Over all directions of an edge, its steps along rows and columns are 4 / pi of its length.
    return 2 * np.count_nonzero(inked) / max(1.0, n_edges * np.pi / 4)
