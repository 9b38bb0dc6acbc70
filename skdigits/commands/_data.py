"""The labelled images that `--data` names."""

from __future__ import annotations

import argparse
from pathlib import Path

from skdigits._printable import printable
from skdigits.commands._arguments import add_count_option
from skdigits.commands._labelled_images import LabelledImages
from skdigits.commands._messages import tell
from skdigits.commands._readers import read_csv, read_folder, read_npz

SOURCES = "digits|mnist|FILE.npz|FILE.csv|FOLDER"


def add_data_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data",
        default="digits",
        metavar=SOURCES,
        help="scikit-learn's load_digits; MNIST; a file with the arrays X and y, or x_train, "
        "y_train, x_test and y_test; a CSV file with one line per image, its label first or in a "
        "column named label; or a folder with one subfolder of pictures per label "
        "(default: %(default)s)",
    )
    add_count_option(command, "--n-rows", "draw N images at random (default: all)")
    what = "seed of all random numbers (default: %(default)s)"
    add_count_option(
        command, "--random-state", what, low=0, high=2**32 - 1, default=0, metavar="SEED"
    )


def load_chosen_data(arguments: argparse.Namespace) -> LabelledImages:
    """Load the images that the data options select, and describe them on standard error."""
    data = load_data(arguments.data)
    if arguments.n_rows is not None:
        data = data.sample(arguments.n_rows, arguments.random_state)
    # Standard output is the answer alone.
    tell(f"{printable(arguments.data)}: {data}")
    return data


def check_data(source: str) -> None:
    """Refuse a file that does not exist, before anything that takes long."""
    if source not in _LOADERS and not Path(source).exists():
        raise FileNotFoundError(f"no such file: {source} (--data takes {_WORDS}, {_FILES})")


def load_data(source: str) -> LabelledImages:
    """Load the images of a word, a file or a folder."""
    check_data(source)
    if source in _LOADERS:
        return _LOADERS[source]()
    path = Path(source)
    if path.is_dir():
        return read_folder(path)
    return read_csv(path) if path.suffix.lower() in (".csv", ".txt") else read_npz(path)


def _load_digits() -> LabelledImages:
    from sklearn.datasets import load_digits

    digits = load_digits()
    return LabelledImages(digits.images, digits.target)


def _fetch_mnist() -> LabelledImages:
    from skdigits.datasets import UnfetchedError, fetch_mnist

    try:
        images, labels = fetch_mnist(subset="all", return_X_y=True)
    except UnfetchedError as error:
        raise OSError(f"{error.without_parameter}.") from error
    return LabelledImages(images, labels, n_train=60_000)


_LOADERS = {"digits": _load_digits, "mnist": _fetch_mnist}
SHAPES: dict[str, tuple[int, ...]] = {"digits": (8, 8), "mnist": (28, 28)}
_WORDS = ", ".join(_LOADERS)
_FILES = "FILE.npz, FILE.csv or a FOLDER of labelled pictures"
