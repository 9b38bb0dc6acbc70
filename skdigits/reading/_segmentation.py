"""The best division of a line of ink into digits.

A line is cut into more parts than it has digits. Each run of neighbouring parts that may be one
digit is a candidate, which the classifier judges; the best chain of candidates is the reading.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits.preprocessing._ink import Box, Ink, box_of
from skdigits.reading._cuts import cut
from skdigits.reading._lines import Line, Piece

_MOST_PARTS = 5  # of one digit
_WIDEST, _TALLEST = 1.7, 2.2  # a digit, in heights of a digit
_WIDEST_GAP = 0.3  # between the parts of one digit, likewise
_NARROWEST_TO_CUT = 0.4  # a piece, likewise

# Logarithms of probability:
_COST_OF_CUT, _COST_OF_CUT_STROKE = 0.15, 0.08  # for a cut, and for each stroke that it passes,
_COST_OF_HEIGHT = 0.75  # for a digit that is e times as high as the others, or as low,
_COST_OF_GAP = 3.0  # for each height between two pieces of a digit,
_COST_OF_SPECK, _COST_OF_SMUDGE = 0.4, 4.0  # for ink left out: of no size, of a digit's height.


@dataclass(frozen=True)
class Part:
    """A piece or a part of it: its number in `PartedLine.numbers`, and its box."""

    number: int
    box: Box
    cut_cost: float  # how many strokes were cut on its left; 0 where none was


@dataclass(frozen=True)
class PartedLine:
    """Parts from left to right, the picture of their numbers, and the picture's place."""

    parts: list[Part]
    numbers: NDArray[np.int32]
    ink: Ink
    left: int
    top: int
    digit_height: float


@dataclass(frozen=True)
class Candidate:
    """The parts from `start` up to `stop` as one digit, and how plausible that is by its shape."""

    start: int
    stop: int
    box: Box
    plausibility: float  # a logarithm


class Chain(NamedTuple):
    """Indices of candidates from left to right, and the logarithm of how probable they are."""

    candidates: list[int]
    score: float


def part_line(line: Line, labels: NDArray[np.int32], ink: Ink, thickness: float) -> PartedLine:
    """Cut the wide pieces of a line into parts."""
    left = min(piece.left for piece in line.pieces)
    top = min(piece.top for piece in line.pieces)
    right = max(piece.right for piece in line.pieces)
    bottom = max(piece.bottom for piece in line.pieces)
    numbers = np.zeros((bottom - top, right - left), np.int32)
    found: list[tuple[int, Part]] = []
    n_parts = 0
    for piece in line.pieces:
        rows, columns = slice(piece.top, piece.bottom), slice(piece.left, piece.right)
        inked = labels[rows, columns] == piece.label
        cuts, costs = _cut(piece, inked, line.digit_height, thickness)
        place = numbers[
            piece.top - top : piece.bottom - top, piece.left - left : piece.right - left
        ]
        for number, cost in enumerate(costs, start=1):
            part = cuts == number
            if part.any():
                n_parts += 1
                place[part] = n_parts
                box = _moved(box_of(part), piece.left - left, piece.top - top)
                found.append((box[0] + box[2], Part(n_parts, box, cost)))
    parts = [part for _, part in sorted(found, key=lambda pair: pair[0])]
    return PartedLine(parts, numbers, ink[top:bottom, left:right], left, top, line.digit_height)


def _cut(
    piece: Piece, inked: NDArray[np.bool_], digit_height: float, thickness: float
) -> tuple[NDArray[np.int32], list[float]]:
    if piece.width < _NARROWEST_TO_CUT * digit_height or piece.height < 0.5 * digit_height:
        return inked.astype(np.int32), [0.0]
    return cut(inked, digit_height, thickness)


def candidates_of(line: PartedLine) -> list[Candidate]:
    """List the runs of parts that may be one digit."""
    found = []
    for start in range(len(line.parts)):
        box = line.parts[start].box
        for stop in range(start + 1, min(start + _MOST_PARTS, len(line.parts)) + 1):
            part = line.parts[stop - 1]
            gap = (part.box[0] - box[2]) / line.digit_height
            box = _union(box, part.box)
            width, height = box[2] - box[0], box[3] - box[1]
            if gap > _WIDEST_GAP or width > _WIDEST * line.digit_height:
                break
            if not 0.3 * line.digit_height <= height <= _TALLEST * line.digit_height:
                continue
            plausibility = _plausibility(line, line.parts[start:stop], box)
            found.append(Candidate(start, stop, box, plausibility))
    return found


