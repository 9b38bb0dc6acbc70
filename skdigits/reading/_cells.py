"""The digits read in the cells of a grid."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits._table import format_html
from skdigits.ink.box import Box
from skdigits.reading._plotted import Plotted
from skdigits.reading._reading import ReadDigit

BLANK = ""
_SHOWN_BLANK = "."


@dataclass(frozen=True, eq=False)
class Cells(Plotted):
    """The digits in the cells of a grid: a table, a Sudoku or an answer sheet.

    Parameters
    ----------
    labels : ndarray of shape (n_rows, n_columns)
        The digit in each cell, as a string: "?" if the classifier is unsure, "" if the cell is
        blank.
    best : ndarray of shape (n_rows, n_columns)
        The likeliest digit, even if the label is "?"; "" in a blank cell.
    probabilities : ndarray of shape (n_rows, n_columns)
        Probability of the likeliest digit, in [0, 1]; 0 in a blank cell.
    boxes : ndarray of shape (n_rows, n_columns, 4)
        Upright boxes around the cells on the photo, in pixels of the file: left, top, right and
        bottom.
    photo : ndarray of shape (height, width)
        Grey levels of the photo, upright, possibly smaller than the file.
    scale : float, default=1.0
        Pixels of the file per pixel of `photo`.
    rotation : int, default=0
        Degrees by which the photo was turned clockwise, in addition to its EXIF orientation.

    See Also
    --------
    DigitReader.read_cells : Reads the cells.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.reading import Cells
    >>> labels = np.array([["4", ""], ["?", "7"]])
    >>> cells = Cells(
    ...     labels,
    ...     best=np.array([["4", ""], ["1", "7"]]),
    ...     probabilities=np.array([[0.99, 0.0], [0.4, 0.9]]),
    ...     boxes=np.zeros((2, 2, 4), int),
    ...     photo=np.full((50, 60), 255, np.uint8),
    ... )
    >>> cells.shape
    (2, 2)
    >>> print(cells.text)
    4 .
    ? 7
    """

    labels: NDArray[np.str_]
    best: NDArray[np.str_]
    probabilities: NDArray[np.float64]
    boxes: NDArray[np.int64]
    photo: NDArray[np.uint8] = field(repr=False)
    scale: float = 1.0
    rotation: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and number of columns."""
        n_rows, n_columns = self.labels.shape
        return n_rows, n_columns

    @property
    def text(self) -> str:
        """One line per row, with a point for each blank cell."""
        return "\n".join(" ".join(label or _SHOWN_BLANK for label in row) for row in self.labels)

    @property
    def digits(self) -> list[ReadDigit]:
        """The digits in cells that are not blank, row by row; `line` is the index of the row."""
        return [
            ReadDigit(
                str(self.labels[place]),
                float(self.probabilities[place]),
                Box(*self.boxes[place].tolist()),
                line=place[0],
                best=str(self.best[place]),
            )
            for place in np.ndindex(self.shape)
            if self.labels[place] != BLANK
        ]

    def to_dict(self) -> dict[str, Any]:
        """Convert the cells to a dictionary for JSON.

        Returns
        -------
        cells : dict
            "rotation", and "labels", "best", "probabilities" and "boxes" (left, top, right,
            bottom) as lists of rows, with one value per cell.
        """
        return {
            "rotation": self.rotation,
            "labels": self.labels.tolist(),
            "best": self.best.tolist(),
            "probabilities": np.round(self.probabilities, 4).tolist(),
            "boxes": self.boxes.tolist(),
        }

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        """Show the labels as a table in a notebook."""
        n_columns = self.shape[1]
        header = ["", *map(str, range(n_columns))]
        rows = [[str(i), *map(str, row)] for i, row in enumerate(self.labels)]
        return format_html([header, *rows])
