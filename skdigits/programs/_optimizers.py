"""Optimizers as data: the name of a Keras class, and its configuration."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from skdigits.programs._backend import require_backend

if TYPE_CHECKING:
    import keras

# Peaks of a falling schedule that suit digits; those of other optimizers are Keras' defaults.
PEAKS = {"adam": 0.01, "adamw": 0.01, "nadam": 0.01, "sgd": 0.1}


# What every optimizer of Keras is configured by.
_GENERAL: dict[str, Any] = {
    "clipnorm": None, "clipvalue": None, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
    "global_clipnorm": None, "gradient_accumulation_steps": None, "loss_scale_factor": None,
    "use_ema": False, "weight_decay": None,
}  # fmt: skip
_OF_ADAM = {"amsgrad": False, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}

# The optimizers that are known without Keras: the defaults of their classes.
DEFAULTS: dict[str, dict[str, Any]] = {
    "Adam": {**_GENERAL, **_OF_ADAM, "learning_rate": 0.001},
    "AdamW": {**_GENERAL, **_OF_ADAM, "learning_rate": 0.001, "weight_decay": 0.004},
    "RMSprop": {
        **_GENERAL, "centered": False, "epsilon": 1e-7, "learning_rate": 0.001, "momentum": 0.0,
        "rho": 0.9,
    },
    "SGD": {**_GENERAL, "learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
}  # fmt: skip
_CLASSES = {kind.lower(): kind for kind in DEFAULTS}


@dataclass(frozen=True)
class Optimizer:
    """A rule for updates; learning rate and weight decay are inputs at run time.

    `own_class` is that of an optimizer that Keras did not write.
    """

    kind: str  # the name of the class
    config_json: str
    learning_rate: float = field(compare=False)
    peak_learning_rate: float = field(compare=False)
    weight_decay: float = field(compare=False)
    own_class: type[keras.Optimizer] | None = None

    @property
    def config(self) -> dict[str, Any]:
        """Keras' configuration, without learning rate and weight decay."""
        config: dict[str, Any] = json.loads(self.config_json)
        return config

    @property
    def description(self) -> str:
        """Description that is equal if the slots have the same meaning."""
        return f"{self.kind} {self.config_json}"

    def has_only(self, options: Collection[str]) -> bool:
        """Whether its class is one of `DEFAULTS`, and all but these options have their defaults."""
        if self.own_class is not None or self.kind not in DEFAULTS:
            return False
        defaults = json.loads(_as_json(DEFAULTS[self.kind]))
        config = self.config
        return all(name in options or value == defaults.get(name) for name, value in config.items())

    def to_keras(self) -> keras.Optimizer:
        """Build the Keras optimizer."""
        import keras

        kind = self.own_class or getattr(keras.optimizers, self.kind)
        return kind.from_config(self.config)


def as_optimizer(optimizer: str | keras.Optimizer) -> Optimizer:
    """Convert a name or an unbuilt Keras optimizer, which is not changed."""
    return _named(optimizer.lower()) if isinstance(optimizer, str) else _described(optimizer)


@lru_cache
def _named(name: str) -> Optimizer:
    kind = _CLASSES.get(name)
    described = _named_by_keras(name) if kind is None else _configured(kind, DEFAULTS[kind])
    return replace(described, peak_learning_rate=PEAKS.get(name, described.learning_rate))


def _named_by_keras(name: str) -> Optimizer:
    require_backend()
    import keras

    try:
        return _described(keras.optimizers.get(name))
    except ValueError as error:
        raise ValueError(
            f"optimizer={name!r} is not a Keras optimizer: use the name of one, such as 'adam', "
            "'adamw', 'sgd' or 'rmsprop', or an instance."
        ) from error


def _described(optimizer: Any) -> Optimizer:
    import keras

    if not isinstance(optimizer, keras.Optimizer):
        raise TypeError(
            f"optimizer must be a name or a keras.optimizers.Optimizer, got {optimizer!r}."
        )
    config = optimizer.get_config()
    if not isinstance(config["learning_rate"], float | int):
        raise ValueError(
            f"optimizer={type(optimizer).__name__} has a learning-rate schedule of its own: "
            "use a number instead, and set learning_rate_schedule."
        )
    if config.get("use_ema"):
        raise ValueError(
            f"optimizer={type(optimizer).__name__}(use_ema=True) is not supported: the averages "
            "would be computed, but never used."
        )
    by_keras = type(optimizer).__module__.startswith("keras.")
    configured = _configured(type(optimizer).__name__, config)
    return configured if by_keras else replace(configured, own_class=type(optimizer))


def _configured(kind: str, config: Mapping[str, Any]) -> Optimizer:
    # Keras keeps it in float32.
    learning_rate = float(np.float32(config["learning_rate"]))
    return Optimizer(
        kind=kind,
        config_json=_as_json(config),
        learning_rate=learning_rate,
        peak_learning_rate=learning_rate,
        weight_decay=float(config.get("weight_decay") or 0.0),
    )


def _as_json(config: Mapping[str, Any]) -> str:
    decay = config.get("weight_decay")
    at_run_time = {
        "name": None,
        "learning_rate": 1.0,
        "weight_decay": None if decay is None else 0.0,
    }
    if "loss_scale_factor" in config:
        # Nothing scales the loss, so nothing may scale the gradients back.
        at_run_time["loss_scale_factor"] = None
    return json.dumps({**config, **at_run_time}, sort_keys=True, default=float)
