"""The picture that `--plot` saves."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from skdigits._files import replacing
from skdigits._printable import printable
from skdigits.commands._messages import tell
from skdigits.commands._targets import check_can_write, file_ending_in

_FORMATS = (".pdf", ".png", ".svg")
picture_file = file_ending_in(*_FORMATS)


def add_plot_option(command: argparse.ArgumentParser, what: str) -> None:
    """Add `--plot FILE` and `--force`; `what` describes the picture."""
    command.add_argument(
        "--plot",
        type=picture_file,
        metavar="FILE",
        help=f"save a picture of {what} ({', '.join(_FORMATS)})",
    )
    command.add_argument("--force", action="store_true", help="overwrite existing files")


def check_can_plot(file: Path | None, *, force: bool, name: str = "--plot") -> None:
    """Raise an error before the work if the picture cannot be saved."""
    if file is not None:
        check_can_write(file, name, force=force)


def numbered(file: Path | None, n_files: int) -> list[Path]:
    """Return the names of several pictures: "read.png" becomes "read-1.png", "read-2.png"."""
    if file is None or n_files == 1:
        return [] if file is None else [file]
    numbers = range(1, n_files + 1)
    return [file.with_name(f"{file.stem}-{number}{file.suffix}") for number in numbers]


def save_figure(figure: Any, file: Path) -> None:
    """Save a figure in a file, and close it."""
    from skdigits.plotting._style import import_pyplot

    plt = import_pyplot()
    try:
        with replacing(file) as stream:
            figure.savefig(stream, format=file.suffix[1:].lower(), dpi=150)
    finally:
        plt.close(figure)
    tell(f"picture: {printable(file)}")
