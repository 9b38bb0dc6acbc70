"""Images to logits on JAX."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import Weights, in_precision
from skdigits.programs._contract import PIXELS_PER_CALL, as_floats
from skdigits.programs._jax._layers import exchanged_layers
from skdigits.programs._jax._rounding import input_of, rounds
from skdigits.programs._keras_network import AnyNetwork, build_network, check_weight_shapes

Placed = list[jax.Array]

# Numbers of rows in a block.
_SIZES = (512, 64, 8, 1)


class ForwardProgram:
    """Images to logits, compiled for few numbers of rows."""

    def __init__(self, network: AnyNetwork) -> None:
        self.n_compilations = 0
        self._image_shape = network.image_shape
        self._n_pixels = int(np.prod(network.image_shape))
        self._dtype = network.weight_dtype
        # Each number of rows is compiled: few numbers make few compilations.
        n_rows_at_most = max(1, PIXELS_PER_CALL // self._n_pixels)
        self._sizes = [n_rows_at_most, *(n for n in _SIZES if n < n_rows_at_most)]
        self._placed: tuple[Weights, Placed] = ((), [])
        self._tracing = threading.Lock()
        with in_precision(self._dtype):
            self._model = build_network(network)
            self._logits = jax.jit(self._compute)
            self._rounds = self._dtype == "float64" and self._is_lowered_with_rounding()

    def _is_lowered_with_rounding(self) -> bool:
        weights = [jax.ShapeDtypeStruct(v.shape, v.dtype) for v in self._model.weights]
        rows = input_of(self._model, (2, self._n_pixels), self._dtype)
        lowered = jax.jit(self._compute).lower(weights, rows)
        self.n_compilations = 0
        return rounds(lowered)

    def __call__(self, weights: Weights, rows: NDArray[Any]) -> NDArray[Any]:
        if self._rounds:
            warnings.warn(
                "Keras computes some layers of this network in float32 on JAX, also with "
                "dtype='float64': these predictions are rounded to it. TensorFlow computes them in "
                "float64.",
                stacklevel=2,
            )
        n_rows_at_most = self._sizes[0]
        starts = range(0, len(rows), n_rows_at_most)
        parts = [rows[start : start + n_rows_at_most] for start in starts]
        with in_precision(self._dtype):
            placed = self._place(weights)
            return np.concatenate([self._call(placed, part) for part in parts])

    def _call(self, weights: Placed, rows: NDArray[Any]) -> NDArray[Any]:
        """Compute blocks of rows, of which the last is filled up."""
        n_rows = next(size for size in self._sizes if size <= len(rows))
        n_blocks = -(-len(rows) // n_rows)
        padded = np.zeros((n_blocks, n_rows, self._n_pixels), self._dtype)
        padded.reshape(-1, self._n_pixels)[: len(rows)] = as_floats(rows, self._dtype)
        logits = [self._logits(weights, block) for block in padded]
        return np.concatenate(logits)[: len(rows)]

    def _compute(self, weights: Placed, rows: jax.Array) -> jax.Array:
        images = rows.reshape(-1, *self._image_shape)
        mapping = list(zip(self._model.weights, weights, strict=True))
        scope = keras.StatelessScope(state_mapping=mapping)
        with self._tracing, scope, exchanged_layers(self._model, trains=False):
            self.n_compilations += 1
            logits: jax.Array = self._model(images, training=False).astype(self._dtype)
        return logits

    def _place(self, weights: Weights) -> Placed:
        """Convert weights to arrays of JAX, only once for read-only arrays."""
        known, placed = self._placed
        if len(known) == len(weights) and all(map(_same_and_frozen, known, weights)):
            return placed
        check_weight_shapes(self._model, weights)
        placed = [
            jnp.array(weight, variable.dtype)
            for weight, variable in zip(weights, self._model.weights, strict=True)
        ]
        self._placed = (weights, placed)
        return placed


def _same_and_frozen(known: NDArray[Any], weight: NDArray[Any]) -> bool:
    return known is weight and not weight.flags.writeable
