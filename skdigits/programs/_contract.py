"""The contract of a program: what every backend gives, and what it is given."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import joblib
import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import Weights
from skdigits.augmentation import Augmentation
from skdigits.programs._optimizers import Optimizer


@dataclass(frozen=True)
class TrainingState:
    """All that changes while a network trains, as arrays.

    `slots` are the moments and the like of the optimizer that `slots_of` describes, empty before
    the first update, and `n_updates` is how often it has updated them. On every backend the slots
    are those of Keras' optimizer, in its order and without its counter: Adam's are the momentum and
    the velocity of the first weight, then those of the second. `seeds` are the states of the layers
    with random behaviour. `n_batches` is how many batches the averages of batch normalisation have
    seen, by whatever optimizer, a short one for a part.
    """

    weights: Weights
    slots: Weights = ()
    slots_of: str = ""
    n_updates: int = 0
    n_batches: float = 0.0
    seeds: Weights = ()

    def without_optimizer(self) -> TrainingState:
        """Leave out what only the same optimizer could go on with."""
        return TrainingState(self.weights, n_batches=self.n_batches)


@dataclass(frozen=True)
class Batches:
    """A run of training steps: which rows make each batch, and how much each row counts.

    `row_weights` are sample weights over their mean and over the number of rows in the batch, so
    that they sum to about one. Padding has the weight zero.
    """

    indices: NDArray[np.int32]  # (n_steps, batch_size)
    row_weights: NDArray[np.float64]  # (n_steps, batch_size)
    learning_rates: NDArray[np.float64]  # (n_steps,)

    def cut(self, n_steps: int) -> Iterator[Batches]:
        """Cut into runs of at most so many steps."""
        for start in range(0, len(self.indices), n_steps):
            part = slice(start, start + n_steps)
            yield Batches(self.indices[part], self.row_weights[part], self.learning_rates[part])

    def with_learning_rate(self, learning_rate: float) -> Batches:
        """Take all steps at one learning rate."""
        return replace(self, learning_rates=np.full(len(self.indices), learning_rate))


class StepMetrics(NamedTuple):
    """Loss and accuracy of each step, weighted like the rows: arrays of shape (n_steps,)."""

    loss: NDArray[np.float32]
    accuracy: NDArray[np.float32]

    def cut(self, n_steps: int) -> Iterator[StepMetrics]:
        """Cut into runs of so many steps."""
        for start in range(0, len(self.loss), n_steps):
            part = slice(start, start + n_steps)
            yield StepMetrics(self.loss[part], self.accuracy[part])

    @staticmethod
    def joined(parts: Sequence[StepMetrics]) -> StepMetrics:
        """Put runs of steps one after the other."""
        return StepMetrics(*(np.concatenate(column) for column in zip(*parts, strict=True)))


class ForwardProgram(Protocol):
    """Images to logits: a pure function of weights and rows, safe to call from many threads."""

    n_compilations: int

    def __call__(self, weights: Weights, rows: NDArray[Any]) -> NDArray[Any]:
        """Compute logits of shape (n_samples, n_classes) from rows (n_samples, n_pixels)."""
        ...


@dataclass(frozen=True, eq=False)
class TrainingOptions:
    """What changes the computation of a training step, beside the network."""

    optimizer: Optimizer
    batch_size: int
    decays_weights: bool
    augmentation: tuple[Augmentation, ...] = ()

    @property
    def key(self) -> Hashable:
        """Equal for options that are computed alike, in this process."""
        distortions = tuple((type(a), joblib.hash(a.get_params())) for a in self.augmentation)
        return (self.optimizer, self.batch_size, self.decays_weights, distortions)


class TrainingProgram(Protocol):
    """Many training steps in one call, for one borrower at a time.

    `lent` says that it has a borrower. `n_steps_per_call` is how many steps a call should have:
    enough of them to be quick, and no more, since a call cannot be interrupted.
    """

    lent: bool
    n_seeds: int
    n_steps_per_call: int
    n_compilations: int

    def place(self, rows: NDArray[Any], targets: NDArray[np.int32]) -> Any:
        """Put the training rows where the program computes."""
        ...

    def load(self, state: TrainingState) -> None:
        """Set everything that changes in training."""
        ...

    def weights(self) -> Weights:
        """Copy the weights."""
        ...

    def state(self) -> TrainingState:
        """Copy everything that changes in training."""
        ...

    def train(
        self,
        placed: Any,
        batches: Batches,
        *,
        weight_decay: float,
        label_smoothing: float,
    ) -> StepMetrics:
        """Take one step per batch."""
        ...
