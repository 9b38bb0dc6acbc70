"""Sound picture files of all formats turned into damaged ones, and how reading them ends."""

import io
import struct
from functools import cache
from importlib.util import find_spec

import numpy as np
from file_mutations import cut, double, flip_bytes, mutated
from PIL import Image

from skdigits.ink.picture_files import FORMATS
from skdigits.ink.pictures import as_grey

# Sizes, positions and counts that an attacker might write in the place of others.
_NUMBERS = [0, 1, 2, 3, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0xFFFF_FFFF]
_LAYOUTS = [("B", 1), ("<H", 2), (">H", 2), ("<I", 4), (">I", 4)]
_LONGEST_HEADER = 120  # bytes


def write_number(content, chance):
    """Overwrite one number, or some, most of them where headers stand."""
    altered = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 4])):
        layout, size = chance.choice(_LAYOUTS)
        last = len(content) - size
        start = chance.randrange(min(last, chance.choice([_LONGEST_HEADER, last])) + 1)
        number = chance.choice(_NUMBERS) % 256**size
        altered[start : start + size] = struct.pack(layout, number)
    return bytes(altered)


def move(content, chance):
    """Move a part of the file, such as a chunk, to another place."""
    start, stop = sorted(chance.sample(range(len(content) + 1), 2))
    part, rest = content[start:stop], content[:start] + content[stop:]
    place = chance.randrange(len(rest) + 1)
    return rest[:place] + part + rest[place:]


def splice(content, chance):
    """Continue a file with the end of another, often of another format."""
    other = chance.choice(sound_pictures())
    return content[: chance.randrange(len(content))] + other[chance.randrange(len(other)) :]


MUTATIONS = [flip_bytes, cut, double, write_number, write_number, move, splice]


@cache
def sound_pictures():
    """Small files of each format, in its kinds of pixels, compression and several frames."""
    Image.init()
    files = [_saved(*how) for how in _ways_to_save() if how[1] in Image.SAVE]
    if find_spec("pillow_heif"):
        from pillow_heif import from_pillow

        file = io.BytesIO()
        from_pillow(Image.open(io.BytesIO(files[1]))).save(file, format="HEIF")
        files.append(file.getvalue())
    return files


def mutated_picture(number, seed=0):
    """Name the mutation of a number, and make its file."""
    return mutated(sound_pictures(), number, seed, MUTATIONS)


def warm_up(path):
    """Import the readers of all formats, which are tried in turn, as when one is first used."""
    path.write_bytes(b"of no format")
    outcome(path)


def outcome(path):
    """Say how reading a picture ends; errors of other kinds than ValueError go through."""
    try:
        grey, _ = as_grey(path, 100)
    except ValueError:
        return "refused"
    assert grey.ndim == 2, grey.shape
    assert max(grey.shape) <= 200, grey.shape
    assert np.isfinite(grey).all()
    return "read"


def _saved(image, kind, options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _ways_to_save():
    grey = Image.new("L", (60, 40), 250)
    grey.paste(10, (10, 5, 20, 35))
    frames = {"save_all": True, "append_images": [grey, grey.transpose(Image.Transpose.ROTATE_180)]}
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in FORMATS:
        yield grey, kind, {}
        yield grey.convert("RGB"), kind, {}
    for mode in ("1", "P", "RGBA", "I;16"):
        yield grey.convert("I").convert(mode) if mode == "I;16" else grey.convert(mode), "PNG", {}
    yield grey, "PNG", {"exif": exif}
    yield grey, "JPEG", {"progressive": True}
    yield grey.convert("CMYK"), "JPEG", {"exif": exif}
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield grey, "TIFF", {"compression": compression}
    for compression in ("group3", "group4"):
        yield grey.convert("1"), "TIFF", {"compression": compression}
    yield grey.convert("P"), "BMP", {}
    for kind in ("GIF", "WEBP", "TIFF", "MPO"):
        yield grey, kind, frames
    yield grey, "WEBP", {"lossless": True}
