"""The contract of a compiled program, and the bounded cache that shares programs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import joblib
import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import ImageShape
from skdigits.augmentation import Augmentation
from skdigits.training._backend import check_process, require_backend
from skdigits.training._network import Network, Weights
from skdigits.training._optimizers import Optimizer

if TYPE_CHECKING:
    import keras

MAX_PROGRAMS = 32


@dataclass(frozen=True)
class TrainingState:
    """All that changes while a network trains, as arrays.

    `slots` are the moments and the like of the optimizer that `slots_of` describes, empty before
    the first update; `seeds` are the states of the layers with random behaviour.
    """

    weights: Weights
    slots: Weights = ()
    slots_of: str = ""
    n_updates: int = 0
    seeds: Weights = ()


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
    """Many training steps in one call. Hold `lock` from `load` to the last `state`, and set `lent`.

    `n_steps_per_call` is how many steps a call should have: enough of them to be quick, and no
    more, since a call cannot be interrupted.
    """

    lock: threading.RLock
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
class _Slot:
    """Where a program is, or is being made."""

    program: Any = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def n_compilations(self) -> int:
        return 0 if self.program is None else int(self.program.n_compilations)


@dataclass
class ProgramCache:
    """Least-recently-used cache of programs, shared by all estimators of the process."""

    max_size: int = MAX_PROGRAMS
    _slots: OrderedDict[Hashable, _Slot] = field(default_factory=OrderedDict)
    _hits: int = 0
    _retired_compilations: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forward(self, network: Network) -> ForwardProgram:
        """Get the program that predicts with a network."""
        program = self._get(
            ("forward", network.key),
            lambda: require_backend(trains=False).ForwardProgram(
                network.build(), network.image_shape
            ),
        )
        return cast("ForwardProgram", program)

    def training(
        self, network: Network, options: TrainingOptions, model: keras.Model | None = None
    ) -> TrainingProgram:
        """Get the program that trains a network; `model` saves building it."""
        program = self._get(
            ("training", network.key, options.key),
            lambda: require_backend().TrainingProgram(
                model or network.build(), network.image_shape, options
            ),
        )
        return cast("TrainingProgram", program)

    def info(self) -> CacheInfo:
        """Count programs, hits and compilations."""
        with self._lock:
            held = sum(slot.n_compilations for slot in self._slots.values())
            return CacheInfo(
                size=len(self._slots),
                max_size=self.max_size,
                hits=self._hits,
                compilations=self._retired_compilations + held,
            )

    def clear(self) -> None:
        """Forget all programs and counts."""
        with self._lock:
            self._slots.clear()
            self._hits = self._retired_compilations = 0

    def _get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Get a program, made by the first who asks while only those who ask for it wait."""
        check_process()
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            if len(self._slots) > self.max_size:
                _, retired = self._slots.popitem(last=False)
                self._retired_compilations += retired.n_compilations
        with slot.lock:
            if slot.program is not None:
                with self._lock:
                    self._hits += 1
                return slot.program
            try:
                slot.program = make()
            except BaseException:
                with self._lock:
                    self._slots.pop(key, None)
                raise
            return slot.program


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
