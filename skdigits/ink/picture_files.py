"""Picture files as cameras, scanners and screenshots write them; none can start a program."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from skdigits._files import opened_regular
from skdigits._printable import printable
from skdigits.ink._avif_items import coded_pixels
from skdigits.ink._grey_levels import check_n_coded, check_n_pixels
from skdigits.ink._tiff_tiles import sides_of_tiles

if TYPE_CHECKING:
    from PIL import Image, ImageFile

    _Factory = Callable[[IO[bytes], str], ImageFile.ImageFile]
    _Accept = Callable[[bytes], bool | str] | None

# Pillow supports many more, and passes some of them to other programs.
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP", "AVIF", "JPEG2000", "PPM")
# Values of `Image.format`: a JPEG file of several photos is an MPO, HEIF is pillow-heif's.
_NAMES = (*FORMATS, "MPO", "HEIF")
_SCALED_WHILE_DECODED = ("JPEG", "MPO")

MAX_BYTES = 500_000_000  # ten for each pixel of the largest picture
# For JPEG files that are scaled while they are decoded; all their pixels take time.
MAX_SCALED_PIXELS = 200_000_000

_HEIF_SUFFIXES = (".heic", ".heif", ".hif")
_HEIF_BRANDS = frozenset(
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"]
)


def is_named_like_picture(path: Path) -> bool:
    """Return whether the name of a file is that of a picture in one of the formats."""
    from PIL import Image

    suffix = path.suffix.lower()
    return suffix in _HEIF_SUFFIXES or Image.registered_extensions().get(suffix) in _NAMES


@contextmanager
def opened_picture(
    path: str | os.PathLike[str], longest_side: int
) -> Iterator[tuple[ImageFile.ImageFile, int]]:
    """Open a picture that is safe to decode; a JPEG file is decoded to little more than is needed.

    Parameters
    ----------
    path : str or path-like
        A regular file.
    longest_side : int
        Number of pixels that are needed.

    Yields
    ------
    image : PIL.ImageFile.ImageFile
        The picture, which is not decoded yet.
    longest : int
        The longest side of the picture in the file.
    """
    name = printable(path)
    with opened_regular(path) as file:
        _check_n_bytes(file, name)
        image = _identified(file, name)
        longest = max(image.size)
        if image.format in _SCALED_WHILE_DECODED:
            # A progressive file is decoded completely before it is scaled.
            is_progressive = bool(image.info.get("progressive"))
            most = None if is_progressive else MAX_SCALED_PIXELS
            check_n_pixels(name, *image.size, most)
            width, height = (max(1, side * longest_side // longest) for side in image.size)
            image.draft(None, (width, height))
        _check_size(image, name)
        yield image, longest


def check_image(image: Image.Image) -> None:
    """Refuse a Pillow image that is too large, or that is not loaded yet and of another format."""
    from PIL import ImageFile

    if isinstance(image, ImageFile.ImageFile) and not _is_loaded(image):
        if image.format not in _NAMES:
            raise ValueError(
                f"the image is a file in the format {image.format} that is not loaded yet, but "
                f"only {', '.join(_NAMES)} are decoded here. If you trust the file, call the "
                "load() method of the image first."
            )
        _check_size(image, "the image")
    check_n_pixels("the image", *image.size)


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Name the picture in the errors of Pillow, whose decoders raise many kinds."""
    from PIL import Image

    try:
        yield
    except Image.DecompressionBombError as error:
        raise ValueError(f"{name} is too large: {printable(error)}") from error
    except (MemoryError, Warning):  # Warnings are exceptions if the user chose that.
        raise
    except Exception as error:
        raise ValueError(f"{name} is damaged: {printable(error)}") from error


def _check_n_bytes(file: IO[bytes], name: str) -> None:
    n_bytes = os.fstat(file.fileno()).st_size
    if n_bytes > MAX_BYTES:
        raise ValueError(
            f"{name} has {n_bytes:,} bytes, more than the {MAX_BYTES:,} that are read: save the "
            "picture smaller, alone, or as a JPEG file."
        )


def _identified(file: IO[bytes], name: str) -> ImageFile.ImageFile:
    """Open a file by the first format that accepts it.

    `Image.open` does so, too, but warns of large photos that are scaled while they are decoded, and
    filters of warnings apply to all threads.
    """
    prefix = file.read(16)
    reasons = []
    with naming(name):
        for factory, accept in _openers():
            accepted = accept is None or accept(prefix)
            if isinstance(accepted, str):  # Pillow was built without this format.
                reasons.append(accepted)
            elif accepted:
                file.seek(0)
                try:
                    return factory(file, "")
                except (SyntaxError, IndexError, TypeError, struct.error) as error:
                    reasons.append(str(error))
    if prefix[4:8] == b"ftyp" and prefix[8:12] in _HEIF_BRANDS and _heif_factory() is None:
        raise ValueError(
            f"{name} is a HEIF picture (HEIC), which needs the package pillow-heif: install it "
            "with `pip install pillow-heif`, or save the picture as a JPEG file."
        )
    aside = f" ({printable('; '.join(reasons))})" if reasons else ""
    raise ValueError(
        f"{name} is not an image that can be read{aside}: it is damaged, or is not one of "
        f"{', '.join(_NAMES)}."
    )


def _openers() -> Iterator[tuple[_Factory, _Accept]]:
    from PIL import Image

    Image.init()
    for name in FORMATS:
        if name in Image.OPEN:
            yield Image.OPEN[name]
    heif = _heif_factory()
    if heif is not None:
        yield heif, lambda prefix: prefix[4:8] == b"ftyp" and prefix[8:12] in _HEIF_BRANDS


def _heif_factory() -> _Factory | None:
    """Return the factory of pillow-heif, which need not be registered with Pillow."""
    try:
        from pillow_heif import HeifImageFile
    except ImportError:
        return None
    factory: _Factory = HeifImageFile
    return factory


def _is_loaded(image: ImageFile.ImageFile) -> bool:
    try:
        return not image.tile and image.im.size == image.size
    except (AssertionError, AttributeError):  # It has no pixels yet.
        return False


def _check_size(image: Any, name: str) -> None:
    """Refuse a picture that takes too many pixels to decode, whatever size the file declares."""
    check_n_pixels(name, *image.size)
    if image.format == "TIFF":
        with naming(name):
            width, height = sides_of_tiles(image.fp, image.tag_v2.offset)
        check_n_pixels(f"a tile of {name}", max(1, width), max(1, height))
    elif image.format == "AVIF":
        with naming(name):
            n_pixels = coded_pixels(image.fp)
        check_n_coded(name, n_pixels)
