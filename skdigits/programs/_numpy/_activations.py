"""Activations, each beside its derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import erf, expit, log_expit, log_softmax, softmax

# Keras' constants (Klambauer et al. 2017).
_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772
_LEAK = 0.2


class Activation(NamedTuple):
    """A function of each number, and its derivative by the number and the function there.

    Functions of a whole row, such as softmax, have no derivative here.
    """

    function: Callable[[Any], Any]
    derivative: Callable[[Any, Any], Any] | None


def _mask(condition: Any, like: Any) -> Any:
    return condition.astype(like.dtype)


def _elu(x: Any) -> Any:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def _hard_sigmoid(x: Any) -> Any:
    return np.clip(x + 3, 0, 6) / 6


def _hard_sigmoid_derivative(x: Any) -> Any:
    return _mask((x > -3) & (x < 3), x) / 6


def _normal_density(x: Any) -> Any:
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi).astype(x.dtype)


def _normal_distribution(x: Any) -> Any:
    return (1 + erf(x / np.sqrt(2).astype(x.dtype))) / 2


def _gelu_derivative(x: Any, y: Any) -> Any:
    return _normal_distribution(x) + x * _normal_density(x)


def _silu_derivative(x: Any, y: Any) -> Any:
    share = expit(x)
    return share * (1 + x * (1 - share))


# By the names that Keras gives them, with Keras' defaults.
ACTIVATIONS: dict[str, Activation] = {
    "celu": Activation(_elu, lambda x, y: np.where(x > 0, 1, y + 1)),
    "elu": Activation(_elu, lambda x, y: np.where(x > 0, 1, y + 1)),
    "exponential": Activation(np.exp, lambda x, y: y),
    "gelu": Activation(lambda x: x * _normal_distribution(x), _gelu_derivative),
    "hard_sigmoid": Activation(_hard_sigmoid, lambda x, y: _hard_sigmoid_derivative(x)),
    "hard_silu": Activation(
        lambda x: x * _hard_sigmoid(x),
        lambda x, y: _hard_sigmoid(x) + x * _hard_sigmoid_derivative(x),
    ),
    "hard_tanh": Activation(lambda x: np.clip(x, -1, 1), lambda x, y: _mask((x > -1) & (x < 1), x)),
    "leaky_relu": Activation(
        lambda x: np.maximum(x, _LEAK * x),
        lambda x, y: np.where(x > 0, x.dtype.type(1), x.dtype.type(_LEAK)),
    ),
    "linear": Activation(lambda x: x, lambda x, y: np.ones_like(x)),
    "log_sigmoid": Activation(log_expit, lambda x, y: expit(-x)),
    "log_softmax": Activation(lambda x: log_softmax(x, axis=-1), None),
    "relu": Activation(lambda x: np.maximum(x, 0), lambda x, y: _mask(y > 0, y)),
    "relu6": Activation(lambda x: np.clip(x, 0, 6), lambda x, y: _mask((x > 0) & (x < 6), x)),
    "selu": Activation(
        lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0))),
        lambda x, y: np.where(x > 0, _SELU_SCALE, y + _SELU_SCALE * _SELU_ALPHA),
    ),
    "sigmoid": Activation(expit, lambda x, y: y * (1 - y)),
    "silu": Activation(lambda x: x * expit(x), _silu_derivative),
    "softmax": Activation(lambda x: softmax(x, axis=-1), None),
    "softplus": Activation(lambda x: -log_expit(-x), lambda x, y: expit(x)),
    "softsign": Activation(lambda x: x / (1 + abs(x)), lambda x, y: (1 + abs(x)) ** -2),
    "tanh": Activation(np.tanh, lambda x, y: 1 - y * y),
}
ACTIVATIONS["hard_swish"] = ACTIVATIONS["hard_silu"]
ACTIVATIONS["swish"] = ACTIVATIONS["silu"]
