"""The images in an AVIF file, which are decoded at their coded size, whatever the file claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

# The lists of images are small, and an image is a few units: a header and a frame.
_MOST_BYTES, _MOST_UNITS = 1 << 16, 1 << 10
_SEQUENCE_HEADER, _FRAME_HEADER, _FRAME = 1, 3, 6  # kinds of units
_IN_FILE = 0  # location of an item


def coded_pixels(file: IO[bytes]) -> int:
    """Count the coded pixels of all images in an AVIF file.

    A picture may consist of several images: tiles of a grid, its opacity, a preview.

    Raises
    ------
    ValueError
        If the file is an animation, or if its images cannot be identified unambiguously.
    """
    place = file.tell()
    try:
        file.seek(0)
        content = memoryview(file.read())
    finally:
        file.seek(place)
    boxes = list(_boxes(content))
    if any(kind == b"moov" for kind, _ in boxes):
        raise ValueError("it is an animation")
    parts = list(_boxes(_only("meta", boxes)[4:]))
    images = _images(_only("iinf", parts))
    extents = [extent for extent in _extents(_only("iloc", parts)) if extent[0] in images]
    # Images that share their bytes could take unlimited time to inspect.
    if sum(n_bytes for *_, n_bytes in extents) > len(content):
        raise ValueError("its images share their bytes")
    data = {image: bytearray() for image, *_ in extents}
    for image, source, start, n_bytes in extents:
        part = content[start : start + n_bytes]
        if source != _IN_FILE or not 0 < n_bytes == len(part):
            raise ValueError("an image is empty, or is not in the file itself")
        data[image] += part
    return sum(map(_pixels_of_image, data.values()))


def _only(wanted: str, boxes: list[tuple[bytes, memoryview]]) -> memoryview:
    found = [content for kind, content in boxes if kind == wanted.encode()]
    if len(found) != 1:
        raise ValueError(f"it has {len(found)} boxes called {wanted}, expected one")
    return found[0]


class _Bits:
    """Consecutive numbers, most significant bit first."""

    def __init__(self, content: bytes | bytearray | memoryview) -> None:
        if len(content) > _MOST_BYTES:
            raise ValueError(f"a list in it has {len(content):,} bytes")
        self._bits = int.from_bytes(content, "big")
        self.n_left = 8 * len(content)

    def take(self, n_bits: int) -> int:
        self.n_left -= n_bits
        if self.n_left < 0:
            raise ValueError("a part of it ends too early")
        return self._bits >> self.n_left & (1 << n_bits) - 1


def _boxes(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    while content:
        n_bytes, kind = int.from_bytes(content[:4], "big"), bytes(content[4:8])
        start = 8
        if n_bytes == 0:
            n_bytes = len(content)
        elif n_bytes == 1:
            n_bytes, start = int.from_bytes(content[8:16], "big"), 16
        if not start <= n_bytes <= len(content):
            raise ValueError("a box is larger than the box around it")
        yield kind, content[start:n_bytes]
        content = content[n_bytes:]


def _images(information: memoryview) -> set[int]:
    """Return the numbers of the items that are AV1 images."""
    kinds: dict[int, int] = {}
    for _, entry in _boxes(information[6 if information[0] == 0 else 8 :]):
        bits = _Bits(entry[:12])
        version, _ = bits.take(8), bits.take(24)
        item, _, kind = bits.take({2: 16, 3: 32}[version]), bits.take(16), bits.take(32)
        if kinds.setdefault(item, kind) != kind:
            raise ValueError(f"its item {item} occurs twice")
    return {item for item, kind in kinds.items() if kind.to_bytes(4, "big") == b"av01"}


def _extents(locations: memoryview) -> Iterator[tuple[int, int, int, int]]:
    """List the extents of the items: number of the item, source, start and number of bytes."""
    bits = _Bits(locations)
    version, _ = bits.take(8), bits.take(24)
    start_bits, length_bits, base_bits, index_bits = (8 * bits.take(4) for _ in range(4))
    for _ in range(bits.take(32 if version == 2 else 16)):
        item = bits.take(32 if version == 2 else 16)
        source = bits.take(16) if version else _IN_FILE
        source |= bits.take(16)  # another file
        base = bits.take(base_bits)
        for _ in range(bits.take(16)):
            bits.take(index_bits if version else 0)
            start, n_bytes = bits.take(start_bits), bits.take(length_bits)
            yield item, source, base + start, n_bytes


def _pixels_of_image(data: bytearray) -> int:
    """Multiply the number of frames by the largest size that a frame can have."""
    n_frames = largest = 0
    for kind, content in _units(data):
        n_frames += kind in (_FRAME_HEADER, _FRAME)
        if kind == _SEQUENCE_HEADER:
            largest = max(largest, _largest_frame(_Bits(content[:64])))
    if not largest:
        raise ValueError("the size of an image is missing")
    return n_frames * largest


def _units(data: bytearray) -> Iterator[tuple[int, bytearray]]:
    place = 0
    for _ in range(_MOST_UNITS):
        if place == len(data):
            return
        bits = _Bits(data[place : place + 10])
        _, kind, is_extended, is_sized, _ = (bits.take(n_bits) for n_bits in (1, 4, 1, 1, 1))
        bits.take(8 * is_extended)
        n_bytes = _number(bits) if is_sized else None
        place += len(data[place : place + 10]) - bits.n_left // 8
        end = len(data) if n_bytes is None else place + n_bytes
        if end > len(data):
            raise ValueError("a unit is longer than its image")
        yield kind, data[place:end]
        place = end
    raise ValueError("an image has too many units")


def _number(bits: _Bits) -> int:
    """Read a number in groups of seven bits, the least significant group first."""
    has_more, number = bits.take(1), bits.take(7)
    return number | _number(bits) << 7 if has_more else number


def _largest_frame(bits: _Bits) -> int:
    """Return the largest number of pixels of a frame, from a sequence header."""
    bits.take(4)  # profile, whether it is a still picture
    is_reduced = bits.take(1)
    if is_reduced:
        bits.take(5)  # level
    else:
        if bits.take(1):
            raise ValueError("an image has timing information")
        has_delays = bits.take(1)
        for _ in range(bits.take(5) + 1):
            bits.take(12)
            if bits.take(5) > 7:  # level
                bits.take(1)
            if has_delays and bits.take(1):
                bits.take(4)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return (bits.take(width_bits) + 1) * (bits.take(height_bits) + 1)
