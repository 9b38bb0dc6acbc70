"""One thread for the matrix products of training.

Those of a batch are too small for more: the threads of BLAS would mostly wait for one another, and
sums in another order would give the same fit other bits on another number of processors.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import LibController, ThreadpoolController

# The limit holds for the whole process, so concurrent fits take turns.
_turn = threading.RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit BLAS to one thread, and restore its threads afterwards."""
    with _turn:
        before = [(library, library.num_threads) for library in _libraries()]
        try:
            _set_threads((library, 1) for library, _ in before)
            yield
        finally:
            try:
                _set_threads(before)
            finally:
                # Once more: an interrupt may have come before the last of them.
                _set_threads(before)


def _set_threads(numbers: Iterable[tuple[LibController, int]]) -> None:
    for library, n_threads in numbers:
        library.set_num_threads(n_threads)


@cache
def _libraries() -> list[LibController]:
    libraries: list[LibController] = ThreadpoolController().select(user_api="blas").lib_controllers
    return libraries


def _start_in_child() -> None:
    """Replace the lock, which another thread of the parent process may have held."""
    global _turn
    _turn = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_in_child)
