"""NumPy arrays as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

# TensorFlow's kernels abort the process on memory that begins elsewhere.
_ALIGNMENT = 64


def copy_to_tensor(array: NDArray[Any], dtype: tf.DType, n_rows: int | None = None) -> tf.Tensor:
    """Copy an array to a tensor, with rows of zeros up to `n_rows`.

    On a CPU it is copied once; `tf.convert_to_tensor` does so twice.
    """
    n_rows = len(array) if n_rows is None else n_rows
    if not array.size or tf.config.list_logical_devices("GPU"):
        padding = [[0, n_rows - len(array)], *([[0, 0]] * (array.ndim - 1))]
        return tf.pad(tf.convert_to_tensor(array, dtype), padding)
    aligned = _empty_aligned((n_rows, *array.shape[1:]), np.dtype(dtype.as_numpy_dtype))
    aligned[: len(array)] = array
    aligned[len(array) :] = 0
    return tf.experimental.dlpack.from_dlpack(aligned.__dlpack__())


def _empty_aligned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    n_bytes = int(np.prod(shape)) * dtype.itemsize
    memory = np.empty(n_bytes + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + n_bytes].view(dtype).reshape(shape)
