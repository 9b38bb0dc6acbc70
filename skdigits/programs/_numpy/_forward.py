"""Images to logits in NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import Network, Weights
from skdigits.architectures.layers import (
    AverageOverTime,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Layer,
    RepeatOverTime,
)
from skdigits.programs._contract import as_floats
from skdigits.programs._numpy._activations import ACTIVATIONS
from skdigits.programs._numpy._layers import COMPUTE

Step = tuple[Layer, Weights]

# Numbers computed at once by a layer: what fits the caches, next to the launch of its operations.
_NUMBERS_PER_CALL = 1 << 18


class ForwardProgram:
    """Images to logits, layer by layer, with the normalisation folded into the weights.

    Dense networks compute in float64. What products of matrices round depends on the place of a row
    and on the number of threads, and in float64 that is less than what is left of it in float32.
    """

    n_compilations = 1  # Nothing is compiled; what is set up counts as one.

    def __init__(self, network: Network) -> None:
        self._network = network
        self._image_shape = network.image_shape
        self._dtype = np.dtype(network.weight_dtype)
        self._precision = np.dtype(np.float64) if is_dense(network) else self._dtype
        self._prepared: tuple[Weights, list[Step]] = ((), [])
        self._n_rows_per_call = max(1, _NUMBERS_PER_CALL // _most_numbers(network))

    def __call__(self, weights: Weights, rows: NDArray[Any]) -> NDArray[Any]:
        starts = range(0, len(rows), self._n_rows_per_call)
        with np.errstate(all="ignore"):
            steps = self._prepare(weights)
            parts = [
                self._compute(steps, rows[start : start + self._n_rows_per_call])
                for start in starts
            ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _compute(self, steps: list[Step], rows: NDArray[Any]) -> NDArray[Any]:
        floats = as_floats(rows, self._dtype).astype(self._precision, copy=False)
        outputs = floats.reshape(-1, *self._image_shape)
        for layer, weights in steps:
            outputs = COMPUTE[type(layer)](layer, outputs, *weights)
        return outputs.astype(self._dtype, copy=False)

    def _prepare(self, weights: Weights) -> list[Step]:
        """Fold weights, once for arrays that nobody can have changed since."""
        known, steps = self._prepared
        if len(known) == len(weights) and all(map(_same_and_frozen, known, weights)):
            return steps
        precise = tuple(weight.astype(self._precision, copy=False) for weight in weights)
        steps = list(fold(self._network, precise))
        self._prepared = (weights, steps)
        return steps


def can_predict(network: Network) -> bool:
    """Whether NumPy has all layers and activations of a network, and each gives numbers."""
    return all(
        (type(layer) in COMPUTE or isinstance(layer, Dropout))
        and getattr(layer, "activation", "linear") in ACTIVATIONS
        and min(layer.output_shape(shape)) > 0
        for layer, shape in network
    )


def is_dense(network: Network) -> bool:
    """Whether a network computes rows of numbers, and no images."""
    return not any(isinstance(layer, Conv2D) for layer in network.layers)


def count_products(network: Network) -> int:
    """Count the multiplications of weights that an image takes."""
    n_products, n_entries = 0, 1
    for layer, shape in network:
        if isinstance(layer, RepeatOverTime):
            n_entries *= layer.n_steps
        if isinstance(layer, AverageOverTime):
            n_entries //= layer.n_steps
        for weight in layer.weights(shape)[:1]:
            n_places = prod(layer.output_shape(shape)[:-1]) if len(weight.shape) > 1 else 0
            n_products += n_entries * n_places * prod(weight.shape)
    return n_products


def fold(network: Network, weights: Weights) -> Iterator[Step]:
    """Give each layer its weights, leaving out what prediction does not compute.

    Batch normalisation is a factor and a shift, which the weights of a layer right before it take.
    """
    left = list(weights)
    steps: list[Step] = []
    for layer, shape in network:
        n_weights = len(layer.weights(shape))
        own, left = tuple(left[:n_weights]), left[n_weights:]
        if isinstance(layer, Dropout):
            continue
        if isinstance(layer, BatchNormalization):
            own = _as_factor_and_shift(own, layer.epsilon)
            if steps and _is_linear(steps[-1][0]):
                steps[-1] = _scaled(*steps[-1], *own)
                continue
        steps.append((layer, own))
    yield from steps


def _as_factor_and_shift(weights: Weights, epsilon: float) -> Weights:
    gamma, beta, mean, variance = weights
    factor = gamma / np.sqrt(variance + epsilon)
    return factor, beta - mean * factor


def _is_linear(layer: Layer) -> bool:
    return isinstance(layer, Dense | Conv2D) and layer.activation == "linear"


def _scaled(layer: Layer, weights: Weights, factor: NDArray[Any], shift: NDArray[Any]) -> Step:
    assert isinstance(layer, Dense | Conv2D)
    kernel, *biases = weights
    bias = sum((bias * factor for bias in biases), shift)
    return replace(layer, use_bias=True), (kernel * factor, bias)


def _same_and_frozen(known: NDArray[Any], weight: NDArray[Any]) -> bool:
    return known is weight and not weight.flags.writeable


def _most_numbers(network: Network) -> int:
    """Count the most numbers that a layer looks at or gives for an image."""
    most, n_entries = prod(network.image_shape), 1
    for layer, shape in network:
        if isinstance(layer, RepeatOverTime):
            n_entries *= layer.n_steps
        outputs = layer.output_shape(shape)
        n_inputs = prod(shape)
        if isinstance(layer, Conv2D):
            n_inputs = prod(outputs[:-1]) * prod(layer.weights(shape)[0].shape[:-1])
        most = max(most, n_entries * max(n_inputs, prod(outputs)))
    return most
