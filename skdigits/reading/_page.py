"""The ink of a photo, upright, and the way back to the photo's pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from skdigits.preprocessing._ink import (
    Contrast,
    Ink,
    Mask,
    contrast_with_paper,
    faint_ink,
    has_bright_ink,
    strokes_of,
)
from skdigits.preprocessing._pictures import GreyLevels, as_grey, enlarged
from skdigits.preprocessing._ruling import LineShape, without_ruling

_LONGEST_SIDE = 2_000  # pixels; in a larger photo, digits are larger than needed
_SHORTEST_SIDE = 160  # pixels; strokes of a smaller picture are enlarged
_N_CELLS = 96
_STEEPEST = 12.0  # degrees: the largest skew that is straightened
_N_POINTS = 40_000
# A sheet of paper on a dark table covers so much of the photo, and has no notches; writing covers
# so much of the sheet.
_SMALLEST_SHEET, _LEAST_SOLID = 0.08, 0.85
_LEAST_WRITING, _MOST_WRITING = 0.002, 0.2
_MARGIN = 3  # pixels of the photo as it was scaled


@dataclass(frozen=True)
class Page:
    """Ink with horizontal lines, and where on the photo each pixel of it comes from."""

    photo: NDArray[np.uint8]  # upright, and maybe smaller than the file
    scale: float  # pixels of the file per pixel of `photo`
    ink: Ink
    edge: Mask  # where the ink ends with the photo
    to_file: NDArray[np.float64]  # (2, 3): from columns and rows of `ink` to those of the file

    def box_on_photo(self, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        """Give the upright box on the photo around a box (left, top, right, bottom) of the ink."""
        left, top, right, bottom = box
        corners = np.array([[left, top], [right, top], [left, bottom], [right, bottom]])
        places = corners @ self.to_file[:, :2].T + self.to_file[:, 2]
        height, width = np.array(self.photo.shape) * self.scale
        low = np.floor(np.clip(places.min(axis=0), 0, [width, height])).astype(int)
        high = np.ceil(np.clip(places.max(axis=0), 0, [width, height])).astype(int)
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def is_at_edge(self, box: tuple[int, int, int, int]) -> bool:
        """Tell whether a box on the photo touches the photo's edge."""
        height, width = np.array(self.photo.shape) * self.scale
        margin = _MARGIN * self.scale
        left, top, right, bottom = box
        is_inside = margin < left and margin < top and right < width - margin
        return not (is_inside and bottom < height - margin)

    def turned(self, n_quarters: int) -> Page:
        """Give the page of the same photo, turned clockwise by quarters."""
        return page_of(self.photo, n_quarters=n_quarters, scale=self.scale)


def page_of(photo: Any, *, n_quarters: int = 0, scale: float = 1.0) -> Page:
    """Find the strokes on a photo, without ruled lines, and straighten them.

    Parameters
    ----------
    photo : str, path-like, PIL.Image.Image or array-like
        The photo.
    n_quarters : int, default=0
        Quarters of a turn, clockwise, by which it is turned before.
    scale : float, default=1.0
        Pixels of the file per pixel of `photo`, if that was scaled down before.
    """
    grey, own_scale = as_grey(photo, _LONGEST_SIDE)
    grey = np.ascontiguousarray(np.rot90(grey, -n_quarters))
    original = grey.astype(np.uint8)
    # A strip of digits may be long and low: its length is bounded, too.
    shortest = min(_SHORTEST_SIDE, int(min(grey.shape) * _LONGEST_SIDE / max(grey.shape)))
    grey, factor = enlarged(grey, shortest)
    if has_bright_ink(grey) and not shows_bright_sheet(grey):
        grey = 255 - grey
    contrast = contrast_with_paper(grey, _N_CELLS)
    angle = skew(faint_ink(contrast))
    edge = _edge_of_rotated(contrast.shape, angle)
    contrast, to_grey = _rotated(contrast, angle)
    scale *= own_scale
    return Page(original, scale, _strokes(contrast), edge, to_grey * (scale / factor))


def shows_bright_sheet(grey: GreyLevels) -> bool:
    """Tell whether something large and bright has something small and dark on it: paper."""
    from skimage.filters import threshold_otsu
    from skimage.measure import label, regionprops

    step = max(1, max(grey.shape) // 400)
    small = grey[::step, ::step]
    parts = regionprops(label(small > threshold_otsu(small)))
    sheet = max(parts, key=lambda part: part.area_filled)
    ink = 1 - sheet.area / sheet.area_filled
    return bool(
        sheet.area_filled >= _SMALLEST_SHEET * small.size
        and sheet.area_filled >= _LEAST_SOLID * sheet.area_convex
        and _LEAST_WRITING <= ink <= _MOST_WRITING
    )


def skew(faint: NDArray[np.bool_]) -> float:
    """Find the angle in degrees by which lines rise to the right.

    At the right angle the rows of the picture are full or empty: the differences of the amounts of
    ink in neighbouring rows are largest.
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


def _rotated(contrast: Contrast, angle: float) -> tuple[Contrast, NDArray[np.float64]]:
    """Turn lines that rise by an angle until they are horizontal; give the way back, too."""
    from PIL import Image

    if angle == 0:
        return contrast, np.eye(3)[:2]
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turn = np.array([[cosine, sine], [-sine, cosine]])
    height, width = contrast.shape
    new_width = int(np.ceil(width * abs(cosine) + height * abs(sine)))
    new_height = int(np.ceil(height * abs(cosine) + width * abs(sine)))
    shift = np.array([width, height]) / 2 - turn @ (np.array([new_width, new_height]) / 2)
    to_photo = np.column_stack([turn, shift])
    rotated = Image.fromarray(contrast).transform(
        (new_width, new_height),
        Image.Transform.AFFINE,
        tuple(to_photo.ravel()),
        Image.Resampling.BILINEAR,
    )
    return np.asarray(rotated), to_photo


def _edge_of_rotated(shape: tuple[int, ...], angle: float) -> Mask:
    inside, _ = _rotated(np.ones(shape, np.float32), angle)
    inside = np.pad(inside > 0.99, 1)
    edge: Mask = (inside & ~ndimage.minimum_filter(inside, 5))[1:-1, 1:-1]
    return edge


def _strokes(contrast: Contrast) -> Ink:
    height, width = contrast.shape
    faint = faint_ink(contrast)
    cleared = without_ruling(
        contrast, faint, _line_shape(width, height), _line_shape(height, width)
    )
    return strokes_of(cleared, faint & (cleared > 0))


def _line_shape(side: int, other_side: int) -> LineShape:
    """Expect ruled lines to span most of a field, or a good part of a page."""
    span = max(0.5 * side, min(0.7 * side, 0.4 * other_side))
    longest = max(side, other_side)
    return LineShape(
        int(span), max(20, longest // 60), max(80, longest // 15), max(6, longest // 200)
    )
