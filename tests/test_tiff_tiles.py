"""The tiles of a TIFF file."""

import io
import struct

import pytest
from PIL import Image

from skdigits.ink._tiff_tiles import sides_of_tiles

WIDTH, LENGTH = 322, 323
SHORT, LONG, LONG8, SIGNED = 3, 4, 16, 9


def directory(entries, order="<", *, is_big=False):
    """Write a file that holds nothing but a directory: tag, type, number of values, value."""
    places = {SHORT: "H", LONG: "I", LONG8: "Q", SIGNED: "i"}
    room, n_bytes = ("Q", 8) if is_big else ("I", 4)
    start = 16 if is_big else 8
    file = struct.pack(order + "2sH", b"II" if order == "<" else b"MM", 43 if is_big else 42)
    file += struct.pack(order + ("4xQ" if is_big else "I"), start)
    file += struct.pack(order + ("Q" if is_big else "H"), len(entries))
    for tag, kind, count, value in entries:
        written = struct.pack(order + places[kind], value).ljust(n_bytes, b"\0")
        file += struct.pack(order + "HH" + room, tag, kind, count) + written
    return io.BytesIO(file), start


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("is_big", "kind"), [(False, SHORT), (False, LONG), (True, LONG8)])
def test_sides_are_read_in_any_layout(order, is_big, kind):
    entries = [(256, LONG, 1, 16), (WIDTH, kind, 1, 640), (LENGTH, SHORT, 1, 480)]
    file, start = directory(entries, order, is_big=is_big)
    file.seek(5)
    assert sides_of_tiles(file, start) == (640, 480)
    assert file.tell() == 5


def test_a_file_without_tiles():
    file = io.BytesIO()
    Image.new("L", (40, 20)).save(file, "TIFF")
    image = Image.open(file)
    assert sides_of_tiles(file, image.tag_v2.offset) == (0, 0)


@pytest.mark.parametrize(
    "entries",
    [
        [(WIDTH, LONG, 1, 16), (WIDTH, LONG, 1, 20_000)],
        [(LENGTH, LONG, 2, 16)],
        [(WIDTH, SIGNED, 1, 16)],
    ],
)
def test_doubtful_sides_are_refused(entries):
    with pytest.raises(ValueError, match="not one whole number"):
        sides_of_tiles(*directory(entries))


def test_directories_without_end_are_refused():
    with pytest.raises(ValueError, match="5,000 tags"):
        sides_of_tiles(*directory([(256, SHORT, 1, 1)] * 5_000))


def test_a_cut_file_ends_in_an_error():
    file, start = directory([(WIDTH, LONG, 1, 16)])
    with pytest.raises(struct.error):
        sides_of_tiles(io.BytesIO(file.getvalue()[:-3]), start)
