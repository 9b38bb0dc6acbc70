"""One thread for the matrix products of training.

Those of a batch are too small for more: the threads of BLAS would mostly wait for one another, and
sums in another order would give the same fit other bits on another number of processors.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

from skdigits.programs._limited_threads import limited_threads

# The limit holds for the whole process, so concurrent fits take turns.
_turn = threading.RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit BLAS to one thread, and restore its threads afterwards."""
    with _turn, limited_threads(_blas(), 1):
        yield


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


def _start_in_child() -> None:
    """Replace the lock, which another thread of the parent process may have held."""
    global _turn
    _turn = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_in_child)
