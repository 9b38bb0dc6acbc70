"""Lines that were read, and the reading of a photo that they form."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from skdigits.reading._reading import UNSURE, ReadDigit, Reading
from skdigits.reading._view import is_at_edge

_QUARTER = 90  # degrees
_DISPUTED = 0.5  # the most confident reading of ink that looks like another number of digits


class ReadLine(NamedTuple):
    """The digits of a line, and the probability that they are correct."""

    digits: list[ReadDigit]
    confidence: float


class UnreadLines(Protocol):
    """The lines of a photo or of a field, found but not yet read."""

    def text(self) -> Reading:
        """Read all lines."""
        ...

    def field(self, n_digits: int) -> Reading:
        """Read the most probable line of `n_digits` digits."""
        ...


class Upright(NamedTuple):
    """A photo turned upright: its grey levels, its scale and the number of quarter turns."""

    photo: NDArray[np.uint8]
    scale: float
    n_quarters: int


def reading_of(
    lines: list[ReadLine], upright: Upright, n_digits_seen: int | None = None
) -> Reading:
    """Combine lines into a reading: number them, and leave out those without digits."""
    lines = [line for line in lines if line.digits]
    digits = [digit._replace(line=i) for i, line in enumerate(lines) for digit in line.digits]
    return Reading(
        digits,
        upright.photo,
        upright.scale,
        rotation=upright.n_quarters * _QUARTER,
        n_digits_seen=n_digits_seen,
        line_confidences=[line.confidence for line in lines],
    )


def lines_of_digits(lines: list[ReadLine], upright: Upright) -> list[ReadLine]:
    """Leave out lines without a digit, such as print, and the edges of the paper."""
    lines = [line for line in lines if any(digit.label != UNSURE for digit in line.digits)]
    inside = [
        line
        for line in lines
        if not all(is_at_edge(digit.box, upright.photo, upright.scale) for digit in line.digits)
    ]
    # On a picture cut to its ink, everything is at the edge.
    return inside or lines


def field_of(line: ReadLine, upright: Upright, n_digits: int, n_seen: int) -> Reading:
    """Return the reading of a field, with `n_digits_seen` if that is another number."""
    if len(line.digits) != n_digits:
        line = line._replace(confidence=0.0)
    if n_seen == n_digits:
        return reading_of([line], upright)
    line = line._replace(confidence=min(line.confidence, _DISPUTED))
    return reading_of([line], upright, n_seen)


def difference(n_asked: int, reading: Reading) -> str:
    """Return a message if the ink looks like another number of digits than `n_asked`, else ""."""
    n_read, n_seen = len(reading.digits), reading.n_digits_seen
    if n_seen is None or not n_read:  # As asked for, or blank.
        return ""
    what = "some were left out" if n_read < n_seen else "some were made up"
    if n_read == n_seen:
        what = "there is no ink for more"
    return (
        f"{n_asked} digits were asked for and {n_read} were read, but the ink looks like {n_seen}: "
        f"{what}."
    )
