"""Training of dense networks in NumPy, in place."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import Network, Weights, layers
from skdigits.programs._contract import (
    WHITE,
    Batches,
    StepMetrics,
    StepSettings,
    TrainingOptions,
    TrainingState,
    dtype_of_placed,
)
from skdigits.programs._numpy._activations import ACTIVATIONS
from skdigits.programs._numpy._threads import one_thread
from skdigits.programs._numpy._trained_layers import (
    TRAINED_LAYERS,
    BatchNormalization,
    Dropout,
    Room,
    TrainedLayer,
)
from skdigits.programs._numpy._updates import WeightUpdate, has_update

Array = NDArray[Any]

# Bounds the memory of what is prepared for the steps of a call.
_STEPS_PER_CALL = 512


def can_train(network: Network, options: TrainingOptions) -> bool:
    """Whether a network is made of dense layers that can be trained here, by such an optimizer."""
    if network.dtype not in ("float32", "float64") or options.augmentation:
        return False
    is_flat = False
    for layer, shape in network:
        is_flat = is_flat or isinstance(layer, layers.Flatten) or len(shape) == 1
        is_known = isinstance(layer, layers.Flatten) or type(layer) in TRAINED_LAYERS
        activation = ACTIVATIONS.get(getattr(layer, "activation", "linear"))
        has_derivative = activation is not None and activation.derivative is not None
        if not (is_flat and is_known and has_derivative):
            return False
    return has_update(options.optimizer)


class TrainingProgram:
    """A loop of training steps, with weights, slots and gradients in one long array each."""

    n_compilations = 1  # Nothing is compiled; what is set up counts as one.
    n_steps_per_call = _STEPS_PER_CALL

    def __init__(self, network: Network, options: TrainingOptions, model: Any = None) -> None:
        self.lent = False
        self._options = options
        self._dtype = np.dtype(network.dtype)
        self._n_classes = network.n_classes
        self._n_pixels = prod(network.image_shape)
        self._n_batches = 0.0
        shapes = [weight.shape for weight in network.weights]
        is_trained = [weight.is_trained for weight in network.weights]
        n_trained = sum(
            prod(shape) for shape, trains in zip(shapes, is_trained, strict=True) if trains
        )
        self._values = np.zeros(n_trained, self._dtype)
        self._gradient = np.zeros(n_trained, self._dtype)
        self._shapes = [shape for shape, trains in zip(shapes, is_trained, strict=True) if trains]
        values, gradients = iter(self._cut(self._values)), iter(self._cut(self._gradient))
        self._weights = [
            next(values) if trains else np.zeros(shape, self._dtype)
            for shape, trains in zip(shapes, is_trained, strict=True)
        ]
        self._kernels = [
            weight
            for weight, trains in zip(self._weights, is_trained, strict=True)
            if trains and weight.ndim > 1
        ]
        self._layers = self._build_layers(network, list(self._weights), list(gradients))
        self._dropouts = [layer for layer in self._layers if isinstance(layer, Dropout)]
        self._normalizations = [
            layer for layer in self._layers if isinstance(layer, BatchNormalization)
        ]
        self.n_seeds = len(self._dropouts)
        self._update = WeightUpdate(options.optimizer, n_trained, self._dtype)

    def _build_layers(
        self, network: Network, weights: list[Array], gradients: list[Array]
    ) -> list[TrainedLayer]:
        built: list[TrainedLayer] = []
        for layer, shape in network:
            n_weights = len(layer.weights(shape))
            n_trained = sum(weight.is_trained for weight in layer.weights(shape))
            own, weights = weights[:n_weights], weights[n_weights:]
            changes, gradients = gradients[:n_trained], gradients[n_trained:]
            computes = not isinstance(layer, layers.Flatten)
            if isinstance(layer, layers.Dropout) and layer.rate == 0:
                computes = False
            if computes:
                room = Room(self._options.batch_size, shape, self._dtype, own, changes)
                built.append(TRAINED_LAYERS[type(layer)](layer, room))
                # What lies before the first weights has no use for errors.
                built[-1].passes_on = len(gradients) + n_trained < len(self._shapes)
        return built

    def _cut(self, values: Array) -> list[Array]:
        """View a long array as arrays of the shapes of the weights that are trained."""
        ends = np.cumsum([0, *(prod(shape) for shape in self._shapes)])
        return [
            values[start:end].reshape(shape)
            for (start, end), shape in zip(pairwise(ends), self._shapes, strict=True)
        ]

    def place(self, rows: Array, targets: NDArray[np.int32]) -> tuple[Array, NDArray[np.int32]]:
        return np.ascontiguousarray(rows, dtype_of_placed(rows, self._dtype.name)), targets

    def load(self, state: TrainingState) -> None:
        for weight, value in zip(self._weights, state.weights, strict=True):
            weight[...] = value
        for dropout, seed in zip(self._dropouts, state.seeds, strict=True):
            dropout.seed[...] = seed
        self._n_batches = state.n_batches
        self._update.n_updates = state.n_updates
        n_slots = len(self._update.slots)
        for i, slot in enumerate(self._update.slots):
            slot[...] = 0
            if state.slots:
                # In Keras' order: all slots of a weight, then those of the next.
                for view, value in zip(self._cut(slot), state.slots[i::n_slots], strict=True):
                    view[...] = value

    def weights(self) -> Weights:
        return tuple(weight.copy() for weight in self._weights)

    def state_without_optimizer(self) -> TrainingState:
        return TrainingState(self.weights(), n_batches=self._n_batches)

    def state(self) -> TrainingState:
        by_slot = [self._cut(slot) for slot in self._update.slots]
        return replace(
            self.state_without_optimizer(),
            slots=tuple(
                slot.copy() for of_weight in zip(*by_slot, strict=True) for slot in of_weight
            ),
            slots_of=self._options.optimizer.description,
            n_updates=self._update.n_updates,
            seeds=tuple(dropout.seed.copy() for dropout in self._dropouts),
        )

    def train(
        self,
        placed: tuple[Array, NDArray[np.int32]],
        batches: Batches,
        settings: StepSettings,
    ) -> StepMetrics:
        before = self.state()
        try:
            with one_thread(), np.errstate(all="ignore"):
                return self._train(placed, batches, settings)
        except BaseException:
            # An interrupt may have come in the middle of a step.
            self.load(before)
            raise

    def _train(
        self,
        placed: tuple[Array, NDArray[np.int32]],
        batches: Batches,
        settings: StepSettings,
    ) -> StepMetrics:
        rows, targets = placed
        n_steps, batch_size = batches.indices.shape
        row_weights = batches.row_weights.astype(self._dtype)
        wanted = self._labels(targets[batches.indices], row_weights, settings.label_smoothing)
        shares = (np.count_nonzero(batches.row_weights, axis=1) / batch_size).tolist()
        pixels = np.empty((batch_size, self._n_pixels), self._dtype)
        logits = np.empty((n_steps, self._n_classes, batch_size), self._dtype)
        sums = np.empty((n_steps, batch_size), self._dtype)
        decay = settings.weight_decay if self._options.decays_weights else 0.0
        for i in range(n_steps):
            if rows.dtype == np.uint8:
                np.divide(rows[batches.indices[i]], WHITE, out=pixels, dtype=self._dtype)
            else:
                np.take(rows, batches.indices[i], axis=0, out=pixels, mode="clip")
            self._step(pixels, row_weights[i], wanted[i], logits[i], sums[i], settings.temperature)
            learning_rate = float(batches.learning_rates[i])
            if decay:
                for kernel in self._kernels:
                    kernel *= 1 - learning_rate * decay
            self._update.apply(self._values, self._gradient, learning_rate)
            for layer in self._normalizations:
                layer.follow(self._n_batches, shares[i])
            self._n_batches += shares[i]
        # The logits lie below the largest of their row, and the sums are those of their powers.
        loss = (row_weights * np.log(sums)).sum(axis=1) - (wanted * logits).sum(axis=(1, 2))
        correct = logits.argmax(axis=1) == targets[batches.indices]
        return StepMetrics(loss, (row_weights * correct).sum(axis=1))

    def _labels(
        self, targets: NDArray[np.int32], row_weights: Array, label_smoothing: float
    ) -> Array:
        """Encode targets as smoothed labels, multiplied with the weights of the rows.

        They have the shape (n_steps, n_classes, batch_size).
        """
        rest = label_smoothing / self._n_classes
        classes = np.arange(self._n_classes, dtype=targets.dtype)[:, np.newaxis]
        is_label = targets[:, np.newaxis] == classes
        labels: Array = is_label * self._dtype.type(1 - label_smoothing)
        labels += self._dtype.type(rest)
        labels *= row_weights[:, np.newaxis]
        return labels

    def _step(
        self,
        inputs: Array,
        row_weights: Array,
        wanted: Array,
        logits: Array,
        sums: Array,
        temperature: float,
    ) -> None:
        """Compute the gradient of the cross-entropy of a batch.

        Rows of `wanted` and `logits` are classes: sums over them add whole rows, which is quick.
        """
        for layer in self._layers:
            inputs = layer.compute(inputs)
        np.divide(inputs.T, temperature, out=logits)
        logits -= logits.max(axis=0)
        errors = np.exp(logits)
        errors.sum(axis=0, out=sums)
        errors *= row_weights / sums
        errors -= wanted
        if temperature != 1:
            errors /= temperature
        errors = errors.T
        for layer in reversed(self._layers):
            errors = layer.propagate(errors)
            if not layer.passes_on:
                break
