"""``skdigits read``: the digits on photos."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from skdigits.commands._arguments import at_least


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
    read.add_argument(
        "--save-plot",
        metavar="FILE",
        help="draw what was read; of several photos, each into a file of its own, numbered",
    )


def run(arguments: argparse.Namespace) -> None:
    for photo in arguments.photos:
        if not Path(photo).is_file():
            raise FileNotFoundError(f"no such file: {photo}")
    if arguments.save_plot:
        import matplotlib as mpl

        mpl.use("agg")
    reader = _build_reader(arguments.model, arguments.min_confidence)
    n_photos = len(arguments.photos)
    for number, photo in enumerate(arguments.photos, start=1):
        if arguments.n_digits is None:
            reading = reader.read(photo)
        else:
            reading = reader.read_field(photo, n_digits=arguments.n_digits)
        if arguments.json:
            print(json.dumps({"photo": photo, **reading.to_dict()}), flush=True)
        else:
            heading = f"{photo}:\n" if n_photos > 1 else ""
            print(f"{heading}{reading.text}", flush=True)
            if not reading.digits:
                print(f"skdigits: no digits found on {photo}", file=sys.stderr)
        if arguments.save_plot:
            file = Path(arguments.save_plot)
            name = file.name if n_photos == 1 else f"{file.stem}-{number}{file.suffix}"
            _save_plot(reading, file.with_name(name))


def _build_reader(model: str | None, min_confidence: float) -> Any:
    from skdigits.persistence import read_estimator
    from skdigits.reading import DigitReader

    classifier = None
    if model is not None:
        if not Path(model).is_file():
            raise FileNotFoundError(f"no such file: {model}")
        classifier = read_estimator(model)
    return DigitReader(classifier, min_confidence=min_confidence)


def _save_plot(reading: Any, file: Path) -> None:
    from matplotlib import pyplot as plt

    axes = reading.plot()
    axes.figure.savefig(file, dpi=150, bbox_inches="tight")
    plt.close(axes.figure)
