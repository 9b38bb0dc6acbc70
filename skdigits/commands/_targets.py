"""The files that a command writes."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from skdigits._printable import printable


def target_file(text: str) -> Path:
    """Convert for argparse: a file in a folder that exists."""
    file = Path(text)
    if not file.parent.is_dir():
        raise argparse.ArgumentTypeError(f"no such folder: {file.parent}")
    if file.is_dir():
        raise argparse.ArgumentTypeError(f"must be a file, got the folder {file}")
    return file


def file_ending_in(*endings: str) -> Callable[[str], Path]:
    """Make a converter for argparse that takes files with some endings."""

    def file(text: str) -> Path:
        path = target_file(text)
        if path.suffix.lower() not in endings:
            raise argparse.ArgumentTypeError(f"must end in {', '.join(endings)}, got {text}")
        return path

    return file


def check_can_write(file: Path, option: str, *, force: bool) -> None:
    """Raise an error before the work if a file cannot be written."""
    name = printable(file)
    if file.is_dir():
        raise IsADirectoryError(f"{option} must be a file, got the folder {name}")
    if file.is_file() and not force:
        raise FileExistsError(
            f"{name} exists: choose another name for {option}, or use --force to overwrite it"
        )
    # A file is written beside and renamed, a device is written to.
    if not os.access(file.parent if file.is_file() or not file.exists() else file, os.W_OK):
        raise PermissionError(f"{option} cannot be written: no permission to write {name}")
