"""The interface of a program, which every backend implements."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import joblib
import numpy as np
from numpy.typing import DTypeLike, NDArray

from skdigits.architectures import Weights
from skdigits.augmentation import Augmentation
from skdigits.programs._optimizers import Optimizer

# Pixels computed at once in prediction: bounds the memory that feature maps take.
PIXELS_PER_CALL = 1 << 20

# Training steps of a backend per call.
STEPS_PER_CALL = 64

# The brightest grey level of uint8 pixels, which become 1.
WHITE = 255

# Kernels for matrices take blocks of rows, and round the remaining rows in another way. A multiple
# of all their blocks makes what a row becomes independent of its place.
ROWS_OF_BLOCK = 48


def dtype_of_placed(rows: NDArray[Any], dtype: str) -> str:
    """Choose the dtype of the rows that a program holds: grey levels in uint8 are kept."""
    return "uint8" if rows.dtype == np.uint8 else dtype


def as_floats(rows: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """Scale grey levels to [0, 1]; what is not uint8 is scaled already."""
    if rows.dtype == np.uint8:
        scaled: NDArray[Any] = np.divide(rows, WHITE, dtype=dtype)
        return scaled
    return rows.astype(dtype, copy=False)


@dataclass(frozen=True)
class TrainingState:
    """All that changes while a network trains, as arrays.

    `slots` are the moments and the like of the optimizer that `slots_of` describes, empty before
    the first update, and `n_updates` is the number of updates. On every backend the slots are those
    of Keras' optimizer, in its order and without its counter: Adam's are the momentum and the
    velocity of the first weight, then those of the second. `seeds` are the states of the layers
    with random behaviour. `n_batches` is the number of batches in the averages of batch
    normalisation, with any optimizer; a short batch is a fraction.
    """

    weights: Weights
    slots: Weights = ()
    slots_of: str = ""
    n_updates: int = 0
    n_batches: float = 0.0
    seeds: Weights = ()

    def without_optimizer(self) -> TrainingState:
        """Remove the state that only the same optimizer can continue with."""
        return TrainingState(self.weights, n_batches=self.n_batches)


@dataclass(frozen=True)
class Batches:
    """A run of training steps: the rows of each batch, and their weights.

    `row_weights` are sample weights over their mean and over the number of rows in the batch, so
    that they sum to about one. Padding has the weight zero.
    """

    indices: NDArray[np.int32]  # (n_steps, batch_size)
    row_weights: NDArray[np.float64]  # (n_steps, batch_size)
    learning_rates: NDArray[np.float64]  # (n_steps,)

    def cut(self, n_steps: int) -> Iterator[Batches]:
        """Cut into runs of at most `n_steps` steps."""
        for start in range(0, len(self.indices), n_steps):
            part = slice(start, start + n_steps)
            yield Batches(self.indices[part], self.row_weights[part], self.learning_rates[part])

    def with_learning_rate(self, learning_rate: float) -> Batches:
        """Use one learning rate for all steps."""
        return replace(self, learning_rates=np.full(len(self.indices), learning_rate))


class StepMetrics(NamedTuple):
    """Loss and accuracy of each step, weighted like the rows: arrays of shape (n_steps,)."""

    loss: NDArray[np.float32]
    accuracy: NDArray[np.float32]

    def cut(self, n_steps: int) -> Iterator[StepMetrics]:
        """Cut into runs of these numbers of steps."""
        for start in range(0, len(self.loss), n_steps):
            part = slice(start, start + n_steps)
            yield StepMetrics(self.loss[part], self.accuracy[part])

    @staticmethod
    def joined(parts: Sequence[StepMetrics]) -> StepMetrics:
        """Concatenate runs of steps."""
        return StepMetrics(*(np.concatenate(column) for column in zip(*parts, strict=True)))


class ForwardProgram(Protocol):
    """Images to logits: a pure function of weights and rows, safe to call from many threads."""

    n_compilations: int

    def __call__(self, weights: Weights, rows: NDArray[Any]) -> NDArray[Any]:
        """Compute logits of shape (n_samples, n_classes) from rows (n_samples, n_pixels).

        Rows are scaled, or grey levels in uint8, which the program scales to [0, 1].
        """
        ...


@dataclass(frozen=True, eq=False)
class TrainingOptions:
    """Options that change the computation of a training step, in addition to the network."""

    optimizer: Optimizer
    batch_size: int
    decays_weights: bool
    augmentation: tuple[Augmentation, ...] = ()

    @property
    def key(self) -> Hashable:
        """Equal for options that are computed alike, in this process."""
        distortions = tuple((type(a), joblib.hash(a.get_params())) for a in self.augmentation)
        return (self.optimizer, self.batch_size, self.decays_weights, distortions)


class StepSettings(NamedTuple):
    """Numbers that are the same in all steps, and not part of the compiled computation."""

    weight_decay: Any = 0.0
    label_smoothing: Any = 0.0
    temperature: Any = 1.0


class TrainingProgram(Protocol):
    """Many training steps in one call, for one borrower at a time.

    `lent` is True if it has a borrower. `n_steps_per_call` is the number of steps that a call
    should have: enough to be fast, but no more, because a call cannot be interrupted.
    """

    lent: bool
    n_seeds: int
    n_steps_per_call: int
    n_compilations: int

    def place(self, rows: NDArray[Any], targets: NDArray[np.int32]) -> Any:
        """Copy the training rows to the memory of the program, in uint8 if they are."""
        ...

    def load(self, state: TrainingState) -> None:
        """Set everything that changes in training."""
        ...

    def weights(self) -> Weights:
        """Copy the weights."""
        ...

    def state_without_optimizer(self) -> TrainingState:
        """Copy the state that another optimizer can continue with."""
        ...

    def state(self) -> TrainingState:
        """Copy everything that changes in training."""
        ...

    def train(self, placed: Any, batches: Batches, settings: StepSettings) -> StepMetrics:
        """Take one step per batch."""
        ...


class Backend(Protocol):
    """A package of programs: what it makes, and on which device."""

    __name__: str

    @property
    def ForwardProgram(self) -> Callable[[Any], ForwardProgram]:
        """Make the program that predicts with a network."""
        ...

    @property
    def TrainingProgram(self) -> Callable[..., TrainingProgram]:
        """Make a program that trains a network with options, in a Keras model if one is passed."""
        ...

    def find_device(self) -> Hashable:
        """Return the device that a program stays on, None if it takes that of each call."""
        ...


class KerasBackend(Backend, Protocol):
    """A package of programs for a backend of Keras."""

    def list_devices(self) -> list[str]:
        """List the devices, the one that is computed on first."""
        ...

    def count_threads(self) -> int | None:
        """Return the number of threads, None if it is unknown."""
        ...
