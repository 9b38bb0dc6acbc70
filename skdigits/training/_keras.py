"""Prediction on any Keras backend, for those that have no programs of their own."""

from __future__ import annotations

import threading
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import ImageShape
from skdigits.training._network import Weights, check_weights

# Pixels computed at once: bounds the memory that feature maps take.
_PIXELS_PER_CALL = 1 << 20


class ForwardProgram:
    """Images to logits, layer by layer and one caller at a time."""

    n_compilations = 0

    def __init__(self, model: keras.Model, image_shape: ImageShape) -> None:
        self._model = model
        self._image_shape = image_shape
        self._n_rows_per_call = max(1, _PIXELS_PER_CALL // int(np.prod(image_shape)))
        self._lock = threading.Lock()

    def __call__(self, weights: Weights, rows: NDArray[Any]) -> NDArray[Any]:
        check_weights(self._model, weights)
        images = rows.reshape(-1, *self._image_shape)
        starts = range(0, len(images), self._n_rows_per_call)
        # Copies: PyTorch warns of arrays that are read-only.
        tensors = [keras.ops.convert_to_tensor(np.array(weight)) for weight in weights]
        mapping = list(zip(self._model.weights, tensors, strict=True))
        with self._lock, keras.StatelessScope(state_mapping=mapping):
            logits = [
                self._compute(images[start : start + self._n_rows_per_call]) for start in starts
            ]
        return np.concatenate(logits)

    def _compute(self, images: NDArray[Any]) -> NDArray[Any]:
        dtype = self._model.variable_dtype
        logits = self._model(np.array(images, dtype=dtype), training=False)
        # In mixed precision the logits are float32 already.
        array: NDArray[Any] = keras.ops.convert_to_numpy(keras.ops.cast(logits, dtype))
        return array
