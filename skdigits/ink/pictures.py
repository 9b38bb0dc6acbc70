"""Pictures from files, Pillow or arrays, as grey levels."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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


def checked_pictures(pictures: Any, name: str) -> Iterable[Any]:
    """Return a sequence of pictures, or an array of them; raise an error for a single picture."""
    shape = getattr(pictures, "shape", None)
    is_file = isinstance(pictures, str | bytes)
    is_image = shape is not None and len(shape) not in (1, 3, 4)
    if is_file or is_image or not isinstance(pictures, Iterable):
        what = f"an array of shape {shape}" if shape else repr(pictures)
        raise ValueError(
            f"{name} must be a sequence of pictures or an array of shape (n_samples, height, "
            f"width) or (n_samples, height, width, n_channels), got {what}. Put a single picture "
            "into a list; reshape rows of pixels, as in X.reshape(-1, 28, 28)."
        )
    return pictures


@contextmanager
def placed(name: str, i: int) -> Iterator[None]:
    """Name the place of a picture in a sequence in the errors that it causes."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{name}[{i}]: {error}") from error


def as_greys(pictures: Any, name: str, longest_side: int) -> Iterator[tuple[GreyLevels, float]]:
    """Yield the grey levels of each of several pictures, and their scale, as :func:`as_grey`."""
    for i, picture in enumerate(checked_pictures(pictures, name)):
        with placed(name, i):
            grey = as_grey(picture, longest_side)
        yield grey


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
