"""The photos in the arguments of a command: files, and folders of files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from skdigits._printable import printable
from skdigits.commands._messages import print_line

_MOST_NAMES = 5


def photos_of(paths: Sequence[str]) -> list[str]:
    """List the files, and the pictures in the folders in natural order: 2.jpg before 10.jpg.

    Raises
    ------
    FileNotFoundError
        If a file or folder does not exist, or a folder does not contain any pictures.
    """
    for path in paths:
        if not Path(path).exists():
            raise FileNotFoundError(f"no such file: {printable(path)}")
    return [photo for path in paths for photo in _photos_at(Path(path), path)]


def _photos_at(path: Path, name: str) -> Iterator[str]:
    if not path.is_dir():
        yield name
        return
    from skdigits.ink.picture_files import is_named_like_picture

    # Files that begin with a dot are those of the system, such as a Mac's "._IMG_1.jpg".
    found = [file for file in path.iterdir() if not file.name.startswith(".")]
    pictures = [file for file in found if file.is_file() and is_named_like_picture(file)]
    others = sorted({file.name for file in found} - {file.name for file in pictures})
    if not pictures:
        raise FileNotFoundError(f"no pictures in the folder {printable(name)}")
    if others:
        names = printable(", ".join(others[:_MOST_NAMES]))
        more = ", ..." if len(others) > _MOST_NAMES else ""
        print_line(
            "warning", f"{printable(name)}: skipped files that are not pictures: {names}{more}"
        )
    yield from map(str, sorted(pictures, key=lambda file: _natural(file.name)))


def _natural(name: str) -> tuple[list[str | int], str]:
    """Order numbers in a name by their value."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name
