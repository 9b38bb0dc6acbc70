"""The tiles of a TIFF file; a tile is decoded completely, however small the picture is."""

from __future__ import annotations

import struct
from typing import IO, Any

_WIDTH, _LENGTH = 322, 323  # tags
_SHORT, _LONG, _LONG8 = 3, 4, 16
_FORMATS = {_SHORT: "H", _LONG: "I", _LONG8: "Q"}
_MOST_ENTRIES = 4_096
# The number of entries of a directory, and an entry: tag, type, number of values, and the value.
_LAYOUTS = {42: ("H", "HHI4s"), 43: ("Q", "HHQ8s")}  # 43: for files of more than 4 GB


def sides_of_tiles(file: IO[bytes], directory: int) -> tuple[int, int]:
    """Read the width and length of the tiles of a picture in a TIFF file; 0 if it has none.

    Decoders disagree about a tag that occurs twice, or whose value is not a whole number; a file
    with such a tag is refused.

    Parameters
    ----------
    file : file object
        The file.
    directory : int
        Position at which the directory of the picture begins.

    Raises
    ------
    ValueError
        If a side is not one whole number.
    """
    place = file.tell()
    try:
        file.seek(0)
        order = "<" if file.read(2) == b"II" else ">"
        count, entry = (order + part for part in _LAYOUTS[_unpack(file, order + "H")[0]])
        file.seek(directory)
        (n_entries,) = _unpack(file, count)
        if n_entries > _MOST_ENTRIES:
            raise ValueError(f"it lists {n_entries:,} tags")
        sides: dict[int, int] = {}
        for _ in range(n_entries):
            tag, kind, n_values, value = _unpack(file, entry)
            if tag in (_WIDTH, _LENGTH):
                if tag in sides or kind not in _FORMATS or n_values != 1:
                    raise ValueError("a side of its tiles is not one whole number")
                (sides[tag],) = struct.unpack_from(order + _FORMATS[kind], value)
    finally:
        file.seek(place)
    return sides.get(_WIDTH, 0), sides.get(_LENGTH, 0)


def _unpack(file: IO[bytes], layout: str) -> tuple[Any, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))
