"""Layers in training: what each makes of a batch, beside what it makes of the errors.

The errors are the gradient of the loss by the outputs. A layer writes its gradients where it was
told to, and passes on the errors of its inputs. What it computes goes to arrays of its own, which
it fills again in each step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import layers
from skdigits.architectures._initializers import Shape
from skdigits.architectures.layers import Layer
from skdigits.programs._numpy._activations import ACTIVATIONS

Array = NDArray[Any]


class Room(NamedTuple):
    """What a layer is given: views of its weights, of those that are trained with a gradient."""

    n_rows: int
    shape: Shape
    dtype: np.dtype[Any]
    weights: Sequence[Array]
    gradients: Sequence[Array]


class TrainedLayer:
    """A layer in training. `passes_on` says that a layer before it has weights."""

    passes_on = True

    def __init__(self, layer: Any, room: Room) -> None:
        pass

    def compute(self, inputs: Array) -> Array:
        """Compute the outputs of a batch."""
        raise NotImplementedError

    def propagate(self, errors: Array) -> Array:
        """Compute the gradients, and the errors of the inputs."""
        raise NotImplementedError


class _Dense(TrainedLayer):
    def __init__(self, layer: layers.Dense, room: Room) -> None:
        self._kernel, *self._biases = room.weights
        self._kernel_gradient, *self._bias_gradients = room.gradients
        self._sums = np.empty((room.n_rows, layer.units), room.dtype)
        self._errors = np.empty((room.n_rows, *room.shape), room.dtype)
        self._ones = np.ones(room.n_rows, room.dtype)
        self._activation = None if layer.activation == "linear" else _Activation(layer, room)

    def compute(self, inputs: Array) -> Array:
        self._inputs = inputs
        np.matmul(inputs, self._kernel, out=self._sums)
        for bias in self._biases:
            self._sums += bias
        sums: Array = self._sums
        if self._activation:
            sums = self._activation.compute(sums)
        return sums

    def propagate(self, errors: Array) -> Array:
        if self._activation:
            errors = self._activation.propagate(errors)
        np.matmul(self._inputs.T, errors, out=self._kernel_gradient)
        for gradient in self._bias_gradients:
            np.matmul(self._ones, errors, out=gradient)
        if self.passes_on:
            np.matmul(errors, self._kernel.T, out=self._errors)
        return self._errors


class _Activation(TrainedLayer):
    def __init__(self, layer: layers.Activation | layers.Dense, room: Room) -> None:
        function, derivative = ACTIVATIONS[layer.activation]
        assert derivative is not None
        self._function, self._derivative = function, derivative

    def compute(self, inputs: Array) -> Array:
        self._inputs = inputs
        outputs: Array = self._function(inputs)
        self._outputs = outputs
        return outputs

    def propagate(self, errors: Array) -> Array:
        changed: Array = self._derivative(self._inputs, self._outputs)
        changed *= errors
        return changed


class Dropout(TrainedLayer):
    """Sets a share of the numbers to zero; the state of its seed is a number and a count."""

    def __init__(self, layer: layers.Dropout, room: Room) -> None:
        self.seed = np.zeros(2, np.uint32)
        self._rate = layer.rate
        self._drawn = np.empty((room.n_rows, *room.shape), room.dtype)
        self._outputs, self._errors = np.empty_like(self._drawn), np.empty_like(self._drawn)

    def compute(self, inputs: Array) -> Array:
        seed, count = self.seed
        generator = np.random.Generator(np.random.SFC64([int(seed), int(count)]))
        self.seed[1] += 1
        generator.random(out=self._drawn, dtype=self._drawn.dtype.type)
        np.greater_equal(self._drawn, self._rate, out=self._drawn)
        self._drawn *= 1 / (1 - self._rate)
        return np.multiply(inputs, self._drawn, out=self._outputs)

    def propagate(self, errors: Array) -> Array:
        return np.multiply(errors, self._drawn, out=self._errors)


class BatchNormalization(TrainedLayer):
    """Normalises over the batch, and follows its averages."""

    def __init__(self, layer: layers.BatchNormalization, room: Room) -> None:
        self._momentum, self._epsilon = layer.momentum, layer.epsilon
        self._gamma, self._beta, *self._averages = room.weights
        self._gradients = room.gradients

    def compute(self, inputs: Array) -> Array:
        self._mean = inputs.mean(axis=0)
        self._normal = inputs - self._mean
        self._variance = (self._normal * self._normal).mean(axis=0)
        self._factor = 1 / np.sqrt(self._variance + self._epsilon)
        self._normal *= self._factor
        outputs: Array = self._normal * self._gamma
        outputs += self._beta
        return outputs

    def propagate(self, errors: Array) -> Array:
        gamma_gradient, beta_gradient = self._gradients
        np.sum(errors * self._normal, axis=0, out=gamma_gradient)
        np.sum(errors, axis=0, out=beta_gradient)
        through: Array = self._normal * (gamma_gradient / len(errors))
        through += beta_gradient / len(errors)
        through -= errors
        through *= -self._gamma * self._factor
        return through

    def follow(self, n_batches: float, share: float) -> None:
        """Move the averages: plain means for as long as they are over few batches.

        `n_batches` have been seen before this one, of which only a share is not padding: it counts
        for as much.
        """
        weight = max((1 - self._momentum) * share, share / (n_batches + share))
        for average, of_batch in zip(self._averages, (self._mean, self._variance), strict=True):
            average *= 1 - weight
            average += weight * of_batch


class _LayerNormalization(TrainedLayer):
    def __init__(self, layer: layers.LayerNormalization, room: Room) -> None:
        self._epsilon = layer.epsilon
        self._gamma, self._beta = room.weights
        self._gradients = room.gradients

    def compute(self, inputs: Array) -> Array:
        self._normal = inputs - inputs.mean(axis=1, keepdims=True)
        variance = (self._normal * self._normal).mean(axis=1, keepdims=True)
        self._factor = 1 / np.sqrt(variance + self._epsilon)
        self._normal *= self._factor
        outputs: Array = self._normal * self._gamma
        outputs += self._beta
        return outputs

    def propagate(self, errors: Array) -> Array:
        gamma_gradient, beta_gradient = self._gradients
        np.sum(errors * self._normal, axis=0, out=gamma_gradient)
        np.sum(errors, axis=0, out=beta_gradient)
        errors = errors * self._gamma
        through: Array = self._normal * (errors * self._normal).mean(axis=1, keepdims=True)
        through += errors.mean(axis=1, keepdims=True)
        errors -= through
        errors *= self._factor
        return errors


class _Rescaling(TrainedLayer):
    def __init__(self, layer: layers.Rescaling, room: Room) -> None:
        self._scale, self._offset = layer.scale, layer.offset

    def compute(self, inputs: Array) -> Array:
        outputs: Array = inputs * self._scale
        outputs += self._offset
        return outputs

    def propagate(self, errors: Array) -> Array:
        changed: Array = errors * self._scale
        return changed


TRAINED_LAYERS: dict[type[Layer], Callable[[Any, Room], TrainedLayer]] = {
    layers.Activation: _Activation,
    layers.BatchNormalization: BatchNormalization,
    layers.Dense: _Dense,
    layers.Dropout: Dropout,
    layers.LayerNormalization: _LayerNormalization,
    layers.Rescaling: _Rescaling,
}
