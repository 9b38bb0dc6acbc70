"""Pictures from files, Pillow or arrays, as grey levels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from skdigits._extras import require_extras
from skdigits._printable import printable
from skdigits.ink._grey_levels import Levels, levels_of_array, levels_of_image
from skdigits.ink.picture_files import check_image, naming, opened_picture

if TYPE_CHECKING:
    from PIL import Image

GreyLevels = NDArray[np.float32]  # (height, width), from 0 (black) to 255 (white)
AnyGrey = TypeVar("AnyGrey", np.float32, np.uint8)

LONGEST_LINE = 8_000  # pixels of a picture of a line

_ORIENTATION = 0x0112  # EXIF's tag
_UPRIGHT = 1


def require_images(what: str) -> None:
    """Raise an error with the command that installs Pillow if it is missing."""
    require_extras(what, "images")


def as_grey(picture: Any, longest_side: int) -> tuple[GreyLevels, float]:
    """Return the grey levels of a picture, rotated by its EXIF orientation, and their scale.

    Parameters
    ----------
    picture : str, path-like, PIL.Image.Image or array-like
        File, image, or array of shape (height, width), (height, width, 1), (height, width, 3) or
        (height, width, 4): fractions from 0 to 1, or numbers from 0 to 255, or to 65535 if one
        exceeds 255.
    longest_side : int
        Larger pictures are scaled down to this many pixels.

    Returns
    -------
    grey : ndarray of shape (height, width)
        Grey levels from 0 to 255.
    scale : float
        Pixels of the picture per pixel of `grey`, at least 1.
    """
    from PIL import Image

    if isinstance(picture, (str, os.PathLike)):
        with opened_picture(picture, longest_side) as (image, longest):
            grey = _decoded(image, longest_side, printable(picture))
    elif isinstance(picture, Image.Image):
        check_image(picture)
        longest = max(picture.size)
        grey = _decoded(picture, longest_side, "the image")
    else:
        levels = levels_of_array(picture)
        longest = max(levels.shape)
        grey = _shrunk(Image.fromarray(levels), longest_side)
    return grey, longest / max(grey.shape)


def _decoded(image: Image.Image, longest_side: int, name: str) -> GreyLevels:
    with naming(name):
        image.load()
        return _shrunk(_upright(levels_of_image(image), image), longest_side)


def _upright(levels: Levels, image: Image.Image) -> Image.Image:
    """Rotate grey levels by the EXIF orientation of the image that they come from."""
    from PIL import Image, ImageOps

    grey = Image.fromarray(levels)
    orientation = image.getexif().get(_ORIENTATION, _UPRIGHT)
    if orientation == _UPRIGHT:
        return grey
    grey.getexif()[_ORIENTATION] = orientation
    return ImageOps.exif_transpose(grey)


def enlarged(picture: NDArray[AnyGrey], shortest_side: int) -> tuple[NDArray[AnyGrey], float]:
    """Enlarge a picture so small that strokes look like texture; return the factor as well."""
    from PIL import Image

    factor = shortest_side / min(picture.shape)
    if factor <= 1:
        return picture, 1.0
    height, width = picture.shape
    size = (round(width * factor), round(height * factor))
    image = Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)
    return np.clip(np.asarray(image), 0, 255), factor


def _shrunk(image: Image.Image, longest_side: int) -> GreyLevels:
    from PIL import Image

    longest = max(image.size)
    if longest > longest_side:
        size = [max(1, round(side * longest_side / longest)) for side in image.size]
        image = image.resize((size[0], size[1]), Image.Resampling.BOX, reducing_gap=2.0)
    return np.asarray(image, dtype=np.float32)
