"""A photo or a rectified part of it, and its mapping to the pixels of the photo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits.ink.box import Box
from skdigits.ink.perspective import (
    Homography,
    Places,
    homography,
    mapped,
    rectangle,
    size_of,
    warped,
)
from skdigits.ink.pictures import GreyLevels, as_grey
from skdigits.ink.sheet import corners_of_sheet

LONGEST_SIDE = 2_000  # pixels; in a larger photo, digits are larger than needed
_HIGHEST_STRIP = 160  # pixels
_MARGIN = 3  # pixels of the scaled photo


@dataclass(frozen=True)
class View:
    """Grey levels of a photo or of a part of it, and the mapping of their pixels to the photo."""

    photo: NDArray[np.uint8]  # upright, possibly smaller than the file
    scale: float  # pixels of the file per pixel of `photo`
    grey: GreyLevels
    to_file: Homography  # from places on `grey` to places on the file

    def part(self, corners: Places, size: tuple[int, int] | None = None) -> View:
        """Rectify a quadrilateral, to a size (width, height) or its own."""
        width, height = size_of(corners) if size is None else size
        to_grey = homography(rectangle(width, height), corners)
        grey = warped(self.grey, to_grey, width, height)
        return replace(self, grey=grey, to_file=self.to_file @ to_grey)

    def box_on_photo(self, places: Places) -> Box:
        """Return the upright box on the photo around places of this view."""
        return box_on_photo(places, self.to_file, self.photo, self.scale)


def view_of(photo: Any, *, n_quarters: int = 0, scale: float = 1.0) -> View:
    """Return the view of a whole photo.

    Parameters
    ----------
    photo : str, path-like, PIL.Image.Image or array-like
        The photo.
    n_quarters : int, default=0
        Number of clockwise quarter turns to apply first.
    scale : float, default=1.0
        Pixels of the file per pixel of `photo`, if it is already scaled down.
    """
    grey, own_scale = as_grey(photo, LONGEST_SIDE)
    grey = np.ascontiguousarray(np.rot90(grey, -n_quarters))
    scale *= own_scale
    return View(grey.astype(np.uint8), scale, grey, np.diag([scale, scale, 1.0]))


def sheet_of(view: View) -> View:
    """Rectify the sheet that lies on a table; return the whole view if there is none."""
    corners = corners_of_sheet(view.grey)
    return view if corners is None else view.part(corners)


def is_strip(view: View, least_aspect: float = 1.0) -> bool:
    """Check whether a view is so low, and so wide for its height, that it may be a cropped line."""
    height, width = view.grey.shape
    return bool(height <= _HIGHEST_STRIP and width >= least_aspect * height)


def box_on_photo(
    places: Places, to_file: Homography, photo: NDArray[np.uint8], scale: float
) -> Box:
    """Return the upright box around places on the file, in its pixels and clipped to it."""
    on_file = mapped(to_file, places)
    height, width = np.array(photo.shape) * scale
    low = np.floor(np.clip(on_file.min(axis=0), 0, [width, height])).astype(int)
    high = np.ceil(np.clip(on_file.max(axis=0), 0, [width, height])).astype(int)
    return Box(*low.tolist(), *high.tolist())


def is_at_edge(box: Box, photo: NDArray[np.uint8], scale: float) -> bool:
    """Check whether a box, in pixels of the file, touches the edge of the photo."""
    height, width = np.array(photo.shape) * scale
    margin = _MARGIN * scale
    left, top, right, bottom = box
    is_inside = margin < left and margin < top and right < width - margin
    return not (is_inside and bottom < height - margin)
