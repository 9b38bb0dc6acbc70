"""Programs for the TensorFlow backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from skdigits.architectures import Weights
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
from skdigits.programs._postponed_interrupts import postponed_interrupts
from skdigits.programs._step import (
    compute_losses,
    decay,
    distort,
    share_of_batch,
    warmed_up_averages,
)
from skdigits.programs._tensorflow._layers import fused_layers
from skdigits.programs._tensorflow._tensors import copy_to_tensor
from skdigits.programs._tensorflow._updates import make_update

# Steps whose rows are gathered together: one launch of the loop over steps.
_STEPS_PER_LAUNCH = 8
_MOST_PIXELS_PER_LAUNCH = 1 << 22

# Layers that compute each row of numbers apart from its neighbours.
_DENSE = (
    keras.layers.InputLayer,
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Rescaling,
    keras.layers.Dense,
    keras.layers.Activation,
)


def _is_dense(model: keras.Model) -> bool:
    return all(isinstance(layer, _DENSE) for layer in model.layers)


class ForwardProgram:
    """Images to logits, compiled once for any number of rows."""

    def __init__(self, network: AnyNetwork) -> None:
        self.n_compilations = 0
        self._model = model = build_network(network)
        self._variables = model.weights
        self._placed: tuple[Weights, list[tf.Tensor]] = ((), [])
        self._image_shape = network.image_shape
        n_pixels = int(np.prod(self._image_shape))
        # A few more images cost a convolution more than its rounding matters.
        self._n_rows_of_block = ROWS_OF_BLOCK if _is_dense(model) else 1
        n_blocks = max(1, PIXELS_PER_CALL // (n_pixels * self._n_rows_of_block))
        self._n_rows_per_call = n_blocks * self._n_rows_of_block
        self._dtype = tf.as_dtype(network.weight_dtype)
        logits = tf.function(self._compute, autograph=False)
        self._logits = logits.get_concrete_function(
            [tf.TensorSpec(variable.shape, variable.dtype) for variable in self._variables],
            tf.TensorSpec([None, n_pixels], self._dtype),
        )

    def __call__(self, weights: Weights, rows: NDArray[Any]) -> NDArray[Any]:
        placed = self._place(weights)
        starts = range(0, len(rows), self._n_rows_per_call)
        parts = [rows[start : start + self._n_rows_per_call] for start in starts]
        return np.concatenate([self._call(placed, part) for part in parts])

    @postponed_interrupts()
    def _call(self, weights: list[tf.Tensor], rows: NDArray[Any]) -> NDArray[Any]:
        n_rows = len(rows)
        if n_rows > 1:
            n_rows = -(-n_rows // self._n_rows_of_block) * self._n_rows_of_block
        rows = as_floats(rows, self._dtype.as_numpy_dtype)
        placed = copy_to_tensor(rows, self._dtype, n_rows)
        # The plain operation spares a single row the checks that cost as much as the network.
        (logits,) = tf.raw_ops.StatefulPartitionedCall(
            args=[*weights, placed, *self._logits.captured_inputs],
            Tout=[self._dtype],
            f=self._logits,
        )
        array: NDArray[Any] = logits.numpy()
        return array[: len(rows)]

    def _compute(self, weights: Sequence[tf.Tensor], rows: tf.Tensor) -> tf.Tensor:
        self.n_compilations += 1
        images = tf.reshape(rows, (-1, *self._image_shape))
        mapping = list(zip(self._variables, weights, strict=True))
        with fused_layers(self._model), keras.StatelessScope(state_mapping=mapping):
            return tf.cast(self._model(images, training=False), rows.dtype)

    def _place(self, weights: Weights) -> list[tf.Tensor]:
        """Convert weights to tensors, only once for read-only arrays."""
        known, tensors = self._placed
        if len(known) == len(weights) and all(map(is_same_and_frozen, known, weights)):
            return tensors
        check_weight_shapes(self._model, weights)
        tensors = [tf.constant(weight) for weight in weights]
        self._placed = (weights, tensors)
        return tensors


class TrainingProgram:
    """A loop of training steps over rows held as tensors, in one call."""

    n_steps_per_call = STEPS_PER_CALL

    def __init__(
        self, network: AnyNetwork, options: TrainingOptions, model: keras.Model | None = None
    ) -> None:
        self.lent = False
        self.model = model = model or build_network(network)
        self.n_compilations = 0
        self._options = options
        self._image_shape = network.image_shape
        self._dtype = tf.as_dtype(network.weight_dtype)
        weights = {id(variable) for variable in model.weights}
        self._seeds = [v for v in model.variables if id(v) not in weights]
        self._augmentation_seed = keras.random.SeedGenerator(0)
        if options.augmentation:
            self._seeds.append(self._augmentation_seed.state)
        self.n_seeds = len(self._seeds)
        self._n_batches = tf.Variable(0.0, dtype=tf.float64)
        self._update = make_update(options.optimizer, model.trainable_variables)
        self._compiled = {dtype: self._compile(dtype) for dtype in (tf.uint8, self._dtype)}

    def place(self, rows: NDArray[Any], targets: NDArray[np.int32]) -> tuple[tf.Tensor, tf.Tensor]:
        dtype = tf.as_dtype(dtype_of_placed(rows, self._dtype.name))
        return copy_to_tensor(rows, dtype), copy_to_tensor(targets, tf.int32)

    def load(self, state: TrainingState) -> None:
        for variable, value in zip(self.model.weights, state.weights, strict=True):
            variable.assign(value)
        for variable, value in zip(self._seeds, state.seeds, strict=True):
            variable.assign(value)
        self._n_batches.assign(state.n_batches)
        self._update.load(state.slots, state.n_updates)

    def weights(self) -> Weights:
        return read_weights(self.model)

    def state_without_optimizer(self) -> TrainingState:
        return TrainingState(self.weights(), n_batches=float(self._n_batches.numpy()))

    def state(self) -> TrainingState:
        return replace(
            self.state_without_optimizer(),
            slots=self._update.state(),
            slots_of=self._options.optimizer.description,
            n_updates=int(self._update.n_updates.numpy()),
            seeds=tuple(np.array(seed.numpy()) for seed in self._seeds),
        )

    @postponed_interrupts()
    def train(
        self,
        placed: tuple[tf.Tensor, tf.Tensor],
        batches: Batches,
        settings: StepSettings,
    ) -> StepMetrics:
        rows, targets = placed
        loss, accuracy = self._compiled[rows.dtype](
            rows,
            targets,
            batches.indices,
            tf.convert_to_tensor(batches.row_weights, self._dtype),
            tf.convert_to_tensor(batches.learning_rates, self._dtype),
            StepSettings(*(tf.constant(number, self._dtype) for number in settings)),
        )
        return StepMetrics(loss.numpy(), accuracy.numpy())

    def _compile(self, dtype_of_rows: tf.DType) -> Callable[..., Any]:
        n_pixels = int(np.prod(self._image_shape))
        n_steps_at_most = _MOST_PIXELS_PER_LAUNCH // (self._options.batch_size * n_pixels)
        n_steps_per_launch = max(1, min(_STEPS_PER_LAUNCH, n_steps_at_most))
        launch = tf.function(self._launch, reduce_retracing=True, autograph=False)
        dtype, batch_size = self._dtype, self._options.batch_size
        compiled: Callable[..., Any] = tf.function(
            partial(self._run, launch, n_steps_per_launch),
            input_signature=[
                tf.TensorSpec([None, n_pixels], dtype_of_rows),
                tf.TensorSpec([None], tf.int32),
                tf.TensorSpec([None, batch_size], tf.int32),
                tf.TensorSpec([None, batch_size], dtype),
                tf.TensorSpec([None], dtype),
                StepSettings(*(tf.TensorSpec([], dtype) for _ in StepSettings._fields)),
            ],
            autograph=False,
        )
        return compiled

    def _run(
        self,
        launch: Callable[..., Any],
        n_steps_per_launch: int,
        rows: tf.Tensor,
        targets: tf.Tensor,
        indices: tf.Tensor,
        row_weights: tf.Tensor,
        learning_rates: tf.Tensor,
        settings: StepSettings,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Cut the steps into launches of equal shape, the last one padded."""
        self.n_compilations += 1
        n_steps = tf.shape(indices)[0]
        n_launches = -(-n_steps // n_steps_per_launch)
        missing = n_launches * n_steps_per_launch - n_steps

        def cut(steps: tf.Tensor) -> tf.Tensor:
            padding = [[0, missing]] + [[0, 0]] * (len(steps.shape) - 1)
            shape = (n_launches, n_steps_per_launch, *steps.shape[1:])
            return tf.reshape(tf.pad(steps, padding), shape)

        indices, row_weights, learning_rates = map(cut, (indices, row_weights, learning_rates))

        def body(i: tf.Tensor, metrics: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            result = launch(
                tf.minimum(n_steps - i * n_steps_per_launch, n_steps_per_launch),
                tf.gather(rows, indices[i]),
                tf.gather(targets, indices[i]),
                row_weights[i],
                learning_rates[i],
                settings,
            )
            return i + 1, metrics.write(i, result)

        metrics = tf.TensorArray(
            self._dtype, size=n_launches, element_shape=[n_steps_per_launch, 2]
        )
        _, metrics = tf.while_loop(lambda i, _: i < n_launches, body, (0, metrics))
        steps = tf.reshape(metrics.stack(), (-1, 2))[:n_steps]
        return steps[:, 0], steps[:, 1]

    def _launch(
        self,
        n_steps: tf.Tensor,
        rows: tf.Tensor,
        targets: tf.Tensor,
        row_weights: tf.Tensor,
        learning_rates: tf.Tensor,
        settings: StepSettings,
    ) -> tf.Tensor:
        if rows.dtype == tf.uint8:
            rows = tf.cast(rows, self._dtype) / WHITE
        images = tf.reshape(rows, (*rows.shape[:2], *self._image_shape))

        def body(i: tf.Tensor, metrics: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            loss, accuracy = self._step(
                images[i],
                targets[i],
                row_weights[i],
                learning_rates[i],
                settings,
            )
            return i + 1, tf.tensor_scatter_nd_update(metrics, [[i]], [[loss, accuracy]])

        metrics = tf.zeros((rows.shape[0], 2), self._dtype)
        return tf.while_loop(lambda i, _: i < n_steps, body, (0, metrics))[1]

    def _step(
        self,
        images: tf.Tensor,
        targets: tf.Tensor,
        row_weights: tf.Tensor,
        learning_rate: tf.Tensor,
        settings: StepSettings,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        images = distort(images, self._options.augmentation, self._augmentation_seed)
        share = share_of_batch(row_weights, self._n_batches.dtype)
        averages = warmed_up_averages(self.model, self._n_batches, share)
        with fused_layers(self.model), averages, tf.GradientTape() as tape:
            losses = compute_losses(self.model, images, targets, row_weights, settings)
        variables = self.model.trainable_variables
        gradients = tape.gradient(
            losses.penalized,
            [variable.value for variable in variables],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        if self._options.decays_weights:
            decay(variables, learning_rate * settings.weight_decay)
        self._update.apply(gradients, learning_rate)
        self._n_batches.assign_add(share)
        return losses.loss, losses.accuracy
