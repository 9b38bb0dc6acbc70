"""Pieces of ink, grouped into lines in reading order."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skdigits.ink.box import Box, box_around
from skdigits.ink.pieces import boxes_of, label_pieces
from skdigits.ink.strokes import Ink, Mask

_MOST_PIECES = 2_000  # of the size of digits, on a page
_SMALLEST_PIECE = 6  # pixels of ink
_APART = 0.75  # least distance of two lines, in heights of a digit
_N_NEAR = 3  # neighbouring pieces that determine the course of a line
# Relative to typical strokes: blots are thicker, edges of the paper and remains of lines thinner.
_THINNEST, _THICKEST = 0.4, 1.8
_LARGEST_BLOB = 1.3  # heights of a digit
# A piece that lies along the edge of the photo for this share of its length is not a digit.
_LYING_AT_EDGE = 0.4
# A small piece that belongs to a line, such as the bar of a 5, in heights of a digit: its width,
# and its distance from the ends of the line, where a box may hold a low or broken digit.
_WIDEST_SMALL_PIECE, _BESIDE_LINE = 1.3, 2.5


@dataclass(frozen=True)
class Piece:
    """Connected ink: its label, its box, its number of pixels and of edges between pixels."""

    label: int
    box: Box
    area: int
    n_edges: int

    @property
    def thickness(self) -> float:
        """Thickness of its strokes, up to a factor that is the same for all pieces."""
        return self.area / max(1, self.n_edges)

    @property
    def middle(self) -> tuple[float, float]:
        """Column and row of the middle of the box."""
        return (self.box.left + self.box.right) / 2, (self.box.top + self.box.bottom) / 2


@dataclass
class Line:
    """Pieces from left to right, and the height of a digit."""

    pieces: list[Piece] = field(default_factory=list)
    digit_height: float = 0.0

    @property
    def top(self) -> float:
        return float(np.median([piece.box.top for piece in self.pieces]))

    def last_row(self) -> float:
        """Compute the middle row at the right end of the line."""
        near = self.pieces[-_N_NEAR:]
        return sum(piece.middle[1] for piece in near) / len(near)


def pieces_of(ink: Ink, edge: Mask) -> tuple[list[Piece], NDArray[np.int32]]:
    """Find the pieces that may be parts of digits, and an image of the labels of all pieces.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        The ink.
    edge : ndarray of shape (height, width)
        Mask of the two outermost pixels of the photo on each side.
    """
    labels, n_pieces = label_pieces(ink >= 0.5)
    areas = np.bincount(labels.ravel(), minlength=n_pieces + 1)
    n_edges = _n_edges(labels, n_pieces) + _n_edges(labels.T, n_pieces)
    pieces = [
        Piece(i, box, int(areas[i]), int(n_edges[i]))
        for i, box in enumerate(boxes_of(labels), start=1)
        if areas[i] >= _SMALLEST_PIECE
    ]
    if not pieces:
        return [], labels
    # The edge is two pixels wide.
    at_edge = np.bincount(labels[edge], minlength=n_pieces + 1) / 2
    inner = [
        piece
        for piece in pieces
        if at_edge[piece.label] < _LYING_AT_EDGE * max(piece.box.width, piece.box.height)
    ]
    pieces = inner or pieces
    typical, height = np.quantile(
        [(piece.thickness, piece.box.height) for piece in pieces],
        0.5,
        axis=0,
        weights=[piece.n_edges for piece in pieces],
        method="inverted_cdf",
    )
    return [
        piece
        for piece in pieces
        if _THINNEST * typical <= piece.thickness
        # An 8 whose loops are filled is thick, but not larger than the others.
        and (
            piece.thickness <= _THICKEST * typical
            or max(piece.box.width, piece.box.height) <= _LARGEST_BLOB * height
        )
    ], labels


def _n_edges(labels: NDArray[np.int32], n_pieces: int) -> NDArray[np.int64]:
    """Count the beginnings and ends of each piece along the rows."""
    left, right = labels[:, :-1], labels[:, 1:]
    changes = left != right
    return np.bincount(left[changes], minlength=n_pieces + 1) + np.bincount(
        right[changes], minlength=n_pieces + 1
    )


def lines_of(pieces: list[Piece]) -> list[Line]:
    """Group pieces into lines, from the top down: large ones form lines, which small ones join.

    Raises
    ------
    ValueError
        If there are more than 2,000 pieces of the size of digits.
    """
    if not pieces:
        return []
    height = _digit_height(pieces)
    large = [piece for piece in pieces if 0.5 * height <= piece.box.height <= 2.5 * height]
    if len(large) > _MOST_PIECES:
        raise ValueError(
            f"the photo must have at most {_MOST_PIECES:,} pieces of ink of the size of digits, "
            f"got {len(large):,}: cut out the part with the digits."
        )
    lines: list[Line] = []
    for piece in sorted(large, key=lambda piece: piece.box.left):
        near = [(abs(line.last_row() - piece.middle[1]), i) for i, line in enumerate(lines)]
        distance, i = min(near, default=(np.inf, -1))
        if distance > _APART * height:
            lines.append(Line([piece]))
        else:
            lines[i].pieces.append(piece)
    for line in lines:
        line.digit_height = float(np.median([piece.box.height for piece in line.pieces]))
    _join_small(lines, [piece for piece in pieces if piece.box.height < 0.5 * height])
    for line in lines:
        line.pieces.sort(key=lambda piece: piece.middle[0])
    return sorted(lines, key=lambda line: line.top)


def _digit_height(pieces: list[Piece]) -> float:
    """Compute the height that half of the ink exceeds, without horizontal strokes."""
    upright = [piece for piece in pieces if piece.box.width < 6 * piece.box.height] or pieces
    heights, areas = zip(*((piece.box.height, piece.area) for piece in upright), strict=True)
    return float(np.quantile(heights, 0.5, weights=areas, method="inverted_cdf"))


def _join_small(lines: list[Line], small: list[Piece]) -> None:
    """Add small pieces, such as the bar of a 5, to the line in which they lie."""
    tracks = [_Track(line) for line in lines]
    for piece in small:
        for track in tracks:
            if track.passes(piece):
                track.line.pieces.append(piece)
                break


class _Track:
    """The course of a line, by its large pieces."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.box = box_around(piece.box for piece in line.pieces)
        middles = np.array(sorted(piece.middle for piece in line.pieces))
        self.columns, self.rows = middles.T

    def passes(self, piece: Piece) -> bool:
        """Check whether a small piece lies in the line."""
        height = self.line.digit_height
        column, row = piece.middle
        if piece.box.width > _WIDEST_SMALL_PIECE * height:
            return False
        beside = _BESIDE_LINE * height
        if not self.box.left - beside <= column <= self.box.right + beside:
            return False
        first = int(np.searchsorted(self.columns, column)) - _N_NEAR // 2
        first = max(0, min(first, len(self.rows) - _N_NEAR))
        near = self.rows[first : first + _N_NEAR]
        return bool(abs(row - near.mean()) < 0.7 * height)
