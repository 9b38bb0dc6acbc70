"""NumPy arrays as tensors, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

# Half of the free memory of a device is left to what training computes.
_SHARE_OF_ROWS = 0.5


def to_tensor(array: NDArray[Any], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Copy an array, also one that is read-only, which PyTorch warns of."""
    if array.dtype == np.uint32:  # PyTorch computes with signed numbers only.
        array = array.astype(np.int64)
    # PyTorch refuses negative strides.
    return torch.tensor(np.asarray(array, order="C"), dtype=dtype, device=device)


def to_array(tensor: torch.Tensor) -> NDArray[Any]:
    """Copy a tensor."""
    return np.array(tensor.detach().cpu().numpy())


def place_rows(rows: NDArray[Any], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Copy training rows to the device if they fit, else to memory that it reads quickly."""
    free = free_bytes(device)
    if free is None or rows.size * dtype.itemsize <= _SHARE_OF_ROWS * free:
        return to_tensor(rows, dtype, device)
    placed = to_tensor(rows, dtype, torch.device("cpu"))
    return placed.pin_memory() if device.type == "cuda" else placed


def free_bytes(device: torch.device) -> int | None:
    """Count the free bytes of a device that has a memory of its own."""
    if device.type != "cuda":
        return None
    free: int = torch.cuda.mem_get_info(device)[0]
    return free
