"""Connected pieces of ink."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from skdigits.ink.box import Box


def label_pieces(inked: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Return a picture of 0 with the pieces numbered 1, 2, ..., and the number of pieces."""
    # Pixels that touch at a corner are connected, too.
    labels, n_pieces = ndimage.label(inked, structure=np.ones((3, 3)))
    return labels, int(n_pieces)


def boxes_of(labels: NDArray[Any]) -> list[Box]:
    """Return the boxes around the pieces that are labelled 1, 2, ..."""
    return [
        Box(columns.start, rows.start, columns.stop, rows.stop)
        for rows, columns in ndimage.find_objects(labels)
    ]
