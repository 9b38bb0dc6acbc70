"""Pieces of ink in lines, in reading order."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Piece:
    """Connected ink: its label, its box in pixels, and its number of pixels."""

    label: int
    left: int
    top: int
    right: int
    bottom: int
    area: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        """Column and row of the middle of the box."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass
class Line:
    """Pieces from left to right, and the height of a digit."""

    pieces: list[Piece] = field(default_factory=list)
    digit_height: float = 0.0

    @property
    def top(self) -> float:
        return float(np.median([piece.top for piece in self.pieces]))

    def row_at(self, column: float) -> float:
        """Give the middle row of the line near a column."""
        near = sorted(self.pieces, key=lambda piece: abs(piece.middle[0] - column))[:3]
        return float(np.mean([piece.middle[1] for piece in near]))


def pieces_of(
    labels: NDArray[np.int32], boxes: list[tuple[slice, slice]], smallest: int
) -> list[Piece]:
    """List the pieces of at least so many pixels."""
    areas = np.bincount(labels.ravel(), minlength=len(boxes) + 1)
    return [
        Piece(i, columns.start, rows.start, columns.stop, rows.stop, int(areas[i]))
        for i, (rows, columns) in enumerate(boxes, start=1)
        if areas[i] >= smallest
    ]


def lines_of(pieces: list[Piece]) -> list[Line]:
    """Put pieces into lines, from the top down: large ones make the lines, small ones join them."""
    if not pieces:
        return []
    height = _digit_height(pieces)
    large = [piece for piece in pieces if 0.5 * height <= piece.height <= 2.5 * height]
    lines: list[Line] = []
    for piece in sorted(large, key=lambda piece: piece.left):
        near = [(abs(line.row_at(piece.left) - piece.middle[1]), i) for i, line in enumerate(lines)]
        distance, i = min(near, default=(np.inf, -1))
        if distance > 0.55 * height:
            lines.append(Line([piece]))
        else:
            lines[i].pieces.append(piece)
    for line in lines:
        line.digit_height = float(np.median([piece.height for piece in line.pieces]))
    _join_small(lines, [piece for piece in pieces if piece.height < 0.5 * height])
    for line in lines:
        line.pieces.sort(key=lambda piece: piece.middle[0])
    return sorted(lines, key=lambda line: line.top)


def _digit_height(pieces: list[Piece]) -> float:
    """Give the height that half of the ink exceeds, lying strokes left out."""
    upright = [piece for piece in pieces if piece.width < 6 * piece.height] or pieces
    heights = np.array([piece.height for piece in upright])
    areas = np.array([piece.area for piece in upright], dtype=float)
    order = np.argsort(heights)
    covered = np.cumsum(areas[order])
    return float(heights[order][np.searchsorted(covered, covered[-1] / 2)])


def _join_small(lines: list[Line], small: list[Piece]) -> None:
    """Add small pieces, such as the bar of a 5, to the line that they lie in."""
    spans = [
        (line, min(piece.left for piece in line.pieces), max(piece.right for piece in line.pieces))
        for line in lines
    ]
    large = [list(line.pieces) for line in lines]
    for piece in small:
        column, row = piece.middle
        for (line, left, right), members in zip(spans, large, strict=True):
            height = line.digit_height
            middle = Line(members).row_at(column)
            if left - height <= column <= right + height and abs(row - middle) < 0.7 * height:
                line.pieces.append(piece)
                break
