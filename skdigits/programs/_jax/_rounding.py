"""Computations that are less precise than their arrays."""

from __future__ import annotations

import re
from typing import Any

import jax
import keras

# An operation that rounds float64 to fewer digits, as lowered programs write it.
_ROUNDING = re.compile(r"stablehlo\.convert .*xf64>\) -> tensor<[\dx]*x(?:bf16|f16|f32)>")


def rounds(lowered: Any) -> bool:
    """Whether a computation lowered by JAX rounds arrays of float64 to float32 or less.

    Some layers and optimizers of Keras do on all backends but TensorFlow.
    """
    return _ROUNDING.search(lowered.as_text()) is not None


def input_of(model: keras.Model, shape: tuple[int, ...], dtype: str) -> jax.ShapeDtypeStruct:
    """Describe images as the model takes them: it may itself say that it rounds them."""
    inputs = getattr(model, "inputs", None) or []
    return jax.ShapeDtypeStruct(shape, inputs[0].dtype if inputs else dtype)
