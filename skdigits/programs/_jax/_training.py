"""Training on JAX: pure functions of values, compiled for several steps at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np
from jax import lax
from numpy.typing import NDArray

from skdigits.architectures import Weights, in_precision
from skdigits.programs._contract import (
    WHITE,
    Batches,
    StepMetrics,
    StepSettings,
    TrainingOptions,
    TrainingState,
    dtype_of_placed,
)
from skdigits.programs._jax._device import holds, is_cpu
from skdigits.programs._jax._layers import exchanged_layers
from skdigits.programs._jax._rounding import input_of, rounds
from skdigits.programs._jax._updates import Arrays, make_update
from skdigits.programs._keras_network import (
    AnyNetwork,
    all_layers,
    build_network,
    read_weights,
)
from skdigits.programs._step import compute_losses, decay, distort, warmed_up_averages


class _Pace(NamedTuple):
    """How many steps are taken at once.

    A call ends before anyone can look. A launch is computed without Python, on rows that have been
    gathered together. On a processor, XLA's convolutions take a multiple of their time in a loop.
    """

    n_steps_per_call: int
    n_pixels_per_launch: int
    loops_convolutions: bool


_ON_CPU = _Pace(64, 1 << 22, loops_convolutions=False)
_ON_GPU = _Pace(512, 1 << 26, loops_convolutions=True)


class _Values(NamedTuple):
    """All that a step changes: what is trained, averages and seeds, and the optimizer's."""

    trained: Arrays
    others: Arrays
    slots: Arrays
    n_updates: Any


class _Steps(NamedTuple):
    """The inputs of steps, each with one entry per step."""

    images: Any
    targets: Any
    row_weights: Any
    learning_rates: Any
    shares: Any  # of the batch that is not padding
    n_batches: Any  # before


