"""Rectangles on pictures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Box(NamedTuple):
    """A rectangle on a picture, in its pixels.

    Parameters
    ----------
    left : int
        First column.
    top : int
        First row.
    right : int
        Column after the last one.
    bottom : int
        Row after the last one.

    Examples
    --------
    >>> from skdigits.reading import Box
    >>> box = Box(left=10, top=20, right=30, bottom=60)
    >>> box
    Box(left=10, top=20, right=30, bottom=60)
    >>> box.width, box.height
    (20, 40)
    """

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.bottom - self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns: `picture[box.slices]` is the part of a picture inside the box."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def moved(self, right: int, down: int) -> Box:
        """Return a box that is moved by some pixels.

        Parameters
        ----------
        right : int
            Number of columns; negative to the left.
        down : int
            Number of rows; negative upwards.

        Returns
        -------
        box : Box
            A box of the same size.
        """
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)


def box_around(boxes: Iterable[Box]) -> Box:
    """Return the smallest box that contains all boxes."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return Box(min(left), min(top), max(right), max(bottom))


def box_of(inked: NDArray[np.bool_]) -> Box:
    """Return the box around the ink of a picture, which must not be blank."""
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1] + 1), int(rows[-1] + 1))
