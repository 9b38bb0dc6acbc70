"""The ink of the digit on a picture, separated from lines and from ink of its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import ndimage

from skdigits.ink.box import box_of
from skdigits.ink.contrast import LineShapes, contrast_with_paper, has_bright_ink, inverted
from skdigits.ink.pictures import GreyLevels
from skdigits.ink.pieces import boxes_of, label_pieces
from skdigits.ink.ruling import strokes_without_ruling
from skdigits.ink.straight_lines import LineShape
from skdigits.ink.strokes import LEAST_CONTRAST, Contrast, Ink

_N_CELLS = 24
# Least area and length of a part of the digit, relative to the main piece.
_PART_AREA, _PART_LENGTH = 0.03, 0.15
# Of a 1 that fills a picture: largest offset from the middle, in half widths of the picture, and
# largest width, in heights of the 1.
_CENTRAL, _SLIM = 0.3, 0.6
# Least area of a part that is cut off by the edge of the picture, likewise.
_PART_AREA_AT_EDGE = 0.25
# Weight of a piece in the middle, from which its distance to the middle, 1 at the edge, is
# subtracted: of two pieces of the same area, the one nearer to the middle is the digit.
_AT_CORNER = 1.2
_SMALLEST = 0.1  # size of a digit, not a speck, relative to the shortest side of the picture
# Least slope of the darkness at the rim of a stroke, times its thickness, relative to its darkness:
# the softest stroke is sharper than the edge of a shadow.
_SOFTEST = 1.1
_DARKEST_SHADOW = 0.45  # relative to the brightness of the paper
# Least contrasts to try in turn, each only if at most this share of the picture exceeds the first.
_AUTO = ((LEAST_CONTRAST, 1.0), (0.07, 0.001))


def _looks_bright(grey: GreyLevels) -> bool:
    height, width = grey.shape
    # Next to dark lines at the border, dark ink looks bright.
    inner = grey[height // 8 : -(height // 8), width // 8 : -(width // 8)]
    return has_bright_ink(grey) and has_bright_ink(inner)


POLARITIES: dict[str, Callable[[GreyLevels], bool]] = {
    "auto": _looks_bright,
    "dark": lambda _: False,
    "bright": lambda _: True,
}


def strokes_of_digit(
    grey: GreyLevels,
    *,
    polarity: str,
    remove_lines: bool,
    border_width: float,
    min_contrast: float | str,
) -> Ink | None:
    """Return the ink of the digit on a picture, or None if there is none.

    Parameters
    ----------
    grey : ndarray of shape (height, width)
        Grey levels, 8 pixels or more in each direction.
    polarity, remove_lines, border_width, min_contrast
        As in :class:`DigitFramer`.
    """
    dark = inverted(grey) if POLARITIES[polarity](grey) else grey
    line_shapes = _LINE_SHAPES[remove_lines]
    attempts = _AUTO if isinstance(min_contrast, str) else ((min_contrast, 1.0),)
    for least, most_darker in attempts:
        contrast = contrast_with_paper(dark, _N_CELLS, line_shapes, least)
        if np.mean(contrast > LEAST_CONTRAST) > most_darker:
            continue
        strokes = _strokes_on(contrast, line_shapes, border_width, least)
        if strokes is not None and _is_sharp(strokes, dark):
            return strokes
    return None


def _strokes_on(
    contrast: Contrast, line_shapes: LineShapes, border_width: float, least: float
) -> Ink | None:
    height, width = contrast.shape
    horizontal, vertical = line_shapes(width, height)
    strokes = strokes_without_ruling(contrast, horizontal, vertical, least)
    digit = _largest_pieces(strokes, border_width)
    if digit is not None or not vertical.thickness:
        return digit
    # An upright stroke from edge to edge is a line, unless it is the only ink: a 1, cut to its ink.
    strokes = strokes_without_ruling(contrast, horizontal, _no_lines(vertical), least)
    upright = _largest_pieces(strokes, border_width)
    return upright if upright is not None and _is_central_stroke(upright) else None


def _printed_lines(width: int, height: int) -> tuple[LineShape, LineShape]:
    # A long upright stroke of a 4, a 7 or a 9 ends before the border, if there is room around it.
    return _line_shape(width), replace(_line_shape(height), margin=max(3, height // 25))


def _line_shape(side: int) -> LineShape:
    return LineShape(int(0.75 * side), max(5, side // 12), max(2, side // 10))


def _no_lines(shape: LineShape) -> LineShape:
    return replace(shape, thickness=0)


def _no_lines_at_all(width: int, height: int) -> tuple[LineShape, LineShape]:
    horizontal, vertical = _printed_lines(width, height)
    return _no_lines(horizontal), _no_lines(vertical)


_LINE_SHAPES = {True: _printed_lines, False: _no_lines_at_all}


def _is_central_stroke(strokes: Ink) -> bool:
    """Check whether ink is a single upright stroke in the middle of the picture."""
    inked = strokes >= 0.5
    _, n_pieces = label_pieces(inked)
    box, width = box_of(inked), strokes.shape[1]
    is_central = abs(box.left + box.right - width) <= _CENTRAL * width
    return n_pieces == 1 and is_central and box.width <= _SLIM * box.height


def _is_sharp(strokes: Ink, dark: GreyLevels) -> bool:
    """Check whether ink has sharp edges; those of shadows are broad relative to their size."""
    inked = strokes >= 0.5
    if inked.all():
        return True
    paper = float(np.median(dark[~inked]))
    darkness = paper - float(np.quantile(dark[inked], 0.3))
    if darkness > _DARKEST_SHADOW * paper:
        return True
    # Smoothed against the texture of the paper; less in a small picture, whose strokes are thin.
    smoothing = min(1.0, max(0.5, max(dark.shape) / 160))
    slope = ndimage.gaussian_gradient_magnitude(dark, smoothing)
    depth = ndimage.distance_transform_edt(np.pad(inked, 1))[1:-1, 1:-1]
    at_rim = float(np.median(slope[(depth > 0) & (depth < 2)]))
    return bool(2 * depth.max() * at_rim >= _SOFTEST * max(1.0, darkness))


def _largest_pieces(strokes: Ink, border_width: float) -> Ink | None:
    """Leave out specks, remains of lines, and ink from beyond the edge of the picture."""
    labels, n_pieces = label_pieces(strokes >= 0.5)
    if n_pieces == 0:
        return None
    areas = np.bincount(labels.ravel())[1:]
    left, top, right, bottom = np.array(boxes_of(labels)).T
    height, width = labels.shape
    lengths = np.maximum(right - left, bottom - top)
    at_edge = (left == 0) | (top == 0) | (right == width) | (bottom == height)
    border = border_width * max(height, width)
    at_border = (right <= border) | (bottom <= border)
    at_border |= (left >= width - border) | (top >= height - border)
    off_middle = np.maximum(abs((left + right) / width - 1), abs((top + bottom) / height - 1))
    main = np.argmax(areas * np.where(at_edge, 0.5, 1) * (_AT_CORNER - off_middle))
    if at_border[main]:
        return None
    least_area = np.where(at_edge, _PART_AREA_AT_EDGE, _PART_AREA) * areas[main]
    is_part = (areas >= least_area) & (lengths >= _PART_LENGTH * lengths[main]) & ~at_border
    is_part[main] = True
    extent = max(np.ptp([left[is_part], right[is_part]]), np.ptp([top[is_part], bottom[is_part]]))
    if extent < _SMALLEST * min(height, width):
        return None
    other = np.concatenate([[False], ~is_part])[labels]
    return np.where(other, 0, strokes).astype(np.float32)
