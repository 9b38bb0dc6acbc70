"""The device that JAX computes on, and what it is granted."""

from __future__ import annotations

import os

import jax
import numpy as np
from numpy.typing import NDArray

# Of the free memory of a device, the most that training rows may take.
_MOST_OF_MEMORY = 0.5
_CACHE = "SKDIGITS_COMPILATION_CACHE"


def find_device() -> None:
    """Return no device: a program takes that of each call."""


def count_threads() -> None:
    """Return no number of threads, which JAX does not tell."""


def is_cpu() -> bool:
    """Whether computations run on processors."""
    return bool(jax.default_backend() == "cpu")


def holds(array: NDArray[np.generic]) -> bool:
    """Whether an array belongs into the memory of the device, and fits there.

    A processor reads it where it is. A device that does not say how much memory it has is taken to
    have enough.
    """
    if is_cpu():
        return False
    numbers = jax.local_devices()[0].memory_stats() or {}
    if "bytes_limit" not in numbers:
        return True
    free = numbers["bytes_limit"] - numbers.get("bytes_in_use", 0)
    return bool(array.nbytes <= _MOST_OF_MEMORY * free)


def _start() -> None:
    """Start JAX, unless it runs already, with the threads and the memory that are granted.

    The number of threads is limited to OMP_NUM_THREADS, which joblib sets in its workers. The
    memory of a GPU is taken as it is needed, unless the user has said how much: by default, JAX
    takes three quarters of it. JAX reads both only here, so the environment is left as it was.
    """
    settings = {}
    granted = os.environ.get("OMP_NUM_THREADS", "")
    if granted.isdigit() and int(granted):
        settings["NPROC"] = granted
    if not {"XLA_PYTHON_CLIENT_MEM_FRACTION", "XLA_CLIENT_MEM_FRACTION"} & {*os.environ}:
        settings["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    own = {name: value for name, value in settings.items() if name not in os.environ}
    os.environ.update(own)
    try:
        jax.local_devices()
    finally:
        for name in own:
            os.environ.pop(name, None)


def _keep_compiled() -> None:
    """Keep compiled programs in a directory, if one is set, for the processes that follow.

    What JAX has been told itself stands.
    """
    directory = os.environ.get(_CACHE)
    if directory and jax.config.jax_compilation_cache_dir is None:
        jax.config.update("jax_compilation_cache_dir", directory)
        # By default, JAX keeps only what took it a second.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


_keep_compiled()
_start()
