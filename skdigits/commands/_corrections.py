"""Readings that a user corrected: the lines of ``skdigits read --json``, edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from skdigits._files import opened_regular
from skdigits._printable import printable

_DIGITS = frozenset("0123456789")


class Corrections(NamedTuple):
    """Pictures of one line each, and their texts."""

    photos: list[Path]
    texts: list[str]


def read_corrections(file: str) -> Corrections:
    """Read the photos and the texts that a file of JSON lines holds.

    Raises
    ------
    ValueError
        If a line is not an object with a "photo" and a "text" of digits.
    FileNotFoundError
        If a photo does not exist.
    """
    name = printable(file)
    with opened_regular(file) as opened:
        lines = opened.read().decode(errors="replace").splitlines()
    found = Corrections([], [])
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            entry = json.loads(line)
            photo, text = entry["photo"], entry["text"]
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
        if not isinstance(photo, str) or not Path(photo).is_file():
            raise FileNotFoundError(f"{where}: no such photo: {printable(photo)}")
        found.photos.append(Path(photo))
        found.texts.append(text)
    if not found.photos:
        raise ValueError(f"{name} holds no corrected line")
    return found
