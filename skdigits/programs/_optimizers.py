"""Optimizers as data: a Keras class and its configuration."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

# Peaks of a falling schedule that suit digits; those of other optimizers are Keras' defaults.
PEAKS = {"adam": 0.01, "adamw": 0.01, "nadam": 0.01, "sgd": 0.1}


@dataclass(frozen=True)
class Optimizer:
    """A rule for updates; learning rate and weight decay are inputs at run time."""

    kind: type[keras.Optimizer]
    config_json: str
    learning_rate: float = field(compare=False)
    peak_learning_rate: float = field(compare=False)
    weight_decay: float = field(compare=False)

    @property
    def config(self) -> dict[str, Any]:
        """Keras' configuration, without learning rate and weight decay."""
        config: dict[str, Any] = json.loads(self.config_json)
        return config

    @property
    def description(self) -> str:
        """Description that is equal if the slots have the same meaning."""
        return f"{self.kind.__name__} {self.config_json}"

    def to_keras(self) -> keras.Optimizer:
        """Build the Keras optimizer."""
        return self.kind.from_config(self.config)


def as_optimizer(optimizer: str | keras.Optimizer) -> Optimizer:
    """Convert a name or an unbuilt Keras optimizer, which is not changed."""
    return _named(optimizer.lower()) if isinstance(optimizer, str) else _described(optimizer)


@lru_cache
def _named(name: str) -> Optimizer:
    import keras

    try:
        described = _described(keras.optimizers.get(name))
    except ValueError as error:
        raise ValueError(
            f"optimizer={name!r} is not a Keras optimizer: use the name of one, such as 'adam', "
            "'adamw', 'sgd' or 'rmsprop', or an instance."
        ) from error
    return replace(described, peak_learning_rate=PEAKS.get(name, described.learning_rate))


def _described(optimizer: Any) -> Optimizer:
    import keras

    if not isinstance(optimizer, keras.Optimizer):
        raise TypeError(
            f"optimizer must be a name or a keras.optimizers.Optimizer, got {optimizer!r}."
        )
    config = optimizer.get_config()
    learning_rate, weight_decay = config["learning_rate"], config.get("weight_decay")
    if not isinstance(learning_rate, float | int):
        raise ValueError(
            f"optimizer={type(optimizer).__name__} has a learning-rate schedule of its own: "
            "use a number instead, and set learning_rate_schedule."
        )
    if config.get("use_ema"):
        raise ValueError(
            f"optimizer={type(optimizer).__name__}(use_ema=True) is not supported: the averages "
            "would be computed, but never used."
        )
    at_run_time = {
        "name": None,
        "learning_rate": 1.0,
        "weight_decay": None if weight_decay is None else 0.0,
    }
    return Optimizer(
        kind=type(optimizer),
        config_json=json.dumps({**config, **at_run_time}, sort_keys=True, default=float),
        learning_rate=float(learning_rate),
        peak_learning_rate=float(learning_rate),
        weight_decay=float(weight_decay or 0.0),
    )
