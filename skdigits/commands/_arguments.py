"""Converters of command-line arguments."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from difflib import get_close_matches


def at_least(low: int) -> Callable[[str], int]:
    """Make a converter for argparse that refuses smaller numbers."""

    def integer(text: str) -> int:
        number = int(text)
        if number < low:
            raise argparse.ArgumentTypeError(f"must be at least {low}, got {number}")
        return number

    return integer


def add_count_option(
    command: argparse._ActionsContainer,
    name: str,
    what: str,
    *,
    low: int = 1,
    default: int | None = None,
    metavar: str = "N",
) -> None:
    """Add an option that takes a whole number; `what` says of what."""
    command.add_argument(name, type=at_least(low), default=default, metavar=metavar, help=what)


def scorer_name(text: str) -> str:
    """Convert for argparse: a name of a scorer, or the nearest one to the name in the error."""
    from sklearn.metrics import get_scorer_names

    names = get_scorer_names()
    if text in names:
        return text
    nearest = get_close_matches(text, names, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"names are {', '.join(names)}"
    raise argparse.ArgumentTypeError(f"no scorer of scikit-learn is called {text!r}: {hint}")
