"""Predictions for which the memory is too small."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import Weights
from skdigits.programs._contract import ForwardProgram

# What backends say, each by errors of its own: TensorFlow and JAX, PyTorch on GPU, on CPU.
_WORDS = ("RESOURCE_EXHAUSTED", "ResourceExhausted", "out of memory", "allocate memory")


def predict_in_parts(program: ForwardProgram, weights: Weights, rows: NDArray[Any]) -> NDArray[Any]:
    """Compute logits of all rows at once; if memory runs out, of half as many rows at a time."""
    parts: list[NDArray[Any]] = []
    start, n_rows = 0, len(rows)
    while start < len(rows):
        part = rows[start : start + n_rows]
        try:
            parts.append(program(weights, part))
        except Exception as error:
            if not _is_exhausted(error):
                raise
            if len(part) == 1:
                raise MemoryError("The memory is too small to predict a single image.") from error
            n_rows = len(part) // 2
        else:
            start += len(part)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _is_exhausted(error: Exception) -> bool:
    said = f"{type(error).__name__}: {error}"
    return isinstance(error, MemoryError) or any(words in said for words in _WORDS)
