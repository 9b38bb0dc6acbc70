"""The texts of lines: digits, and the marks between and beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skdigits.handwriting._drawings import Random

Choice = TypeVar("Choice")

NO_DIGIT = "?"  # in the text: a letter or a scribble
# Marks that are written but are not part of the text, and their shares of the lines.
_SEPARATORS = {"": 0.54, ".": 0.28, ",": 0.07, "'": 0.04, " ": 0.07}
_ENDS = {"": 0.58, "-": 0.1, ".-": 0.08, ",-": 0.04, ".": 0.07, "=": 0.04, ".=": 0.03, "~": 0.06}
_BEGINNINGS = {"": 0.91, "$": 0.03, "=": 0.02, "-": 0.02, "#": 0.02}
_LENGTHS = {
    1: 0.06,
    2: 0.08,
    3: 0.14,
    4: 0.2,
    5: 0.21,
    6: 0.15,
    7: 0.07,
    8: 0.05,
    9: 0.02,
    10: 0.02,
}
_WITH_LETTERS, _OF_LETTERS = 0.05, 0.05  # shares of the lines
_WITH_CENTS = 0.05


def as_texts(texts: ArrayLike, name: str) -> NDArray[np.str_]:
    """Return texts of lines as an array; raise an error for numbers."""
    found = np.asarray(texts)
    if found.ndim != 1 or not all(isinstance(it, str) for it in found.tolist()):
        raise ValueError(
            f"{name} must be a sequence of strings, one per line, got {found.dtype} of shape "
            f"{found.shape}. Convert numbers to strings: '007' is not '7'."
        )
    if not len(found):
        raise ValueError(f"{name} must hold at least one line, got none.")
    return found.astype(np.str_)


def draw_text(digits: Sequence[str], random: Random) -> str:
    """Draw the characters of a line at random, including those that are not part of its text."""
    n_digits = choose(_LENGTHS, random)
    drawn = [digits[i] for i in random.randint(len(digits), size=n_digits)]
    if "0" in digits and random.uniform() < 0.3:
        n_noughts = random.randint(1, max(2, n_digits))
        drawn[n_digits - n_noughts :] = "0" * n_noughts
    kind = random.uniform()
    if kind < _WITH_LETTERS + _OF_LETTERS:
        share = 0.3 if kind < _WITH_LETTERS else 1
        drawn = [NO_DIGIT if random.uniform() < share else digit for digit in drawn]
    text = _grouped("".join(drawn), choose(_SEPARATORS, random))
    if random.uniform() < _WITH_CENTS:
        text += choose({".": 0.5, ",": 0.5}, random) + "".join(
            digits[i] for i in random.randint(len(digits), size=2)
        )
    return choose(_BEGINNINGS, random) + text + choose(_ENDS, random)


def _grouped(text: str, separator: str) -> str:
    """Separate groups of three digits, from the right."""
    first = len(text) % 3
    groups = [text[:first]] if first else []
    groups += [text[i : i + 3] for i in range(first, len(text), 3)]
    return separator.join(groups)


def choose(shares: dict[Choice, float], random: Random) -> Choice:
    draw = random.uniform(0, sum(shares.values()))
    for choice, share in shares.items():
        draw -= share
        if draw < 0:
            return choice
    return choice
