"""The picture that `--plot` saves."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

_FORMATS = (".pdf", ".png", ".svg")


def add_plot_option(command: argparse.ArgumentParser, what: str) -> None:
    """Add `--plot FILE`; `what` says what the picture shows."""
    command.add_argument(
        "--plot",
        type=picture_file,
        metavar="FILE",
        help=f"save a picture of {what} ({', '.join(_FORMATS)})",
    )


def check_can_plot(file: Path | None) -> None:
    """Find out before the work, and not after it, that the picture cannot be drawn."""
    if file is not None:
        from skdigits.plotting._style import import_pyplot

        import_pyplot()


def save_figure(figure: Any, file: Path) -> None:
    """Save a figure in a file, and close it."""
    from skdigits.plotting._style import import_pyplot

    plt = import_pyplot()
    try:
        figure.savefig(file, dpi=150)
    finally:
        plt.close(figure)
    print(f"picture: {file}", file=sys.stderr, flush=True)


def picture_file(text: str) -> Path:
    """Check the name of a file to save a picture in."""
    file = Path(text)
    if file.suffix.lower() not in _FORMATS:
        raise argparse.ArgumentTypeError(f"must end in {', '.join(_FORMATS)}, got {text}")
    if not file.parent.is_dir():
        raise argparse.ArgumentTypeError(f"no such folder: {file.parent}")
    return file
