"""``skdigits read``: the digits on photos."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from skdigits.commands._arguments import at_least
from skdigits.commands._messages import print_line
from skdigits.commands._plot import add_plot_option, check_can_plot, numbered, save_figure
from skdigits.commands._targets import add_force_option


def add_parser(commands: Any) -> None:
    """Add the sub-command to the parser."""
    read = commands.add_parser(
        "read",
        help="read the digits on photos",
        description="Read the digits on photos or scans, line by line.",
    )
    read.set_defaults(run=run)
    read.add_argument("photos", nargs="+", metavar="PHOTO", help="image file")
    read.add_argument(
        "--model",
        metavar="FILE",
        help="classifier that `skdigits train` saved (default: the one of the package)",
    )
    read.add_argument(
        "--n-digits",
        type=at_least(1),
        metavar="N",
        help="each photo shows one field of N digits (default: lines of any length)",
    )
    read.add_argument(
        "--min-confidence",
        type=float,
        default=0.5,
        metavar="P",
        help='a digit of a smaller probability reads as "?" (default: %(default)s)',
    )
    read.add_argument(
        "--json", action="store_true", help="print one JSON object a photo, with boxes"
    )
    add_plot_option(
        read, "what was read; of several photos, a numbered file each", name="--save-plot"
    )
    add_force_option(read)


def run(arguments: argparse.Namespace) -> None:
    """Read photo by photo; one that cannot be read does not keep the others from being read."""
    pictures = numbered(arguments.save_plot, len(arguments.photos))
    for picture in pictures:
        check_can_plot(picture, force=arguments.force, name="--save-plot")
    for photo in arguments.photos:
        if not Path(photo).is_file():
            raise FileNotFoundError(f"no such file: {photo}")
    reader = _build_reader(arguments.model, arguments.min_confidence)
    n_photos, n_failed = len(arguments.photos), 0
    for number, photo in enumerate(arguments.photos, start=1):
        try:
            reading = _read(reader, photo, arguments.n_digits)
        except (OSError, ValueError) as error:
            if n_photos == 1:
                raise
            n_failed += 1
            print_line("error", f"{photo}: {error}", getattr(error, "__notes__", ()))
            continue
        _print_reading(reading, photo, as_json=arguments.json, with_heading=n_photos > 1)
        if arguments.save_plot is not None:
            save_figure(reading.plot().figure, pictures[number - 1])
    if n_failed:
        raise ValueError(f"{n_failed} of {n_photos} photos could not be read.")


def _read(reader: Any, photo: str, n_digits: int | None) -> Any:
    return reader.read(photo) if n_digits is None else reader.read_field(photo, n_digits=n_digits)


def _print_reading(reading: Any, photo: str, *, as_json: bool, with_heading: bool) -> None:
    if as_json:
        print(json.dumps({"photo": photo, **reading.to_dict()}), flush=True)
        return
    heading = f"{photo}:\n" if with_heading else ""
    print(f"{heading}{reading.text}", flush=True)
    if not reading.digits:
        print_line("warning", f"no digits found on {photo}")


def _build_reader(model: str | None, min_confidence: float) -> Any:
    from skdigits.persistence import read_estimator
    from skdigits.reading import DigitReader

    classifier = None
    if model is not None:
        if not Path(model).is_file():
            raise FileNotFoundError(f"no such file: {model}")
        classifier = read_estimator(model)
    return DigitReader(classifier, min_confidence=min_confidence)
