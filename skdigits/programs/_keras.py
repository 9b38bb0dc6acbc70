"""Prediction on any Keras backend, for backends without programs of their own."""

from __future__ import annotations

import threading
import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import Weights
from skdigits.programs._contract import PIXELS_PER_CALL
from skdigits.programs._keras_network import AnyNetwork, build_network, check_weight_shapes


class ForwardProgram:
    """Images to logits, layer by layer and one caller at a time."""

    n_compilations = 0

    def __init__(self, network: AnyNetwork) -> None:
        self._model = build_network(network)
        self._image_shape = network.image_shape
        self._dtype = network.weight_dtype
        self._n_rows_per_call = max(1, PIXELS_PER_CALL // int(np.prod(network.image_shape)))
        self._lock = threading.Lock()
        if self._dtype == "float64" and keras.config.backend() == "torch":
            warnings.warn(
                "Keras multiplies matrices in float32 on PyTorch, also those of dtype='float64': "
                "these predictions are rounded to it. TensorFlow and JAX compute in float64.",
                stacklevel=2,
            )

    def __call__(self, weights: Weights, rows: NDArray[Any]) -> NDArray[Any]:
        check_weight_shapes(self._model, weights)
        images = rows.reshape(-1, *self._image_shape)
        starts = range(0, len(images), self._n_rows_per_call)
        with self._lock, _precision(self._dtype):
            mapping = [
                # A copy: PyTorch warns of arrays that are read-only.
                (variable, keras.ops.convert_to_tensor(np.array(weight), variable.dtype))
                for variable, weight in zip(self._model.weights, weights, strict=True)
            ]
            with keras.StatelessScope(state_mapping=mapping):
                logits = [
                    self._compute(images[start : start + self._n_rows_per_call]) for start in starts
                ]
        return np.concatenate(logits)

    def _compute(self, images: NDArray[Any]) -> NDArray[Any]:
        # JAX compiles anew for each number of images: few numbers make few compilations.
        n_images = min(1 << (len(images) - 1).bit_length(), self._n_rows_per_call)
        padded = np.zeros((n_images, *self._image_shape), self._dtype)
        padded[: len(images)] = images
        logits = self._model(keras.ops.convert_to_tensor(padded, self._dtype), training=False)
        # In mixed precision the logits are float32 already.
        array: NDArray[Any] = keras.ops.convert_to_numpy(keras.ops.cast(logits, self._dtype))
        return array[: len(images)]


def _precision(dtype: str) -> AbstractContextManager[Any]:
    """Let JAX compute in float64, which it replaces with float32 by default."""
    if dtype == "float64" and keras.config.backend() == "jax":
        try:
            from jax import enable_x64
        except ImportError:
            from jax.experimental import enable_x64

        context: AbstractContextManager[Any] = enable_x64(True)
        return context
    return nullcontext()
