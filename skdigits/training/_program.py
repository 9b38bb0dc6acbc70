"""The contract of a compiled program, and the bounded cache that shares programs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import joblib
import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import ImageShape
from skdigits.augmentation import Augmentation
from skdigits.training._backend import check_process, require_backend
from skdigits.training._network import BUILDING, Network, Weights
from skdigits.training._optimizers import Optimizer

if TYPE_CHECKING:
    import keras

MAX_PROGRAMS = 32


@dataclass(frozen=True)
class TrainingState:
    """All that changes while a network trains, as arrays.

    `slots` are the moments and the like of the optimizer that `slots_of` describes, empty before
    the first update, and `n_updates` is how often it has updated them; `seeds` are the states of
    the layers with random behaviour. `n_batches` is how many batches the averages of batch
    normalisation have seen, by whatever optimizer, a short one for a part.
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

    def __init__(self, model: keras.Model, image_shape: ImageShape) -> None: ...

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
    model: keras.Model
    n_seeds: int
    n_steps_per_call: int
    n_compilations: int

    def __init__(
        self, model: keras.Model, image_shape: ImageShape, options: TrainingOptions
    ) -> None: ...

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
        worth_compiling: bool,
    ) -> StepMetrics:
        """Take one step per batch.

        `worth_compiling` says that enough steps are to come to pay for a longer compilation.
        """
        ...


class CacheInfo(NamedTuple):
    """State of the cache of compiled programs.

    Parameters
    ----------
    size : int
        Number of programs held now.
    max_size : int
        Number of programs held at most; the least recently used one makes room.
    hits : int
        How often a program was found in the cache.
    compilations : int
        How often a training or prediction function was compiled in this process.

    Examples
    --------
    >>> from skdigits.training import CacheInfo
    >>> CacheInfo(size=2, max_size=32, hits=10, compilations=2).hits
    10
    """

    size: int
    max_size: int
    hits: int
    compilations: int


@dataclass
class ProgramCache:
    """Least-recently-used cache of programs, shared by all estimators of the process.

    Programs that predict are pure functions, and serve all who ask at once. A program that trains
    is lent to one fit at a time; a fit that finds it lent gets another one, since to wait could
    mean to wait for oneself: a scorer or a callback may fit the network that is being fitted.
    """

    max_size: int = MAX_PROGRAMS
    _programs: OrderedDict[Hashable, list[Any]] = field(default_factory=OrderedDict)
    _hits: int = 0
    _retired_compilations: int = 0
    # Held only to look something up: BUILDING is never asked for under it.
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forward(self, network: Network) -> ForwardProgram:
        """Get the program that predicts with a network."""
        check_process()
        key = ("forward", network.key)
        found = self._find(key)
        if found is None:
            # Threads that ask for the same program wait for the first of them to make it.
            with BUILDING:
                found = self._find(key)
                if found is None:
                    backend = require_backend(trains=False)
                    found = backend.ForwardProgram(network.build(), network.image_shape)
                    self._add(key, found)
        program: ForwardProgram = found
        return program

    @contextmanager
    def training(
        self, network: Network, options: TrainingOptions, model: keras.Model | None = None
    ) -> Iterator[TrainingProgram]:
        """Borrow a program that trains a network; `model` saves building it."""
        check_process()
        key = ("training", network.key, options.key)
        program: TrainingProgram | None = self._find(key, lend=True)
        if program is None:
            backend = require_backend()
            program = backend.TrainingProgram(
                model or network.build(), network.image_shape, options
            )
            program.lent = True
            self._add(key, program)
        try:
            yield program
        finally:
            program.lent = False

    def info(self) -> CacheInfo:
        """Count programs, hits and compilations."""
        with self._lock:
            held = [program for programs in self._programs.values() for program in programs]
            return CacheInfo(
                size=len(held),
                max_size=self.max_size,
                hits=self._hits,
                compilations=self._retired_compilations
                + sum(program.n_compilations for program in held),
            )

    def clear(self) -> None:
        """Forget all programs and counts."""
        with self._lock:
            self._programs.clear()
            self._hits = self._retired_compilations = 0

    def _find(self, key: Hashable, *, lend: bool = False) -> Any:
        with self._lock:
            programs = self._programs.get(key, ())
            found = next((program for program in programs if not (lend and program.lent)), None)
            if found is not None:
                if lend:
                    found.lent = True
                self._programs.move_to_end(key)
                self._hits += 1
            return found

    def _add(self, key: Hashable, program: Any) -> None:
        with self._lock:
            self._programs.setdefault(key, []).append(program)
            self._programs.move_to_end(key)
            while sum(map(len, self._programs.values())) > self.max_size:
                oldest = next(iter(self._programs))
                self._retired_compilations += self._programs[oldest].pop(0).n_compilations
                if not self._programs[oldest]:
                    del self._programs[oldest]


PROGRAMS = ProgramCache()


def cache_info() -> CacheInfo:
    """Count the compiled programs that all estimators of this process share.

    Returns
    -------
    info : CacheInfo
        `size`, `max_size`, `hits` and `compilations`.

    Examples
    --------
    >>> from skdigits.training import cache_info
    >>> cache_info().max_size
    32
    """
    return PROGRAMS.info()


def clear_cache() -> None:
    """Forget all compiled programs, which frees their memory; estimators are not affected.

    Examples
    --------
    >>> from skdigits.training import cache_info, clear_cache
    >>> clear_cache()
    >>> cache_info().size
    0
    """
    PROGRAMS.clear()
