"""Floats that are whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import gen_batches


def is_whole(numbers: NDArray[Any]) -> bool:
    """Return whether all numbers are whole, checking batches of rows to save memory.

    Examples
    --------
    >>> import numpy as np
    >>> is_whole(np.array([5.0, 7.0])), is_whole(np.array([5.0, 7.5])), is_whole(np.array([np.inf]))
    (True, False, False)
    """
    if numbers.dtype.kind != "f":
        return True
    batches = (numbers[batch] for batch in gen_batches(len(numbers), 1024))
    return all((np.isfinite(batch) & (batch == np.rint(batch))).all() for batch in batches)
