"""Readings that a user corrected: the lines of ``skdigits read --json``, edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from skdigits._files import opened_regular
from skdigits._printable import printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DIGITS = frozenset("0123456789")
_QUARTER = 90  # degrees


class Corrections(NamedTuple):
    """Pictures of one line each, the degrees to turn them clockwise, and their texts."""

    photos: list[Path]
    rotations: list[int]
    texts: list[str]

    def pictures(self) -> list[NDArray[np.uint8]]:
        """Read the photos, and turn them upright."""
        import numpy as np

        from skdigits.ink.pictures import LONGEST_LINE, as_grey

        return [
            np.rot90(as_grey(photo, LONGEST_LINE)[0].astype(np.uint8), -rotation // _QUARTER)
            for photo, rotation in zip(self.photos, self.rotations, strict=True)
        ]


def read_corrections(file: str) -> Corrections:
    """Read the names of the photos and the texts that a file of JSON lines holds.

    Raises
    ------
    ValueError
        If a line is not an object with a "photo" and a "text" of digits, or its "rotation" is not
        a number of quarter turns.
    FileNotFoundError
        If a photo does not exist.
    """
    name = printable(file)
    with opened_regular(file) as opened:
        lines = opened.read().decode(errors="replace").splitlines()
    found = Corrections([], [], [])
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            entry = json.loads(line)
            photo, text, rotation = entry["photo"], entry["text"], entry.get("rotation", 0)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ValueError(
                f'{where} must be an object with "photo" and "text", as `skdigits read --json` '
                f"prints it, got {printable(line[:80])}"
            ) from None
        if not isinstance(text, str) or not text or not set(text) <= _DIGITS:
            raise ValueError(
                f"{where}: text must be the digits of one line, got {printable(repr(text))}. "
                "Correct it, or delete the line."
            )
        if rotation not in range(0, 360, _QUARTER):
            raise ValueError(
                f"{where}: rotation must be 0, 90, 180 or 270, got {printable(repr(rotation))}"
            )
        if not isinstance(photo, str) or not Path(photo).is_file():
            raise FileNotFoundError(f"{where}: no such photo: {printable(photo)}")
        found.photos.append(Path(photo))
        found.rotations.append(int(rotation))
        found.texts.append(text)
    if not found.photos:
        raise ValueError(f"{name} holds no corrected line")
    return found
