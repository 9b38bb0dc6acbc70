"""Grey levels of pictures in memory, converted in strips: a large one is never held twice."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import gen_batches

if TYPE_CHECKING:
    from PIL import Image

Levels = NDArray[np.uint8]  # (height, width), from 0 (black) to 255 (white)

MAX_PIXELS = 50_000_000
_STRIP = 2**18  # pixels
_MOST_OVERSHOOT = 1.5  # of fractions from 0 to 1
_TRANSPARENT = ("RGBA", "LA", "PA", "P", "RGBa")


def check_n_pixels(name: str, width: int, height: int, most: int | None = None) -> None:
    """Refuse a picture without pixels, or with more than `most`, by default `MAX_PIXELS`."""
    most = MAX_PIXELS if most is None else most
    if width * height == 0:
        raise ValueError(f"{name} has {width} x {height} pixels: it is empty.")
    if width * height > most:
        factor = sqrt(most / (width * height))
        raise ValueError(
            f"{name} has {width} x {height} pixels, more than the {most // 1_000_000} million that "
            f"are read: scale it to {int(width * factor)} x {int(height * factor)} or less."
        )


def check_n_coded(name: str, n_pixels: int) -> None:
    """Refuse a picture whose images (colours and opacity) are too large once they are decoded."""
    if n_pixels > 2 * MAX_PIXELS:
        raise ValueError(
            f"{name} holds images of {n_pixels:,} pixels in all, more than "
            f"{MAX_PIXELS // 1_000_000} million for each of colours and opacity, whatever size "
            "it declares: scale it down, or save it as a JPEG file."
        )


def levels_of_image(image: Image.Image) -> Levels:
    """Convert a Pillow image to grey levels from 0 to 255, on white paper."""
    if image.mode.startswith(("I", "F")):
        return levels_of_array(np.asarray(image))
    return _flattened(
        image.height,
        image.width,
        lambda rows: image.crop((0, rows.start, image.width, rows.stop)),
    )


def levels_of_array(picture: Any) -> Levels:
    """Convert an array-like to grey levels from 0 to 255, on white paper.

    Parameters
    ----------
    picture : array-like of shape (height, width), (height, width, 1), (height, width, 3) or \
            (height, width, 4)
        Fractions from 0 to 1, or numbers from 0 to 255, or to 65535 if one exceeds 255.
    """
    from PIL import Image

    array = _as_picture(picture)
    height, width = array.shape[:2]
    if array.dtype == np.uint8:
        return _flattened(height, width, lambda rows: Image.fromarray(array[rows]))
    low, high = float(array.min()), float(array.max())
    # If one of the values is NaN, so are the smallest and the largest.
    if not np.isfinite([low, high]).all():
        raise ValueError("an image has pixels that are NaN or infinite.")
    # Scaling a picture can move fractions slightly beyond their range.
    is_fraction = array.dtype.kind in "bf" and high < _MOST_OVERSHOOT
    if low < (1 - _MOST_OVERSHOOT if is_fraction else 0):
        raise ValueError(f"an image has a pixel of {low:g}; grey levels start at 0.")
    white = 1 if is_fraction else 255 if high <= 255 else 65535
    if high > white and not is_fraction:
        raise ValueError(f"an image has a pixel of {high:g}; grey levels end at 65535.")

    def strip(rows: slice) -> Image.Image:
        part = np.clip(array[rows], 0, 1) if is_fraction else array[rows]
        return Image.fromarray(np.rint(part * (255 / white)).astype(np.uint8))

    return _flattened(height, width, strip)


def _as_picture(picture: Any) -> NDArray[Any]:
    array = np.asarray(picture)
    is_image = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if not is_image or array.dtype.kind not in "buif" or 0 in array.shape:
        raise ValueError(
            "an image must be a file, a PIL image or an array of numbers of shape (height, width), "
            "(height, width, 1), (height, width, 3) or (height, width, 4); got "
            f"{type(picture).__name__} of shape {array.shape} and dtype {array.dtype}."
        )
    height, width = array.shape[:2]
    check_n_pixels("an image", width, height)
    return array[:, :, 0] if array.shape[2:] == (1,) else array


def _flattened(height: int, width: int, strip: Callable[[slice], Image.Image]) -> Levels:
    levels = np.empty((height, width), np.uint8)
    for rows in gen_batches(height, max(1, _STRIP // width)):
        levels[rows] = np.asarray(_flat(strip(rows)))
    return levels


def _flat(image: Image.Image) -> Image.Image:
    from PIL import Image

    if image.mode in _TRANSPARENT:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    if image.mode == "LAB":  # Pillow does not convert it.
        return image.getchannel("L")
    return image.convert("L")
