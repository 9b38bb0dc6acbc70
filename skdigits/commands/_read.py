"""``skdigits read``: the digits on photos."""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from skdigits._printable import printable
from skdigits.commands._arguments import (
    add_count_option,
    existing_file,
    fraction,
    require_packages,
)
from skdigits.commands._messages import print_line
from skdigits.commands._photos import photos_of
from skdigits.commands._plot import (
    add_plot_option,
    check_can_plot,
    numbered,
    picture_file,
    save_figure,
)

_ROTATIONS = ("auto", "0", "90", "180", "270")


def add_parser(commands: Any) -> None:
    """Add the sub-command to the parser."""
    read = commands.add_parser(
        "read",
        help="read the digits on photos",
        description="Read the digits on photos or scans, line by line.",
    )
    read.set_defaults(run=run)
    read.add_argument(
        "photos", nargs="+", metavar="PHOTO", help="image file, or folder of image files"
    )
    read.add_argument(
        "--model",
        metavar="FILE",
        help="classifier or recognizer saved by `skdigits train` (default: the bundled ones)",
    )
    what = "each photo shows one field of N digits (default: lines of any length)"
    shown = read.add_mutually_exclusive_group()
    add_count_option(shown, "--n-digits", what)
    shown.add_argument(
        "--grid",
        action="store_true",
        help="each photo shows a grid with a digit per cell: a table, a Sudoku or an answer sheet",
    )
    shown.add_argument(
        "--fields",
        metavar="FILE.json",
        help="each photo shows a form, whose fields the file describes",
    )
    read.add_argument(
        "--min-confidence",
        type=fraction,
        default=0.5,
        metavar="P",
        help='digits with a smaller probability are shown as "?" (default: %(default)s)',
    )
    read.add_argument(
        "--rotation",
        choices=_ROTATIONS,
        default="auto",
        help="degrees to turn photos clockwise (default: chosen automatically)",
    )
    read.add_argument(
        "--json", action="store_true", help="print one JSON object per photo, with boxes"
    )
    add_plot_option(read, "the digits read; for several photos, one numbered file each")
    read.add_argument("--save-plot", dest="plot", type=picture_file, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> None:
    """Read the photos, by NumPy unless a backend is set: the import of others takes seconds."""
    from skdigits.programs._setting import get_backend, set_backend

    require_packages(arguments, "read", "images", "files")
    backend = get_backend()
    with set_backend("numpy" if backend == "auto" else backend):
        _read_photos(arguments)


def _read_photos(arguments: argparse.Namespace) -> None:
    """Read each photo, and continue with the others if one cannot be read."""
    photos = photos_of(arguments.photos)
    pictures = numbered(arguments.plot, len(photos))
    for picture in pictures:
        check_can_plot(picture, force=arguments.force)
    read = _reading_by(arguments)
    n_photos, n_failed = len(photos), 0
    for number, photo in enumerate(photos, start=1):
        try:
            reading = _read(read, photo)
        except (OSError, ValueError) as error:
            if n_photos == 1:
                raise
            n_failed += 1
            name, message = printable(photo), str(error)
            if not message.startswith(name):
                message = f"{name}: {message}"
            print_line("error", message, getattr(error, "__notes__", ()))
            continue
        _print_reading(reading, photo, as_json=arguments.json, with_heading=n_photos > 1)
        if pictures:
            save_figure(reading.plot().figure, pictures[number - 1])
    if n_failed:
        raise ValueError(f"{n_failed} of {n_photos} photos could not be read.")


def _reading_by(arguments: argparse.Namespace) -> Callable[[str], Any]:
    """Return the function that reads a photo of what the options name."""
    from skdigits.reading import read_form

    if arguments.fields is not None:
        form = read_form(arguments.fields)
        return partial(_build_reader(arguments).read_fields, form=form)
    reader = _build_reader(arguments)
    read: Callable[[str], Any] = reader.read
    if arguments.grid:
        read = reader.read_cells
    elif arguments.n_digits is not None:
        read = partial(reader.read_field, n_digits=arguments.n_digits)
    return read


def _read(read: Callable[[str], Any], photo: str) -> Any:
    """Read a photo, and add its name to warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        reading = read(photo)
    for warning in caught:
        print_line("warning", f"{printable(photo)}: {warning.message}")
    return reading


def _print_reading(reading: Any, photo: str, *, as_json: bool, with_heading: bool) -> None:
    if as_json:
        print(json.dumps({"photo": photo, **reading.to_dict()}), flush=True)
        return
    heading = f"{printable(photo)}:\n" if with_heading else ""
    print(f"{heading}{reading.text}", flush=True)
    if not reading.digits:
        print_line("warning", f"no digits found on {printable(photo)}")


def _build_reader(arguments: argparse.Namespace) -> Any:
    from skdigits.persistence import read_estimator
    from skdigits.reading import DigitReader, DigitStringRecognizer

    classifier = recognizer = None
    if arguments.model is not None:
        model = read_estimator(existing_file(arguments.model))
        if isinstance(model, DigitStringRecognizer):
            recognizer = model
        else:
            classifier = model
    rotation = arguments.rotation
    return DigitReader(
        classifier,
        recognizer=recognizer,
        min_confidence=arguments.min_confidence,
        rotation=rotation if rotation == "auto" else int(rotation),
    )
