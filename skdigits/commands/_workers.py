"""joblib's processes, which leave Ctrl-C to the process of the command."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any

from joblib.parallel import BACKENDS


class Workers(BACKENDS["loky"]):  # type: ignore[name-defined]
    """A backend for :func:`joblib.parallel_config` whose processes ignore Ctrl-C.

    A terminal sends Ctrl-C to all processes. Each would show a traceback, or return an incomplete
    fit; instead, the process that started them ends them. This holds for those that joblib starts
    later, too, in place of one whose memory has grown.
    """

    def configure(self, *arguments: Any, **parameters: Any) -> Any:
        with _blocked_interrupts():
            return super().configure(*arguments, **parameters)

    def submit(self, *arguments: Any, **parameters: Any) -> Any:
        with _blocked_interrupts():
            return super().submit(*arguments, **parameters)


@contextmanager
def _blocked_interrupts() -> Iterator[None]:
    """Block Ctrl-C in this thread, and for good in the processes that it starts."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # It would be started with the workers, and unblocks the signal up to Python 3.12.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
