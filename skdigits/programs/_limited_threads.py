"""Fewer threads for libraries of linear algebra, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from threadpoolctl import ThreadpoolController

from skdigits.programs._postponed_interrupts import postponed_interrupts


@contextmanager
def limited_threads(libraries: ThreadpoolController, n_threads: int | None) -> Iterator[None]:
    """Limit libraries to so many threads, and restore theirs afterwards; None limits nothing."""
    with ExitStack() as stack:
        with postponed_interrupts():
            stack.enter_context(libraries.limit(limits=n_threads))
        try:
            yield
        finally:
            # If an interrupt comes before this block, the stack is closed by its own.
            with postponed_interrupts():
                stack.close()
