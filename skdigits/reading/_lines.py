"""Pieces of ink in lines, in reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from skdigits.preprocessing._ink import Ink, Mask

_SMALLEST_PIECE = 6  # pixels of ink
# Beside the other strokes: blots are thicker, the edge of the paper and remains of lines thinner.
_THINNEST, _THICKEST = 0.4, 1.8
_LARGEST_BLOB = 1.3  # heights of a digit
_LYING_AT_EDGE = (
    0.4  # of the length of a piece: what lies so far along the photo's edge is no digit
)
_WIDEST_SMALL_PIECE = 1.3  # such as the bar of a 5, in heights of a digit


@dataclass(frozen=True)
class Piece:
    """Connected ink: its label, its box in pixels, its number of pixels and of those at edges."""

    label: int
    left: int
    top: int
    right: int
    bottom: int
    area: int
    n_edges: int

    @property
    def thickness(self) -> float:
        """How thick its strokes are, but for a factor that is the same for all."""
        return self.area / max(1, self.n_edges)

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


def pieces_of(ink: Ink, edge: Mask) -> tuple[list[Piece], NDArray[np.int32]]:
    """List the pieces that may be parts of digits, and give the picture of their labels.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        The ink.
    edge : ndarray of shape (height, width)
        The two outermost pixels of the photo on each side.
    """
    labels, n_pieces = ndimage.label(ink >= 0.5, structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=n_pieces + 1)
    n_edges = _n_edges(labels, n_pieces) + _n_edges(labels.T, n_pieces)
    pieces = [
        Piece(i, box[1].start, box[0].start, box[1].stop, box[0].stop, int(areas[i]), n_edges[i])
        for i, box in enumerate(ndimage.find_objects(labels), start=1)
        if areas[i] >= _SMALLEST_PIECE
    ]
    if not pieces:
        return [], labels
    # The edge is two pixels wide.
    at_edge = np.bincount(labels[edge], minlength=n_pieces + 1) / 2
    inner = [
        piece
        for piece in pieces
        if at_edge[piece.label] < _LYING_AT_EDGE * max(piece.width, piece.height)
    ]
    pieces = inner or pieces
    typical = _weighted_median(
        [piece.thickness for piece in pieces], [piece.n_edges for piece in pieces]
    )
    height = _weighted_median(
        [piece.height for piece in pieces], [piece.n_edges for piece in pieces]
    )
    return [
        piece
        for piece in pieces
        if _THINNEST * typical <= piece.thickness
        # An 8 whose loops are filled is thick, but no larger than the others.
        and (
            piece.thickness <= _THICKEST * typical
            or max(piece.width, piece.height) <= _LARGEST_BLOB * height
        )
    ], labels


def _n_edges(labels: NDArray[np.int32], n_pieces: int) -> NDArray[np.int64]:
    """Count where each piece begins and ends along the rows."""
    left, right = labels[:, :-1], labels[:, 1:]
    changes = left != right
    return np.bincount(left[changes], minlength=n_pieces + 1) + np.bincount(
        right[changes], minlength=n_pieces + 1
    )


def _weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    """Give the value below which half of the weight lies."""
    order = np.argsort(values)
    covered = np.cumsum(np.asarray(weights, dtype=float)[order])
    return float(np.asarray(values)[order][np.searchsorted(covered, covered[-1] / 2)])


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
    return _weighted_median([piece.height for piece in upright], [piece.area for piece in upright])


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
            if piece.width > _WIDEST_SMALL_PIECE * height:
                continue
            middle = Line(members).row_at(column)
            if left - height <= column <= right + height and abs(row - middle) < 0.7 * height:
                line.pieces.append(piece)
                break
