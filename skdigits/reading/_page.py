"""The ink of a photo, straightened, and its mapping to the pixels of the photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skdigits.ink.box import Box
from skdigits.ink.contrast import contrast_with_paper, has_bright_ink, inverted
from skdigits.ink.perspective import Homography, rectangle
from skdigits.ink.pictures import GreyLevels, enlarged
from skdigits.ink.ruling import strokes_without_ruling
from skdigits.ink.sheet import shows_bright_sheet
from skdigits.ink.skew import straightened
from skdigits.ink.straight_lines import LineShape
from skdigits.ink.strokes import Contrast, Ink, Mask
from skdigits.reading._view import LONGEST_SIDE, View, box_on_photo

_SHORTEST_SIDE = 160  # pixels; smaller pictures are enlarged
_N_CELLS = 96


@dataclass(frozen=True)
class Page:
    """Ink with horizontal lines, and the mapping of its pixels to the photo."""

    photo: NDArray[np.uint8]  # upright, possibly smaller than the file
    scale: float  # pixels of the file per pixel of `photo`
    ink: Ink
    edge: Mask  # the outermost pixels of the photo
    to_file: Homography  # from places on `ink` to places on the file

    def box_on_photo(self, box: Box) -> Box:
        """Return the upright box on the photo around a box of the ink."""
        corners = rectangle(box.width, box.height) + box[:2]
        return box_on_photo(corners, self.to_file, self.photo, self.scale)


def page_on(view: View) -> Page:
    """Find the strokes on a view, without ruled lines, and straighten their lines.

    Parameters
    ----------
    view : View
        The view, from the front.
    """
    # A strip of digits may be long and low: its length is bounded as well.
    shape = view.grey.shape
    shortest = min(_SHORTEST_SIDE, int(min(shape) * LONGEST_SIDE / max(shape)))
    grey, factor = enlarged(view.grey, shortest)
    if has_bright_ink(grey) and not shows_bright_sheet(grey):
        grey = inverted(grey)
    contrast = contrast_on(grey)
    contrast, edge, to_grey = straightened(contrast)
    height, width = contrast.shape
    ink = strokes_without_ruling(contrast, *_line_shapes(width, height))
    to_file = view.to_file @ np.diag([1 / factor, 1 / factor, 1.0]) @ to_grey
    return Page(view.photo, view.scale, ink, edge, to_file)


def contrast_on(grey: GreyLevels) -> Contrast:
    """Compute the contrast with the paper around each pixel of a photo, ruled or not."""
    return contrast_with_paper(grey, _N_CELLS, _line_shapes)


def _line_shapes(width: int, height: int) -> tuple[LineShape, LineShape]:
    """Return the shapes of horizontal and vertical ruled lines on a page of this size."""
    return _line_shape(width, height), _line_shape(height, width)


def _line_shape(side: int, other_side: int) -> LineShape:
    """Return the shape of ruled lines, which span most of a field or a large part of a page."""
    span = max(0.5 * side, min(0.7 * side, 0.4 * other_side))
    longest = max(side, other_side)
    return LineShape(int(span), max(20, longest // 60), max(6, min(side, other_side) // 12))
