"""Programs for the PyTorch backend."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import torch
from keras import layers
from numpy.typing import NDArray

from skdigits.architectures import Network, Weights
from skdigits.programs._contract import (
    PIXELS_PER_CALL,
    ROWS_OF_BLOCK,
    STEPS_PER_CALL,
    WHITE,
    Batches,
    StepMetrics,
    StepSettings,
    TrainingOptions,
    TrainingState,
    as_floats,
    dtype_of_placed,
)
from skdigits.programs._keras_network import (
    AnyNetwork,
    build_network,
    check_weight_shapes,
    is_same_and_frozen,
    read_weights,
)
from skdigits.programs._step import compute_losses, decay, distort, warmed_up_averages
from skdigits.programs._torch._device import find_device
from skdigits.programs._torch._layers import Chain, computes_in_float64, exchanged_layers
from skdigits.programs._torch._tensors import place_rows, to_array, to_tensor
from skdigits.programs._torch._updates import make_update

# Layers that compute each row of numbers apart from its neighbours.
_DENSE = (layers.Flatten, layers.Rescaling, layers.Dense, layers.Activation)


class ForwardProgram:
    """Images to logits."""

    n_compilations = 1  # Nothing is compiled; what is set up counts as one.

    def __init__(self, network: AnyNetwork) -> None:
        self._model = model = build_network(network)
        self._image_shape = network.image_shape
        self._precision = network.weight_dtype
        self._dtype = getattr(torch, self._precision)
        self._device = find_device()
        self._placed: tuple[Weights, list[torch.Tensor]] = ((), [])
        n_pixels = int(np.prod(network.image_shape))
        self._compute: Any = model
        # A model of the user's own may change while it computes.
        self._turn: AbstractContextManager[Any] = threading.Lock()
        self._n_rows_of_block = 1
        if isinstance(network, Network):
            self._compute, self._turn = Chain(model), nullcontext()
            if all(isinstance(layer, _DENSE) for layer in self._compute.layers):
                self._n_rows_of_block = ROWS_OF_BLOCK
        if network.weight_dtype == "float64":
            _check_float64(model)
        n_blocks = max(1, PIXELS_PER_CALL // (n_pixels * self._n_rows_of_block))
        self._n_rows_per_call = n_blocks * self._n_rows_of_block

    def __call__(self, weights: Weights, rows: NDArray[Any]) -> NDArray[Any]:
        with torch.inference_mode(), self._turn, self._exchanged():
            mapping = list(zip(self._model.weights, self._place(weights), strict=True))
            with keras.StatelessScope(state_mapping=mapping):
                starts = range(0, len(rows), self._n_rows_per_call)
                parts = [rows[start : start + self._n_rows_per_call] for start in starts]
                return np.concatenate([self._call(part) for part in parts])

    def _exchanged(self) -> AbstractContextManager[None]:
        return nullcontext() if isinstance(self._compute, Chain) else exchanged_layers(self._model)

    def _call(self, rows: NDArray[Any]) -> NDArray[Any]:
        images = to_tensor(as_floats(rows, self._precision), self._dtype, self._device)
        n_missing = -len(rows) % self._n_rows_of_block if len(rows) > 1 else 0
        if n_missing:
            images = torch.nn.functional.pad(images, (0, 0, 0, n_missing))
        images = images.reshape(-1, *self._image_shape)
        logits = self._compute(images, training=False)
        return to_array(logits[: len(rows)].to(self._dtype))

    def _place(self, weights: Weights) -> list[torch.Tensor]:
        """Convert weights to tensors, only once for read-only arrays."""
        known, tensors = self._placed
        if len(known) == len(weights) and all(map(is_same_and_frozen, known, weights)):
            return tensors
        check_weight_shapes(self._model, weights)
        tensors = [to_tensor(weight, self._dtype, self._device) for weight in weights]
        self._placed = (weights, tensors)
        return tensors


class TrainingProgram:
    """A loop of training steps over rows on the device."""

    n_compilations = 1  # As above.
    n_steps_per_call = STEPS_PER_CALL

    def __init__(
        self, network: AnyNetwork, options: TrainingOptions, model: keras.Model | None = None
    ) -> None:
        self.lent = False
        self.model = model = model or build_network(network)
        if network.weight_dtype == "float64":
            _check_float64(model)
        self._options = options
        self._image_shape = network.image_shape
        self._precision = network.weight_dtype
        self._dtype = getattr(torch, self._precision)
        self._device = find_device()
        # A model of the user's own may have penalties and branches, which only Keras knows.
        self._compute: Any = Chain(model) if isinstance(network, Network) else model
        weights = {id(variable) for variable in model.weights}
        self._seeds = [v for v in model.variables if id(v) not in weights]
        self._augmentation_seed = keras.random.SeedGenerator(0)
        if options.augmentation:
            self._seeds.append(self._augmentation_seed.state)
        self.n_seeds = len(self._seeds)
        self._n_batches = 0.0
        self._trained = [variable.value for variable in model.trainable_variables]
        self._update = make_update(options.optimizer, model.trainable_variables)

    def place(
        self, rows: NDArray[Any], targets: NDArray[np.int32]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        dtype = getattr(torch, dtype_of_placed(rows, self._precision))
        return (
            place_rows(rows, dtype, self._device),
            to_tensor(targets, torch.int64, self._device),
        )

    @torch.no_grad()
    def load(self, state: TrainingState) -> None:
        variables = [*self.model.weights, *self._seeds]
        for variable, value in zip(variables, [*state.weights, *state.seeds], strict=True):
            tensor = variable.value
            tensor.copy_(to_tensor(value, tensor.dtype, tensor.device))
        self._n_batches = state.n_batches
        self._update.load(state.slots, state.n_updates)

    def weights(self) -> Weights:
        return read_weights(self.model)

    def state_without_optimizer(self) -> TrainingState:
        return TrainingState(self.weights(), n_batches=self._n_batches)

    def state(self) -> TrainingState:
        return replace(
            self.state_without_optimizer(),
            slots=self._update.state(),
            slots_of=self._options.optimizer.description,
            n_updates=self._update.n_updates,
            seeds=tuple(to_array(seed.value).astype(np.uint32) for seed in self._seeds),
        )

    def train(
        self,
        placed: tuple[torch.Tensor, torch.Tensor],
        batches: Batches,
        settings: StepSettings,
    ) -> StepMetrics:
        rows, targets = placed
        indices = to_tensor(batches.indices, torch.int64, self._device)
        row_weights = to_tensor(batches.row_weights, self._dtype, self._device)
        shares = np.count_nonzero(batches.row_weights, axis=1) / batches.row_weights.shape[1]
        with self._whole_steps(), exchanged_layers(self.model), torch.enable_grad():
            metrics = [
                self._step(
                    rows[indices[i].to(rows.device)].to(self._device, non_blocking=True),
                    targets[indices[i]],
                    row_weights[i],
                    float(batches.learning_rates[i]),
                    float(shares[i]),
                    settings,
                )
                for i in range(len(indices))
            ]
            loss, accuracy = to_array(torch.stack(metrics)).T
        return StepMetrics(loss, accuracy)

    @contextmanager
    def _whole_steps(self) -> Iterator[None]:
        """Undo all steps if one fails: an interrupt may have come in the middle of it."""
        tensors = [
            *(variable.value.detach() for variable in (*self.model.weights, *self._seeds)),
            *self._update.slots,
        ]
        before = [tensor.clone() for tensor in tensors]
        numbers = self._n_batches, self._update.n_updates
        try:
            yield
        except BaseException:
            for tensor, value in zip(tensors, before, strict=True):
                tensor.copy_(value)
            self._n_batches, self._update.n_updates = numbers
            raise

    def _step(
        self,
        rows: torch.Tensor,
        targets: torch.Tensor,
        row_weights: torch.Tensor,
        learning_rate: float,
        share: float,
        settings: StepSettings,
    ) -> torch.Tensor:
        if rows.dtype == torch.uint8:
            rows = rows.to(self._dtype) / WHITE
        images = rows.reshape(-1, *self._image_shape)
        images = distort(images, self._options.augmentation, self._augmentation_seed)
        with warmed_up_averages(self.model, self._n_batches, share):
            losses = compute_losses(self._compute, images, targets, row_weights, settings)
        gradients = torch.autograd.grad(
            losses.penalized, self._trained, allow_unused=True, materialize_grads=True
        )
        with torch.no_grad():
            if self._options.decays_weights:
                decay(self.model.trainable_variables, learning_rate * settings.weight_decay)
            self._update.apply(gradients, learning_rate)
        self._n_batches += share
        return torch.stack([losses.loss.detach(), losses.accuracy])


def _check_float64(model: keras.Model) -> None:
    if not computes_in_float64(model):
        raise ValueError(
            "dtype='float64' needs another backend: on PyTorch, Keras computes some layers of this "
            "network in float32. Use dtype='float32', or set the environment variable "
            "KERAS_BACKEND=tensorflow before Keras is imported."
        )
