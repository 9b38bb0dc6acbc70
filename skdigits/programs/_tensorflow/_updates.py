"""Updates of the weights by an optimizer, for the TensorFlow backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from skdigits.architectures import Weights
from skdigits.programs._optimizers import Optimizer


class _Update:
    """State in addition to the weights: the slots, and the number of updates."""

    def __init__(self, slots: Sequence[tf.Variable], n_updates: tf.Variable) -> None:
        self.slots = slots
        self.n_updates = n_updates
        self._initial = [slot.numpy() for slot in slots]

    def load(self, slots: Weights, n_updates: int) -> None:
        """Set the slots; none means a fresh start."""
        for slot, value in zip(self.slots, slots or self._initial, strict=True):
            slot.assign(value)
        self.n_updates.assign(n_updates)

    def state(self) -> Weights:
        """Copy the slots."""
        return tuple(np.array(slot.numpy()) for slot in self.slots)


class _FusedUpdate(_Update):
    """An update by one of TensorFlow's fused kernels, which touch each weight once.

    Keras' optimizers use many small operations instead, each a pass over the memory.
    """

    options: ClassVar[frozenset[str]]
    n_slots_per_weight: int

    def __init__(self, optimizer: Optimizer, weights: Sequence[keras.Variable]) -> None:
        self._config = optimizer.config
        self._weights = [weight.value for weight in weights]
        slots = [
            tf.Variable(tf.zeros_like(weight))
            for weight in self._weights
            for _ in range(self.n_slots_per_weight)
        ]
        super().__init__(slots, tf.Variable(0, dtype=tf.int64))


class _AdamUpdate(_FusedUpdate):
    """Adam (Kingma and Ba 2015)."""

    options = frozenset({"beta_1", "beta_2", "epsilon", "weight_decay"})
    n_slots_per_weight = 2

    def apply(self, gradients: Sequence[tf.Tensor], learning_rate: tf.Tensor) -> None:
        n_updates = tf.cast(self.n_updates.assign_add(1), learning_rate.dtype)
        beta_1, beta_2, epsilon = (
            tf.constant(self._config[name], learning_rate.dtype)
            for name in ("beta_1", "beta_2", "epsilon")
        )
        for i, (weight, gradient) in enumerate(zip(self._weights, gradients, strict=True)):
            mean, variance = self.slots[2 * i : 2 * i + 2]
            tf.raw_ops.ResourceApplyAdam(
                var=weight.handle,
                m=mean.handle,
                v=variance.handle,
                beta1_power=beta_1**n_updates,
                beta2_power=beta_2**n_updates,
                lr=learning_rate,
                beta1=beta_1,
                beta2=beta_2,
                epsilon=epsilon,
                grad=gradient,
            )


class _SGDUpdate(_FusedUpdate):
    """Stochastic gradient descent with momentum, Nesterov's too."""

    options = frozenset({"momentum", "nesterov", "weight_decay"})
    n_slots_per_weight = 1

    def state(self) -> Weights:
        """Copy the slots; without momentum, Keras has none."""
        return super().state() if self._config["momentum"] else ()

    def apply(self, gradients: Sequence[tf.Tensor], learning_rate: tf.Tensor) -> None:
        self.n_updates.assign_add(1)
        for weight, slot, gradient in zip(self._weights, self.slots, gradients, strict=True):
            tf.raw_ops.ResourceApplyKerasMomentum(
                var=weight.handle,
                accum=slot.handle,
                lr=learning_rate,
                grad=gradient,
                momentum=tf.constant(self._config["momentum"], learning_rate.dtype),
                use_nesterov=self._config["nesterov"],
            )


class _KerasUpdate(_Update):
    """An update by the Keras optimizer itself, which counts its updates."""

    def __init__(self, optimizer: Optimizer, weights: Sequence[keras.Variable]) -> None:
        self._optimizer = optimizer.to_keras()
        self._optimizer.build(weights)
        self._weights = weights
        n_updates, _, *slots = self._optimizer.variables
        super().__init__([slot.value for slot in slots], n_updates.value)

    def apply(self, gradients: Sequence[tf.Tensor], learning_rate: tf.Tensor) -> None:
        self._optimizer.learning_rate.assign(learning_rate)
        self._optimizer.apply(gradients, self._weights)


_FUSED: dict[str, type[_AdamUpdate | _SGDUpdate]] = {
    "Adam": _AdamUpdate,
    "AdamW": _AdamUpdate,
    "SGD": _SGDUpdate,
}


def make_update(optimizer: Optimizer, weights: Sequence[keras.Variable]) -> Any:
    """Choose the fastest way to compute the updates of the optimizer."""
    fused = _FUSED.get(optimizer.kind)
    constrained = any(weight.constraint is not None for weight in weights)
    if fused is not None and not constrained and optimizer.has_only(fused.options):
        return fused(optimizer, weights)
    return _KerasUpdate(optimizer, weights)
