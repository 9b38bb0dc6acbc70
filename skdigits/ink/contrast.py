"""Contrast: how much darker than the paper around it each pixel of a picture is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from skdigits.ink.pictures import GreyLevels
from skdigits.ink.pieces import boxes_of, label_pieces
from skdigits.ink.ruling import strokes_without_ruling
from skdigits.ink.straight_lines import LineShape
from skdigits.ink.strokes import LEAST_CONTRAST, Contrast, Mask

_WIDE_BRIDGE = 9  # cells; wider than strokes, whose thickness is not known yet
_BRIDGED_STROKES = 2.6  # thicknesses: blots and filled loops are bridged, too
_THICK = 0.8  # quantile of thickness along the strokes
_LONGEST_DIGIT = 0.6  # of the height or width of a picture of several digits
_LEAST_INK = 0.1  # of all ink
_LARGEST = 1_000  # pixels: the longest side of a picture that strokes are measured on

LineShapes = Callable[[int, int], tuple[LineShape, LineShape]]  # by width and height


def contrast_with_paper(
    grey: GreyLevels, n_cells: int, line_shapes: LineShapes, least: float = LEAST_CONTRAST
) -> Contrast:
    """Separate dark ink from paper under uneven light.

    Parameters
    ----------
    grey : ndarray of shape (height, width)
        Grey levels from 0 to 255.
    n_cells : int
        Number of cells along the longest side in which the brightness of the paper is estimated:
        few if one digit fills the picture, many for a page.
    line_shapes : callable
        Shapes of the horizontal and vertical lines that are not strokes, by the width and height
        of a picture.
    least : float, default=0.15
        Least contrast of the darkest parts of a stroke.
    """
    cell = max(1, round(max(grey.shape) / n_cells))
    contrast = _contrast(grey, cell, _WIDE_BRIDGE)
    # Once the strokes are known, slightly wider windows can follow the edges of shadows.
    step = -(-max(grey.shape) // _LARGEST)
    small = np.ascontiguousarray(contrast[::step, ::step])
    height, width = small.shape
    inked = strokes_without_ruling(small, *line_shapes(width, height), least) >= 0.5
    thickness = step * _thickness_of_strokes(inked)
    fine_cell = max(1, round(thickness / 6))
    if not thickness or fine_cell >= cell:
        return contrast
    return _contrast(grey, fine_cell, int(_BRIDGED_STROKES * thickness / fine_cell) | 1)


def _contrast(grey: GreyLevels, cell: int, bridge: int) -> Contrast:
    paper = _brightness_of_paper(grey, cell, bridge)
    contrast: Contrast = np.clip((paper - grey) / np.maximum(paper, 1), 0, 1)
    return contrast


def _thickness_of_strokes(inked: Mask) -> float:
    """Measure strokes along their centre lines, which are short in a shadow for its size."""
    depth = ndimage.distance_transform_edt(np.pad(_digits_of(inked), 1, mode="edge"))
    is_middle = (depth == ndimage.maximum_filter(depth, 3)) & (depth > 0)
    return float(2 * np.quantile(depth[is_middle], _THICK)) if is_middle.any() else 0.0


def _digits_of(inked: Mask) -> Mask:
    """Drop pieces too long for a digit, such as strips of shadow, unless little is left."""
    labels, n_pieces = label_pieces(inked)
    height, width = inked.shape
    boxes = boxes_of(labels)
    is_short = [max(box.height / height, box.width / width) <= _LONGEST_DIGIT for box in boxes]
    short = np.array([False, *is_short])[labels] if n_pieces else inked
    return short if np.count_nonzero(short) >= _LEAST_INK * np.count_nonzero(inked) else inked


def has_bright_ink(grey: GreyLevels) -> bool:
    """Return whether the few pixels that differ much from those around them are brighter."""
    sigma = max(grey.shape) / 6
    step = max(1, max(grey.shape) // 400)
    small = grey[::step, ::step]
    residual = small - ndimage.gaussian_filter(small, min(sigma / step, 25), mode="nearest")
    return bool(np.mean(residual**3) > 0)


def inverted(grey: GreyLevels) -> GreyLevels:
    """Turn bright ink into dark ink, whose contrast is not exaggerated if the paper is bright."""
    return np.asarray(max(255, 2 * float(np.median(grey))) - grey, np.float32)


def _brightness_of_paper(grey: GreyLevels, cell: int, bridge: int) -> GreyLevels:
    """Estimate the brightness of the paper, also under strokes of up to `bridge` cells."""
    from PIL import Image

    height, width = grey.shape
    rows, columns = -(-height // cell), -(-width // cell)
    padded = np.pad(grey, ((0, rows * cell - height), (0, columns * cell - width)), mode="edge")
    cells = padded.reshape(rows, cell, columns, cell).swapaxes(1, 2).reshape(rows, columns, -1)
    # In most cells this is the median of what is not ink, hardly affected by glare and noise.
    brightness = np.quantile(cells, 0.8, axis=2).astype(np.float32)
    # Light that falls off would be bridged like a stroke at the edge, where it is darkest.
    trend = _trend(brightness)
    bridged = ndimage.grey_closing(brightness / trend, size=(bridge, bridge), mode="nearest")
    smooth = ndimage.uniform_filter(bridged * trend, 3, mode="nearest")
    size = (columns * cell, rows * cell)
    enlarged = Image.fromarray(smooth).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(enlarged, dtype=np.float32)[:height, :width]


def _trend(brightness: GreyLevels) -> GreyLevels:
    """Fit a steady fall of light to the brightness of the cells without ink."""
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
    # A fit to a step, such as the edge of a shadow, may overshoot at the corners.
    low, high = np.quantile(values, [0.02, 0.98])
    bounded = np.clip(trend, max(1.0, 0.5 * low), max(2.0, 1.5 * high))
    return np.asarray(bounded.reshape(height, width), dtype=np.float32)
