"""Pictures from files, Pillow or arrays, as grey levels."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

GreyLevels = NDArray[np.float32]  # (height, width), from 0 (black) to 255 (white)

MAX_PIXELS = 50_000_000
_MOST_OVERSHOOT = 1.5  # of fractions from 0 to 1
_INSTALL = 'needs the packages of pip install "skdigits[images]"'


def require_images(what: str) -> None:
    """Say which command installs Pillow and scikit-image where they are absent."""
    try:
        import PIL
        import skimage

        del PIL, skimage
    except ImportError as error:
        raise ImportError(f"{what} {_INSTALL}: {error}") from error


def as_grey(picture: Any, longest_side: int) -> tuple[GreyLevels, float]:
    """Give the grey levels of a picture, upright as its EXIF orientation asks, and their scale.

    Parameters
    ----------
    picture : str, path-like, PIL.Image.Image or array-like
        File, image, or array of shape (height, width), (height, width, 1), (height, width, 3) or
        (height, width, 4): fractions from 0 to 1, or numbers from 0 to 255, or to 65535 where one
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
        with _open(Path(picture)) as image:
            longest = max(image.size)
            if image.format == "JPEG":
                # The decoder skips what a smaller picture does not need.
                size = [max(1, side * longest_side // longest) for side in image.size]
                image.draft(None, (size[0], size[1]))
            grey = _decode(image, longest_side, f"{picture}")
    else:
        is_image = isinstance(picture, Image.Image)
        image = picture if is_image else Image.fromarray(_as_levels(picture))
        longest = max(image.size)
        grey = _decode(image, longest_side, "the image")
    return grey, longest / max(grey.shape)


def _open(path: Path) -> Image.Image:
    from PIL import Image

    with _named(f"{path}"):
        return Image.open(path)


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Say of which picture Pillow speaks; each of its decoders has errors of its own."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Such as of many pixels: `_decode` has its own, smaller limit.
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError as error:
        raise ValueError(f"{name} is no image that Pillow can read.") from error
    except Image.DecompressionBombError as error:
        raise ValueError(f"{name} is too large: {error}") from error
    except (FileNotFoundError, IsADirectoryError, PermissionError, MemoryError):
        raise
    except Exception as error:
        raise ValueError(f"{name} is damaged: {error}") from error


def _decode(image: Image.Image, longest_side: int, name: str) -> GreyLevels:
    if image.width * image.height > MAX_PIXELS:
        factor = sqrt(MAX_PIXELS / (image.width * image.height))
        raise ValueError(
            f"{name} has {image.width} x {image.height} pixels, more than the "
            f"{MAX_PIXELS // 1_000_000} million that are decoded: scale it to "
            f"{int(image.width * factor)} x {int(image.height * factor)} or less."
        )
    with _named(name):
        image.load()
        return _shrink(_flat(image), longest_side)


def _flat(image: Image.Image) -> Image.Image:
    """Turn a picture upright and bring it to grey levels from 0 to 255, on white paper."""
    from PIL import ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):
        return _from_deep(image)
    if image.mode in ("RGBA", "LA", "PA", "P", "RGBa"):
        image = _on_white(image.convert("RGBA"))
    return image.convert("L")


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image)


def _from_deep(image: Image.Image) -> Image.Image:
    """Bring 16-bit and float images to 8 bits, by the depth that their values need."""
    from PIL import Image

    return Image.fromarray(_as_levels(np.asarray(image)))


def _as_levels(picture: Any) -> NDArray[np.uint8]:
    array = np.asarray(picture)
    is_image = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if not is_image or array.dtype.kind not in "buif" or 0 in array.shape:
        raise ValueError(
            "an image must be a file, a PIL image or an array of numbers of shape (height, width), "
            "(height, width, 1), (height, width, 3) or (height, width, 4); got "
            f"{type(picture).__name__} of shape {array.shape} and dtype {array.dtype}."
        )
    if array.shape[0] * array.shape[1] > MAX_PIXELS:
        raise ValueError(
            f"an image has {array.shape[1]} x {array.shape[0]} pixels, more than the "
            f"{MAX_PIXELS // 1_000_000} million that are read: scale it down."
        )
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.dtype == np.uint8:
        return array
    if not np.isfinite(array).all():
        raise ValueError("an image has pixels that are NaN or infinite.")
    low, high = float(array.min()), float(array.max())
    # Scaling a picture takes fractions a little beyond their range.
    is_fraction = array.dtype.kind in "bf" and high < _MOST_OVERSHOOT
    if is_fraction and low > 1 - _MOST_OVERSHOOT:
        array, low, high = np.clip(array, 0, 1), 0, 1
    if low < 0:
        raise ValueError(f"an image has a pixel of {low:g}; grey levels start at 0.")
    white = 1 if is_fraction else 255 if high <= 255 else 65535
    if high > white:
        raise ValueError(f"an image has a pixel of {high:g}; grey levels end at 65535.")
    levels: NDArray[np.uint8] = np.rint(array * (255 / white)).astype(np.uint8)
    return levels


def enlarged(grey: GreyLevels, shortest_side: int) -> tuple[GreyLevels, float]:
    """Enlarge a small picture, and tell by which factor, lest its strokes look like texture."""
    from PIL import Image

    factor = shortest_side / min(grey.shape)
    if factor <= 1:
        return grey, 1.0
    height, width = grey.shape
    size = (round(width * factor), round(height * factor))
    image = Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC)
    return np.clip(np.asarray(image), 0, 255), factor


def _shrink(image: Image.Image, longest_side: int) -> GreyLevels:
    from PIL import Image

    longest = max(image.size)
    if longest > longest_side:
        size = [max(1, round(side * longest_side / longest)) for side in image.size]
        image = image.resize((size[0], size[1]), Image.Resampling.BOX, reducing_gap=2.0)
    return np.asarray(image, dtype=np.float32)
