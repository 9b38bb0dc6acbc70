"""The ink of a photo, upright, and the way back to the photo's pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits.ink.box import Box
from skdigits.ink.contrast import contrast_with_paper, has_bright_ink
from skdigits.ink.pictures import as_grey, enlarged
from skdigits.ink.ruling import strokes_without_ruling
from skdigits.ink.sheet import shows_bright_sheet
from skdigits.ink.skew import straightened
from skdigits.ink.straight_lines import LineShape
from skdigits.ink.strokes import Ink, Mask

_LONGEST_SIDE = 2_000  # pixels; in a larger photo, digits are larger than needed
_SHORTEST_SIDE = 160  # pixels; strokes of a smaller picture are enlarged
_N_CELLS = 96
_MARGIN = 3  # pixels of the photo as it was scaled


@dataclass(frozen=True)
class Page:
    """Ink with horizontal lines, and where on the photo each pixel of it comes from."""

    photo: NDArray[np.uint8]  # upright, and maybe smaller than the file
    scale: float  # pixels of the file per pixel of `photo`
    ink: Ink
    edge: Mask  # where the ink ends with the photo
    to_file: NDArray[np.float64]  # (2, 3): from columns and rows of `ink` to those of the file

    def box_on_photo(self, box: Box) -> Box:
        """Give the upright box on the photo around a box of the ink."""
        left, top, right, bottom = box
        corners = np.array([[left, top], [right, top], [left, bottom], [right, bottom]])
        places = corners @ self.to_file[:, :2].T + self.to_file[:, 2]
        height, width = np.array(self.photo.shape) * self.scale
        low = np.floor(np.clip(places.min(axis=0), 0, [width, height])).astype(int)
        high = np.ceil(np.clip(places.max(axis=0), 0, [width, height])).astype(int)
        return Box(*low.tolist(), *high.tolist())

    def is_at_edge(self, box: Box) -> bool:
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
    contrast = contrast_with_paper(grey, _N_CELLS, _line_shapes)
    contrast, edge, to_grey = straightened(contrast)
    height, width = contrast.shape
    ink = strokes_without_ruling(contrast, *_line_shapes(width, height))
    scale *= own_scale
    return Page(original, scale, ink, edge, to_grey * (scale / factor))


def _line_shapes(width: int, height: int) -> tuple[LineShape, LineShape]:
    return _line_shape(width, height), _line_shape(height, width)


def _line_shape(side: int, other_side: int) -> LineShape:
    """Expect ruled lines to span most of a field, or a good part of a page."""
    span = max(0.5 * side, min(0.7 * side, 0.4 * other_side))
    longest = max(side, other_side)
    return LineShape(int(span), max(20, longest // 60), max(6, min(side, other_side) // 12))
