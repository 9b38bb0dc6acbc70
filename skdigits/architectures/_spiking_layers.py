"""Keras layers of spiking neurons. Imports Keras, hence is imported when a network is built.

Time is folded into the batch: `n_steps` consecutive entries are the steps of one image. This
makes no difference to convolutions, pooling and normalisation.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops


class _OverTime(keras.layers.Layer):
    """A layer with the number of entries of the batch that are the steps of one image."""

    def __init__(self, n_steps: int, **options: Any) -> None:
        super().__init__(**options)
        self.n_steps = n_steps

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "n_steps": self.n_steps}

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        # Said, since a backend that tries it out might do so with a batch that no steps fill.
        return (None, *input_shape[1:])

    def unfold(self, entries: Any) -> Any:
        """Add an axis for time, after that of the images."""
        return ops.reshape(entries, (-1, self.n_steps, *entries.shape[1:]))


@keras.saving.register_keras_serializable("skdigits")
class RepeatOverTime(_OverTime):
    """Present the same image, or its currents, at every step."""

    def call(self, entries: Any) -> Any:
        return ops.repeat(entries, self.n_steps, axis=0)


@keras.saving.register_keras_serializable("skdigits")
class AverageOverTime(_OverTime):
    """Average over the steps: the average of spikes is a firing rate."""

    def call(self, entries: Any) -> Any:
        return ops.mean(self.unfold(entries), axis=1)


@keras.saving.register_keras_serializable("skdigits")
class LeakyIntegrateAndFire(_OverTime):
    """Neurons with a leaky potential that sum their input, and emit a spike if it exceeds one.

    A spike reduces the potential by one. The gradient of the step function is replaced by that of
    an arc tangent (Fang et al. 2021).
    """

    def __init__(self, n_steps: int, decay: float, **options: Any) -> None:
        super().__init__(n_steps, **options)
        self.decay = decay

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "decay": self.decay}

    def call(self, currents: Any) -> Any:
        over_time = self.unfold(currents)
        potential = ops.zeros_like(over_time[:, 0])
        spikes = []
        for step in range(self.n_steps):
            potential = self.decay * potential + over_time[:, step]
            spike = _fire(potential - 1)
            potential = potential - spike
            spikes.append(spike)
        return ops.reshape(ops.stack(spikes, axis=1), (-1, *currents.shape[1:]))


def _fire(excess: Any) -> Any:
    """Return 1 where the excess is positive, else 0, with the gradient of a smooth step."""
    smooth = ops.arctan(np.pi * excess) / np.pi + 0.5
    spike = ops.cast(excess > 0, smooth.dtype)
    return smooth + ops.stop_gradient(spike - smooth)
