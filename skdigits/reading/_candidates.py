"""Candidates for digits: runs of neighbouring parts of a line, each of which may be a digit.

A line is cut into more parts than it has digits. Each candidate is classified; the best chain of
candidates is the reading.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from skdigits.ink.box import Box, box_around, box_of
from skdigits.ink.strokes import Ink
from skdigits.reading._cuts import cut
from skdigits.reading._lines import Line, Piece

_MOST_PARTS = 5  # per digit
_WIDEST, _TALLEST = 1.7, 2.2  # of a digit, in heights of a digit
_WIDEST_GAP = 0.3  # between the parts of a digit, likewise
_NARROWEST_TO_CUT = 0.4  # of a piece, likewise

# Costs, as logarithms of probability:
_COST_OF_CUT, _COST_OF_CUT_STROKE = 0.15, 0.08  # of a cut, and of each stroke that it crosses,
_COST_OF_HEIGHT = 0.75  # of a digit that is e times as high as the others, or as low,
_COST_OF_GAP = 3.0  # per height of a digit between two pieces of one,
_COST_OF_SPECK, _COST_OF_SMUDGE = 0.4, 4.0  # of ink left out: of no size, of a digit's height.


@dataclass(frozen=True)
class Part:
    """A piece or a part of it: its number in `PartedLine.numbers`, and its box."""

    number: int
    box: Box
    cut_cost: float  # strokes crossed by the cut on its left; 0 without a cut


@dataclass(frozen=True)
class PartedLine:
    """Parts from left to right, an image of their numbers, and the box of that image.

    The boxes of parts and candidates are relative to the image.
    """

    parts: list[Part]
    numbers: NDArray[np.int32]
    ink: Ink
    box: Box
    digit_height: float


@dataclass(frozen=True)
class Candidate:
    """The parts from `start` up to `stop` as one digit, and the plausibility of its shape."""

    start: int
    stop: int
    box: Box
    plausibility: float  # a logarithm


def part_line(line: Line, labels: NDArray[np.int32], ink: Ink, thickness: float) -> PartedLine:
    """Cut the wide pieces of a line into parts."""
    line_box = box_around(piece.box for piece in line.pieces)
    numbers = np.zeros((line_box.height, line_box.width), np.int32)
    parts: list[Part] = []
    for piece in line.pieces:
        inked = labels[piece.box.slices] == piece.label
        cuts, costs = _cut(piece, inked, line.digit_height, thickness)
        place = piece.box.moved(-line_box.left, -line_box.top)
        for number, cost in enumerate(costs, start=1):
            part = cuts == number
            if part.any():
                box = box_of(part).moved(place.left, place.top)
                parts.append(Part(len(parts) + 1, box, cost))
                numbers[place.slices][part] = len(parts)
    parts.sort(key=lambda part: part.box.left + part.box.right)
    return PartedLine(parts, numbers, ink[line_box.slices], line_box, line.digit_height)


def _cut(
    piece: Piece, inked: NDArray[np.bool_], digit_height: float, thickness: float
) -> tuple[NDArray[np.int32], list[float]]:
    box = piece.box
    if box.width < _NARROWEST_TO_CUT * digit_height or box.height < 0.5 * digit_height:
        return inked.astype(np.int32), [0.0]
    return cut(inked, digit_height, thickness)


def candidates_of(line: PartedLine) -> list[Candidate]:
    """Find the runs of parts that may be a digit."""
    found = []
    for start in range(len(line.parts)):
        box = line.parts[start].box
        for stop in range(start + 1, min(start + _MOST_PARTS, len(line.parts)) + 1):
            part = line.parts[stop - 1]
            gap = (part.box.left - box.right) / line.digit_height
            box = box_around([box, part.box])
            if gap > _WIDEST_GAP or box.width > _WIDEST * line.digit_height:
                break
            if 0.3 * line.digit_height <= box.height <= _TALLEST * line.digit_height:
                plausibility = _plausibility(line, line.parts[start:stop], box)
                found.append(Candidate(start, stop, box, plausibility))
    return found


def ink_of(line: PartedLine, candidate: Candidate) -> Ink:
    """Return the ink of a candidate, within its box."""
    place = candidate.box.slices
    is_wanted = np.zeros(line.numbers.max() + 1, bool)
    parts = line.parts[candidate.start : candidate.stop]
    is_wanted[[part.number for part in parts]] = True
    return np.where(is_wanted[line.numbers[place]], line.ink[place], 0).astype(np.float32)


def _plausibility(line: PartedLine, parts: Sequence[Part], box: Box) -> float:
    """Score the shape of a candidate: digits of a line are similar in height, and uncut."""
    score = 0.0
    if parts[0].cut_cost:
        score -= _COST_OF_CUT + _COST_OF_CUT_STROKE * parts[0].cut_cost
    score -= _COST_OF_HEIGHT * max(0.0, abs(log(box.height / line.digit_height)) - 0.25)
    for before, after in itertools.pairwise(parts):
        if not after.cut_cost:
            gap = (after.box.left - before.box.right) / line.digit_height
            score -= _COST_OF_GAP * max(0.0, gap)
    return score


def is_uncut(line: PartedLine, candidate: Candidate) -> bool:
    """Check whether a candidate neither begins nor ends at a cut."""
    follows = line.parts[candidate.stop :]
    return not line.parts[candidate.start].cut_cost and not (follows and follows[0].cut_cost)


def is_one_piece(line: PartedLine, candidate: Candidate) -> bool:
    """Check whether a candidate is exactly one piece of ink."""
    inner = line.parts[candidate.start + 1 : candidate.stop]
    return is_uncut(line, candidate) and all(part.cut_cost for part in inner)


def skip_cost(line: PartedLine, part: Part) -> float:
    """Compute the cost of leaving out a part as a smudge: low for specks, high for strokes."""
    extent = max(part.box.height, part.box.width) / line.digit_height
    return _COST_OF_SPECK + _COST_OF_SMUDGE * extent**2
