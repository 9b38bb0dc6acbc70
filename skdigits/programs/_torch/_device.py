"""The device and the threads that PyTorch computes with."""

from __future__ import annotations

import torch
from keras.src.backend.torch.core import get_device


def find_device() -> torch.device:
    """Return the device that Keras computes on in this thread."""
    return torch.device(get_device())


def list_devices() -> list[str]:
    """List the device that Keras computes on, and the GPUs by their names."""
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return [str(find_device()), *gpus]


def count_threads() -> int:
    """Return the number of threads."""
    n_threads: int = torch.get_num_threads()
    return n_threads