class TrainingProgram:
    """A loop of training steps; the values of the model's variables are those in training."""

    def __init__(
        self, network: AnyNetwork, options: TrainingOptions, model: keras.Model | None = None
    ) -> None:
        self.lent = False
        self.n_compilations = 0
        self._options = options
        self._image_shape = network.image_shape
        self._dtype = network.weight_dtype
        self._n_batches, self._n_updates = 0.0, 0
        pace = _ON_CPU if is_cpu() else _ON_GPU
        self.n_steps_per_call = pace.n_steps_per_call
        with in_precision(self._dtype):
            self.model = model = model or build_network(network)
            self._n_steps_per_launch = self._choose_n_steps(pace)
            self._trained = model.trainable_variables
            weights = {id(variable) for variable in model.weights}
            self._seeds = [v for v in model.variables if id(v) not in weights]
            self._augmentation_seed = keras.random.SeedGenerator(0)
            if options.augmentation:
                self._seeds.append(self._augmentation_seed.state)
            trained = {id(variable) for variable in self._trained}
            fixed = [v for v in model.weights if id(v) not in trained]
            self._others = [*fixed, *self._seeds]
            self.n_seeds = len(self._seeds)
            self._update = make_update(options.optimizer, self._trained)
            self._slots: Arrays = [jnp.array(it) for it in self._update.initial_slots()]
            self._launch = jax.jit(self._run)
            if self._dtype == "float64":
                self._refuse_rounding()

    def _choose_n_steps(self, pace: _Pace) -> int:
        """Choose the number of steps in a launch."""
        if _convolves(self.model) and not pace.loops_convolutions:
            return 1
        n_pixels = int(np.prod(self._image_shape)) * self._options.batch_size
        return max(1, min(pace.n_steps_per_call, pace.n_pixels_per_launch // n_pixels))

    def _refuse_rounding(self) -> None:
        """Refuse what Keras computes in float32, although float64 is asked for."""
        batch_size = self._options.batch_size
        number = jax.ShapeDtypeStruct((), self._dtype)
        step = _Steps(
            input_of(self.model, (batch_size, *self._image_shape), self._dtype),
            jax.ShapeDtypeStruct((batch_size,), "int32"),
            jax.ShapeDtypeStruct((batch_size,), self._dtype),
            *[number] * 3,
        )
        settings = StepSettings(*(number for _ in StepSettings._fields))
        lowered = jax.jit(self._step).lower(self._values(), step, settings)
        if rounds(lowered):
            raise ValueError(
                "dtype='float64' is not supported by this network with this optimizer on JAX, "
                "where Keras computes a part of them in float32. Use dtype='float32', or train "
                "with TensorFlow: set the environment variable KERAS_BACKEND=tensorflow before "
                "Keras is imported."
            )

    def place(self, rows: NDArray[Any], targets: NDArray[np.int32]) -> tuple[Any, Any]:
        rows = np.ascontiguousarray(rows, dtype_of_placed(rows, self._dtype))
        with in_precision(self._dtype):
            return (jnp.array(rows), jnp.array(targets)) if holds(rows) else (rows, targets)

    def load(self, state: TrainingState) -> None:
        with in_precision(self._dtype):
            pairs = [(self.model.weights, state.weights), (self._seeds, state.seeds)]
            for variables, values in pairs:
                for variable, value in zip(variables, values, strict=True):
                    # A copy: JAX may keep the memory that it is given.
                    variable.assign(jnp.array(value, variable.dtype))
            slots = state.slots or self._update.initial_slots()
            self._slots = [
                jnp.array(value, known.dtype)
                for value, known in zip(slots, self._slots, strict=True)
            ]
        self._n_batches, self._n_updates = state.n_batches, state.n_updates

    def weights(self) -> Weights:
        return read_weights(self.model)

    def state_without_optimizer(self) -> TrainingState:
        return TrainingState(self.weights(), n_batches=self._n_batches)

    def state(self) -> TrainingState:
        return replace(
            self.state_without_optimizer(),
            slots=tuple(map(np.array, self._slots)),
            slots_of=self._options.optimizer.description,
            n_updates=int(self._n_updates),
            seeds=tuple(np.array(seed.numpy()) for seed in self._seeds),
        )

    def train(
        self,
        placed: tuple[Any, Any],
        batches: Batches,
        settings: StepSettings,
    ) -> StepMetrics:
        shares = np.count_nonzero(batches.row_weights, axis=1) / self._options.batch_size
        n_batches = self._n_batches + np.cumsum(shares)
        settings = StepSettings(*np.array(settings, self._dtype))
        with in_precision(self._dtype):
            values, metrics = before, _ = self._values(), []
            for steps, n_steps in self._cut(placed, batches, shares, n_batches - shares):
                values, result = self._launch(values, np.int32(n_steps), steps, settings)
                metrics.append([column[:n_steps] for column in result])
            columns = [np.concatenate(column) for column in zip(*metrics, strict=True)]
            try:
                self._set(values)
                self._n_batches = float(n_batches[-1])
            except BaseException:
                # An interrupt came in between.
                self._set(before)
                raise
        return StepMetrics(*columns)

    def _values(self) -> _Values:
        return _Values(
            [variable.value for variable in self._trained],
            [variable.value for variable in self._others],
            self._slots,
            np.int32(self._n_updates),
        )

    def _set(self, values: _Values) -> None:
        for variable, value in zip(self._trained, values.trained, strict=True):
            variable.assign(value)
        for variable, value in zip(self._others, values.others, strict=True):
            variable.assign(value)
        self._slots, self._n_updates = values.slots, int(values.n_updates)

    def _cut(
        self,
        placed: tuple[Any, Any],
        batches: Batches,
        shares: NDArray[np.float64],
        n_batches: NDArray[np.float64],
    ) -> Iterator[tuple[_Steps, int]]:
        """Cut steps into launches of equal shape; the last one has fewer steps than entries."""
        rows, targets = placed
        for start in range(0, len(shares), self._n_steps_per_launch):
            part = slice(start, start + self._n_steps_per_launch)
            indices = batches.indices[part]
            n_missing = self._n_steps_per_launch - len(indices)

            def fill(array: NDArray[Any], n_missing: int = n_missing) -> NDArray[Any]:
                dtype = "int32" if array.dtype == np.int32 else self._dtype
                padding = [(0, n_missing)] + [(0, 0)] * (array.ndim - 1)
                return np.pad(array, padding).astype(dtype, copy=False)

            places = fill(indices)
            images = rows[places] if isinstance(rows, jax.Array) else self._taken(rows, indices)
            yield (
                _Steps(
                    images,
                    targets[places],
                    fill(batches.row_weights[part]),
                    fill(batches.learning_rates[part]),
                    fill(shares[part]),
                    fill(n_batches[part]),
                ),
                len(indices),
            )

    def _taken(self, rows: NDArray[Any], indices: NDArray[np.int32]) -> NDArray[Any]:
        """Take the rows of the steps; what is missing of a launch is left as it is."""
        n_steps, batch_size = indices.shape
        taken = np.empty((self._n_steps_per_launch, batch_size, rows.shape[1]), rows.dtype)
        np.take(rows, indices, axis=0, out=taken[:n_steps], mode="clip")
        return taken

    def _run(
        self, values: _Values, n_steps: jax.Array, steps: _Steps, settings: StepSettings
    ) -> tuple[_Values, tuple[jax.Array, jax.Array]]:
        self.n_compilations += 1
        if self._n_steps_per_launch == 1:
            values, loss, accuracy = self._step(
                values, jax.tree.map(lambda it: it[0], steps), settings
            )
            return values, (loss[jnp.newaxis], accuracy[jnp.newaxis])

        def body(i: jax.Array, carried: Any) -> Any:
            values, losses, accuracies = carried
            values, loss, accuracy = self._step(
                values, jax.tree.map(lambda it: it[i], steps), settings
            )
            return values, losses.at[i].set(loss), accuracies.at[i].set(accuracy)

        empty = jnp.zeros(self._n_steps_per_launch, self._dtype)
        values, *metrics = lax.fori_loop(0, n_steps, body, (values, empty, empty))
        return values, tuple(metrics)

    def _step(
        self, values: _Values, step: _Steps, settings: StepSettings
    ) -> tuple[_Values, jax.Array, jax.Array]:
        images = step.images.reshape(-1, *self._image_shape)
        if images.dtype == "uint8":
            images = images.astype(self._dtype) / WHITE

        def differentiated(trained: Arrays) -> tuple[jax.Array, Any]:
            pairs = [*zip(self._trained, trained, strict=True)]
            pairs += [*zip(self._others, values.others, strict=True)]
            averages = warmed_up_averages(self.model, step.n_batches, step.shares)
            scope = keras.StatelessScope(state_mapping=pairs, collect_losses=True)
            with scope, averages, exchanged_layers(self.model, trains=True):
                distorted = distort(images, self._options.augmentation, self._augmentation_seed)
                losses = compute_losses(
                    self.model, distorted, step.targets, step.row_weights, settings
                )
            others = [scope.get_current_value(variable) for variable in self._others]
            return losses.penalized, (losses, others)

        gradients, (losses, others) = jax.grad(differentiated, has_aux=True)(values.trained)
        trained = values.trained
        if self._options.decays_weights:
            trained = self._decayed(trained, step.learning_rates * settings.weight_decay)
        trained, slots, n_updates = self._update.apply(
            trained, gradients, values.slots, values.n_updates, step.learning_rates
        )
        return _Values(trained, others, slots, n_updates), losses.loss, losses.accuracy

    def _decayed(self, trained: Arrays, rate: jax.Array) -> Arrays:
        scope = keras.StatelessScope(state_mapping=[*zip(self._trained, trained, strict=True)])
        with scope:
            decay(self._trained, rate)
        return [scope.get_current_value(variable) for variable in self._trained]


def _convolves(model: keras.Model) -> bool:
    return any(hasattr(layer, "dilation_rate") for layer in all_layers(model))
