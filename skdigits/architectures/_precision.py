"""The precision in which Keras computes, whatever its backend is configured for."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any


def in_precision(dtype: str) -> AbstractContextManager[Any]:
    """Let this thread compute in float64 if the dtype is, and in float32 otherwise.

    JAX replaces float64 with float32 by default; the other backends take each array as it is.
    """
    import keras

    if keras.config.backend() != "jax":
        return nullcontext()
    try:
        from jax import enable_x64
    except ImportError:
        from jax.experimental import enable_x64

    context: AbstractContextManager[Any] = enable_x64(dtype == "float64")
    return context
