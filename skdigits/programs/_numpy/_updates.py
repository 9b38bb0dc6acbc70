"""What an optimizer does to the weights, in place: all of them are one long array.

Each function takes one part of the weights, of their gradient and of the slots at a time, so that
the parts stay in the caches. The gradient is used up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits.programs._optimizers import Optimizer

Array = NDArray[Any]
Update = Callable[..., None]  # (config, step size, weights, gradient, room, *slots)

# Few enough that weights, gradient, slots and room stay in the second cache, and enough for few
# calls.
_NUMBERS_OF_PART = 1 << 15


def _adam(
    config: Mapping[str, Any], rate: float, weights: Array, gradient: Array, room: Array,
    mean: Array, variance: Array,
) -> None:  # fmt: skip
    """Adam (Kingma and Ba 2015)."""
    np.subtract(gradient, mean, out=room)
    room *= 1 - config["beta_1"]
    mean += room
    gradient *= gradient
    gradient -= variance
    gradient *= 1 - config["beta_2"]
    variance += gradient
    np.sqrt(variance, out=room)
    room += config["epsilon"]
    np.divide(mean, room, out=room)
    room *= rate
    weights -= room


def _bias_corrected(config: Mapping[str, Any], learning_rate: float, n_updates: int) -> float:
    beta_1, beta_2 = config["beta_1"], config["beta_2"]
    factor: float = (1 - beta_2**n_updates) ** 0.5 / (1 - beta_1**n_updates)
    return learning_rate * factor


def _rmsprop(
    config: Mapping[str, Any], rate: float, weights: Array, gradient: Array, room: Array,
    variance: Array,
) -> None:  # fmt: skip
    """RMSprop (Hinton 2012)."""
    np.multiply(gradient, gradient, out=room)
    room *= 1 - config["rho"]
    variance *= config["rho"]
    variance += room
    np.add(variance, config["epsilon"], out=room)
    np.sqrt(room, out=room)
    gradient *= rate
    gradient /= room
    weights -= gradient


def _sgd(
    config: Mapping[str, Any], rate: float, weights: Array, gradient: Array, room: Array,
    momentum: Array | None = None,
) -> None:  # fmt: skip
    """Stochastic gradient descent, with momentum or without, Nesterov's too."""
    gradient *= rate
    if momentum is None:
        weights -= gradient
        return
    momentum *= config["momentum"]
    momentum -= gradient
    if config["nesterov"]:
        np.multiply(momentum, config["momentum"], out=room)
        weights += room
        weights -= gradient
    else:
        weights += momentum


_UPDATES: dict[str, Update] = {"Adam": _adam, "AdamW": _adam, "RMSprop": _rmsprop, "SGD": _sgd}
_OPTIONS = {
    "Adam": {"beta_1", "beta_2", "epsilon"},
    "AdamW": {"beta_1", "beta_2", "epsilon"},
    "RMSprop": {"rho", "epsilon"},
    "SGD": {"momentum", "nesterov"},
}


def has_update(optimizer: Optimizer) -> bool:
    """Whether the options of an optimizer are among those that are computed here."""
    return optimizer.has_only(_OPTIONS.get(optimizer.kind, ()))


class WeightUpdate:
    """The slots of an optimizer, how often they were updated, and the next update."""

    def __init__(self, optimizer: Optimizer, n_weights: int, dtype: np.dtype[Any]) -> None:
        self.n_updates = 0
        self._config = optimizer.config
        self._update = _UPDATES[optimizer.kind]
        self._corrects_bias = self._update is _adam
        n_slots = {_adam: 2, _rmsprop: 1, _sgd: int(self._config.get("momentum", 0) != 0)}
        self.slots = [np.zeros(n_weights, dtype) for _ in range(n_slots[self._update])]
        self._room = np.empty(min(n_weights, _NUMBERS_OF_PART), dtype)

    def apply(self, weights: Array, gradient: Array, learning_rate: float) -> None:
        """Update the weights; the gradient is used up."""
        self.n_updates += 1
        rate = learning_rate
        if self._corrects_bias:
            rate = _bias_corrected(self._config, learning_rate, self.n_updates)
        for part in self._parts(len(weights)):
            slots = [slot[part] for slot in self.slots]
            own, change = weights[part], gradient[part]
            self._update(self._config, rate, own, change, self._room[: len(own)], *slots)

    def _parts(self, n_weights: int) -> Iterator[slice]:
        for start in range(0, n_weights, _NUMBERS_OF_PART):
            yield slice(start, start + _NUMBERS_OF_PART)
