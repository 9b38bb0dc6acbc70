"""One thread for the matrix products of training.

Those of a batch are too small for more: the threads of BLAS would mostly wait for one another, and
sums in another order would give the same fit other bits on another number of processors.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

from skdigits.programs._postponed_interrupts import postponed_interrupts

# The limit holds for the whole process, so concurrent fits take turns.
_turn = threading.RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit BLAS to one thread, and restore its threads afterwards."""
    with _turn, ExitStack() as stack:
        with postponed_interrupts():
            limits = stack.enter_context(_blas().limit(limits=1))
        try:
            yield
        finally:
            # The stack does so once more: an interrupt may come before the last library.
            limits.restore_original_limits()


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


def _start_in_child() -> None:
    """Replace the lock, which another thread of the parent process may have held."""
    global _turn
    _turn = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_in_child)
