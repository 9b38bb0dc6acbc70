"""Converters of command-line arguments."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from skdigits._extras import require_extras
from skdigits._printable import printable

# By option: the extra that installs what it needs.
_EXTRAS = {"output": "files", "handwriting": "images", "plot": "plot"}


def require_packages(arguments: argparse.Namespace, command: str, *extras: str) -> None:
    """Raise an error before the work if the command or an option needs a missing package."""
    chosen = [extra for option, extra in _EXTRAS.items() if getattr(arguments, option, None)]
    require_extras(f"skdigits {command}", *extras, *chosen)


def between(low: int, high: int | None = None) -> Callable[[str], int]:
    """Make a converter for argparse that refuses smaller and larger numbers."""

    def integer(text: str) -> int:
        number = int(text)
        if number < low:
            raise argparse.ArgumentTypeError(f"must be at least {low}, got {number}")
        if high is not None and number > high:
            raise argparse.ArgumentTypeError(f"must be at most {high}, got {number}")
        return number

    return integer


def fraction(text: str) -> float:
    """Convert for argparse: a number from 0 to 1."""
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"must be at least 0 and at most 1, got {text}")
    return number


def n_jobs(text: str) -> int:
    """Convert for argparse: a number of processes as joblib takes it."""
    number = int(text)
    if number == 0:
        raise argparse.ArgumentTypeError("must be at least 1, or -1 for one per processor, got 0")
    return number


def add_jobs_option(command: argparse.ArgumentParser, what: str) -> None:
    """Add `--n-jobs N`; `what` names the tasks."""
    text = f"{what} that run at the same time, -1 for one per processor (default: 1)"
    command.add_argument("--n-jobs", type=n_jobs, metavar="N", help=text)


def existing_file(name: str | Path) -> Path:
    """Check that a file to be read exists."""
    path = Path(name)
    if path.is_dir():
        raise IsADirectoryError(f"expected a file, got the folder {printable(name)}")
    if not path.exists():
        raise FileNotFoundError(f"no such file: {printable(name)}")
    return path


def add_count_option(
    command: argparse._ActionsContainer,
    name: str,
    what: str,
    *,
    low: int = 1,
    high: int | None = None,
    default: int | None = None,
    metavar: str = "N",
) -> None:
    """Add an option that takes a whole number; `what` describes it."""
    command.add_argument(name, type=between(low, high), default=default, metavar=metavar, help=what)


def scorer_name(text: str) -> str:
    """Convert for argparse: the name of a scorer; the error suggests the closest name."""
    from sklearn.metrics import get_scorer_names

    names = get_scorer_names()
    if text in names:
        return text
    nearest = get_close_matches(text, names, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"names are {', '.join(names)}"
    raise argparse.ArgumentTypeError(f"no scikit-learn scorer is called {text!r}: {hint}")
