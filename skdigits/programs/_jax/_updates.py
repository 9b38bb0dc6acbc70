"""Updates of the weights by an optimizer, for the JAX backend: functions of values.

XLA makes one pass over the memory of the operations of an update, so none needs a kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from skdigits.architectures import Weights
from skdigits.programs._optimizers import Optimizer

Arrays = Sequence[jax.Array]


def _adam(
    config: Mapping[str, Any], n_updates: jax.Array, rate: jax.Array,
    weight: jax.Array, gradient: jax.Array, mean: jax.Array, variance: jax.Array,
) -> Arrays:  # fmt: skip
    """Adam (Kingma and Ba 2015)."""
    beta_1, beta_2 = config["beta_1"], config["beta_2"]
    n_updates = n_updates.astype(weight.dtype)
    rate = rate * jnp.sqrt(1 - beta_2**n_updates) / (1 - beta_1**n_updates)
    mean = mean + (gradient - mean) * (1 - beta_1)
    variance = variance + (jnp.square(gradient) - variance) * (1 - beta_2)
    return weight - mean * rate / (jnp.sqrt(variance) + config["epsilon"]), mean, variance


def _rmsprop(
    config: Mapping[str, Any], n_updates: jax.Array, rate: jax.Array,
    weight: jax.Array, gradient: jax.Array, variance: jax.Array,
) -> Arrays:  # fmt: skip
    """RMSprop (Hinton 2012)."""
    variance = config["rho"] * variance + (1 - config["rho"]) * jnp.square(gradient)
    return weight - rate * gradient / jnp.sqrt(variance + config["epsilon"]), variance


def _sgd(
    config: Mapping[str, Any], n_updates: jax.Array, rate: jax.Array,
    weight: jax.Array, gradient: jax.Array, *momentum: jax.Array,
) -> Arrays:  # fmt: skip
    """Stochastic gradient descent, with momentum or without, Nesterov's too."""
    step = gradient * rate
    if not momentum:
        return (weight - step,)
    moved = config["momentum"] * momentum[0] - step
    change = config["momentum"] * moved - step if config["nesterov"] else moved
    return weight + change, moved


_OF_ADAM = frozenset({"beta_1", "beta_2", "epsilon"})

# The function of an optimizer, and the options that it knows.
_UPDATES: dict[str, tuple[Callable[..., Arrays], frozenset[str]]] = {
    "Adam": (_adam, _OF_ADAM),
    "AdamW": (_adam, _OF_ADAM),
    "RMSprop": (_rmsprop, frozenset({"rho", "epsilon"})),
    "SGD": (_sgd, frozenset({"momentum", "nesterov"})),
}
_N_SLOTS: dict[Callable[..., Arrays], int] = {_adam: 2, _rmsprop: 1, _sgd: 1}


class OwnUpdate:
    """An update computed here, in the precision of the weights."""

    def __init__(self, optimizer: Optimizer, weights: Sequence[keras.Variable]) -> None:
        self._config = optimizer.config
        self._update, _ = _UPDATES[optimizer.kind]
        has_slots = self._config.get("momentum") != 0 or self._update is not _sgd
        self._n_slots = _N_SLOTS[self._update] if has_slots else 0
        self._weights = weights

    def initial_slots(self) -> Weights:
        """Return the slots before the first update."""
        return tuple(
            np.zeros(weight.shape, weight.dtype)
            for weight in self._weights
            for _ in range(self._n_slots)
        )

    def apply(
        self, weights: Arrays, gradients: Arrays, slots: Arrays, n_updates: jax.Array,
        learning_rate: jax.Array,
    ) -> tuple[Arrays, Arrays, jax.Array]:  # fmt: skip
        """Return the weights, slots and number of updates after an update."""
        n_updates = n_updates + 1
        changed, kept, n = [], [], self._n_slots
        for i, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
            weight, *own = self._update(
                self._config, n_updates, learning_rate, weight, gradient, *slots[n * i : n * i + n]
            )
            changed.append(weight)
            kept.extend(own)
        return changed, kept, n_updates


class KerasUpdate:
    """An update by the Keras optimizer itself, which counts its updates."""

    def __init__(self, optimizer: Optimizer, weights: Sequence[keras.Variable]) -> None:
        self._optimizer = optimizer.to_keras()
        self._optimizer.build(weights)

    def initial_slots(self) -> Weights:
        """Return the slots before the first update."""
        _, _, *slots = self._optimizer.variables
        return tuple(np.array(slot.numpy()) for slot in slots)

    def apply(
        self, weights: Arrays, gradients: Arrays, slots: Arrays, n_updates: jax.Array,
        learning_rate: jax.Array,
    ) -> tuple[Arrays, Arrays, jax.Array]:  # fmt: skip
        """Return the weights, slots and number of updates after an update."""
        count, rate, *_ = self._optimizer.variables
        values = [n_updates.astype(count.dtype), learning_rate.astype(rate.dtype), *slots]
        changed, after = self._optimizer.stateless_apply(values, gradients, weights)
        return changed, after[2:], after[0].astype(n_updates.dtype)


def make_update(optimizer: Optimizer, weights: Sequence[keras.Variable]) -> OwnUpdate | KerasUpdate:
    """Choose who computes the updates of the optimizer."""
    known = _UPDATES.get(optimizer.kind)
    constrained = any(weight.constraint is not None for weight in weights)
    if known and not constrained and optimizer.has_only({*known[1], "weight_decay"}):
        return OwnUpdate(optimizer, weights)
    return KerasUpdate(optimizer, weights)
