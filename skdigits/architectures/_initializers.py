"""Initial weights, drawn with NumPy: the same on every backend."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import Any

import numpy as np
from scipy.stats import truncnorm

Shape = tuple[int, ...]
Draw = Callable[[Shape, np.random.RandomState], Any]  # to an array of the shape


def _variance_scaling(scale: float, is_fan_in: bool, is_uniform: bool) -> Draw:
    """Draw with a variance inverse to the number of inputs, or of inputs and outputs on average."""

    def draw(shape: Shape, random_state: np.random.RandomState) -> Any:
        *_, n_inputs, n_outputs = shape
        n_connections = n_inputs if is_fan_in else (n_inputs + n_outputs) / 2
        variance = scale / max(1.0, prod(shape[:-2]) * n_connections)
        if is_uniform:
            limit = sqrt(3 * variance)
            return random_state.uniform(-limit, limit, shape)
        # What is cut off takes variance with it.
        return _truncated_normal(sqrt(variance) / truncnorm(-2, 2).std())(shape, random_state)

    return draw


def _truncated_normal(deviation: float) -> Draw:
    def draw(shape: Shape, random_state: np.random.RandomState) -> Any:
        quantiles = random_state.uniform(size=shape)
        return truncnorm(-2, 2, scale=deviation).ppf(quantiles)

    return draw


def _orthogonal(shape: Shape, random_state: np.random.RandomState) -> Any:
    n_rows, n_columns = prod(shape[:-1]), shape[-1]
    tall = random_state.normal(size=(max(n_rows, n_columns), min(n_rows, n_columns)))
    q, r = np.linalg.qr(tall)
    q *= np.sign(np.diag(r))
    return (q if n_rows >= n_columns else q.T).reshape(shape)


# By the names that Keras gives them, with Keras' defaults.
INITIALIZERS: dict[str, Draw] = {
    "glorot_normal": _variance_scaling(1, False, False),
    "glorot_uniform": _variance_scaling(1, False, True),
    "he_normal": _variance_scaling(2, True, False),
    "he_uniform": _variance_scaling(2, True, True),
    "lecun_normal": _variance_scaling(1, True, False),
    "lecun_uniform": _variance_scaling(1, True, True),
    "ones": lambda shape, random_state: np.ones(shape),
    "orthogonal": _orthogonal,
    "random_normal": lambda shape, random_state: random_state.normal(0, 0.05, shape),
    "random_uniform": lambda shape, random_state: random_state.uniform(-0.05, 0.05, shape),
    "truncated_normal": _truncated_normal(0.05),
    "zeros": lambda shape, random_state: np.zeros(shape),
}