def _moved(box: Box, right: int, down: int) -> Box:
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def _union(first: Box, second: Box) -> Box:
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )


def ink_of(line: PartedLine, candidate: Candidate) -> Ink:
    """Give the ink of a candidate, within its box."""
    left, top, right, bottom = candidate.box
    numbers = line.numbers[top:bottom, left:right]
    is_wanted = np.zeros(line.numbers.max() + 1, bool)
    parts = line.parts[candidate.start : candidate.stop]
    is_wanted[[part.number for part in parts]] = True
    return np.where(is_wanted[numbers], line.ink[top:bottom, left:right], 0).astype(np.float32)


def _plausibility(line: PartedLine, parts: Sequence[Part], box: Box) -> float:
    """Judge by shape alone: digits of a line are about as high, and of one piece each."""
    height = box[3] - box[1]
    score = 0.0
    if parts[0].cut_cost:
        score -= _COST_OF_CUT + _COST_OF_CUT_STROKE * parts[0].cut_cost
    score -= _COST_OF_HEIGHT * max(0.0, abs(log(height / line.digit_height)) - 0.25)
    for before, after in itertools.pairwise(parts):
        if not after.cut_cost:
            gap = (after.box[0] - before.box[2]) / line.digit_height
            score -= _COST_OF_GAP * max(0.0, gap)
    return score


def is_whole(line: PartedLine, candidate: Candidate) -> bool:
    """Tell whether a candidate begins and ends where no piece was cut."""
    follows = line.parts[candidate.stop :]
    return not line.parts[candidate.start].cut_cost and not (follows and follows[0].cut_cost)


def is_one_piece(line: PartedLine, candidate: Candidate) -> bool:
    """Tell whether a candidate is a piece of ink, whole and alone."""
    inner = line.parts[candidate.start + 1 : candidate.stop]
    return is_whole(line, candidate) and all(part.cut_cost for part in inner)


def skip_cost(line: PartedLine, part: Part) -> float:
    """Tell how costly it is to take a part for a smudge: little for specks, much for strokes."""
    height = (part.box[3] - part.box[1]) / line.digit_height
    extent = max(height, (part.box[2] - part.box[0]) / line.digit_height)
    return _COST_OF_SPECK + _COST_OF_SMUDGE * extent**2


def best_chain(
    n_parts: int,
    candidates: Sequence[Candidate],
    scores: NDArray[np.float64],
    skip_costs: Sequence[float],
    n_digits: int | None = None,
) -> Chain:
    """Choose the candidates that cover the parts best, exactly `n_digits` of them if given.

    The chain has the number of digits nearest to `n_digits` if none has just that many.
    """
    by_stop: list[list[int]] = [[] for _ in range(n_parts + 1)]
    for i, candidate in enumerate(candidates):
        by_stop[candidate.stop].append(i)
    # best[stop][count] is the best score so far and the step that led to it.
    best: list[dict[int, tuple[float, int, int]]] = [{0: (0.0, -1, 0)}]
    for stop in range(1, n_parts + 1):
        reached: dict[int, tuple[float, int, int]] = {}
        for count, (score, _, _) in best[stop - 1].items():
            _keep_better(reached, count, (score - skip_costs[stop - 1], -1, count))
        for i in by_stop[stop]:
            for count, (score, _, _) in best[candidates[i].start].items():
                next_count = count + 1 if n_digits is not None else 0
                if n_digits is None or next_count <= n_digits:
                    _keep_better(reached, next_count, (score + scores[i], i, count))
        best.append(reached)
    last = best[n_parts]
    count = min(last, key=lambda count: abs(count - (n_digits or 0)))
    score = last[count][0]
    chain = []
    stop = n_parts
    while stop > 0:
        _, i, before = best[stop][count]
        if i >= 0:
            chain.append(i)
        stop = candidates[i].start if i >= 0 else stop - 1
        count = before
    return Chain(chain[::-1], score)


def _keep_better(
    reached: dict[int, tuple[float, int, int]], count: int, step: tuple[float, int, int]
) -> None:
    if count not in reached or step[0] > reached[count][0]:
        reached[count] = step
