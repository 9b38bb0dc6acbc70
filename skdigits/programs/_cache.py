"""The bounded cache that shares programs."""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from skdigits.architectures import Weights
from skdigits.programs._choice import choose_for_prediction, choose_for_training
from skdigits.programs._contract import ForwardProgram, TrainingOptions, TrainingProgram
from skdigits.programs._exhausted_memory import predict_in_parts
from skdigits.programs._keras_network import AnyNetwork
from skdigits.programs._postponed_interrupts import postponed_interrupts

if TYPE_CHECKING:
    import keras

MAX_PROGRAMS = 32


class CacheInfo(NamedTuple):
    """State of the cache of compiled programs.

    Parameters
    ----------
    size : int
        Current number of programs.
    max_size : int
        Largest number of programs; when it is reached, the least recently used one is dropped.
    hits : int
        How often a program was found in the cache.
    compilations : int
        How often a training or prediction program was compiled in this process, or set up in NumPy.

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

    Prediction programs are pure functions, which several threads can use at once. A training
    program is lent to one fit at a time. If it is lent, another fit gets a new one instead of
    waiting, which could cause a deadlock: a scorer or a callback may fit the network that is being
    fitted.
    """

    max_size: int = MAX_PROGRAMS
    # The least recently used first.
    _programs: dict[Hashable, list[Any]] = field(default_factory=dict)
    _hits: int = 0
    _retired_compilations: int = 0
    # Held only to look something up.
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forward(self, network: AnyNetwork, n_rows: int) -> ForwardProgram:
        """Get the program that predicts so many rows with a network."""
        backend = choose_for_prediction(network, n_rows)
        key = ("forward", backend.__name__, backend.find_device(), network)
        program: ForwardProgram | None = self._find(key)
        if program is None:
            with postponed_interrupts():
                program = backend.ForwardProgram(network)
            # Another thread may have been as quick: nobody waits, and one of the two is dropped.
            self._add(key, program)
        return program

    def predict(self, network: AnyNetwork, weights: Weights, rows: NDArray[Any]) -> NDArray[Any]:
        """Compute the logits of rows, of fewer at a time if memory runs out."""
        return predict_in_parts(self.forward(network, len(rows)), weights, rows)

    @contextmanager
    def training(
        self,
        network: AnyNetwork,
        options: TrainingOptions,
        model: keras.Model | None = None,
        *,
        needs_model: bool = False,
    ) -> Iterator[TrainingProgram]:
        """Borrow a program that trains a network; `model` saves building it.

        `needs_model` asks for one that has a Keras model, whose weights are those in training.
        """
        backend = choose_for_training(network, options, needs_model=needs_model)
        key = ("training", backend.__name__, backend.find_device(), network, options.key)
        # A program is in this list before it is lent: an interrupt may come at any time.
        borrowed: list[TrainingProgram] = []
        try:
            self._find(key, borrowed)
            if not borrowed:
                with postponed_interrupts():
                    borrowed.append(backend.TrainingProgram(network, options, model))
                borrowed[0].lent = True
                self._add(key, borrowed[0])
            yield borrowed[0]
        finally:
            for program in borrowed:
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
        """Drop all programs and counts."""
        with self._lock:
            self._programs.clear()
            self._hits = self._retired_compilations = 0

    def renew_lock(self) -> None:
        """Free the lock in a forked process, where the thread that held it does not run."""
        self._lock = threading.Lock()

    def _find(self, key: Hashable, borrowed: list[TrainingProgram] | None = None) -> Any:
        """Find a program; with a list, one that is not lent, which is then lent and in the list."""
        with self._lock:
            programs = self._programs.get(key, [])
            found = next((it for it in programs if borrowed is None or not it.lent), None)
            if found is not None:
                self._programs[key] = self._programs.pop(key)
                self._hits += 1
                if borrowed is not None:
                    borrowed.append(found)
                    found.lent = True
            return found

    def _add(self, key: Hashable, program: Any) -> None:
        with self._lock:
            self._programs[key] = [*self._programs.pop(key, []), program]
            while sum(map(len, self._programs.values())) > self.max_size:
                oldest = next(iter(self._programs))
                self._retired_compilations += self._programs[oldest].pop(0).n_compilations
                if not self._programs[oldest]:
                    del self._programs[oldest]


PROGRAMS = ProgramCache()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=PROGRAMS.renew_lock)


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
    """Drop all compiled programs, which frees their memory; estimators are not affected.

    Examples
    --------
    >>> from skdigits.training import cache_info, clear_cache
    >>> clear_cache()
    >>> cache_info().size
    0
    """
    PROGRAMS.clear()
