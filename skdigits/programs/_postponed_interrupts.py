"""Ctrl-C that waits, where it would leave a backend broken."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def postponed_interrupts() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block; pressed once more, it interrupts at once.

    If an interrupt comes while TensorFlow is imported or traces a function, its stack of graphs, or
    the index of its functions, can stay wrong, and no later call works.
    """
    handler = signal.getsignal(signal.SIGINT)
    # Python handles signals in its main thread.
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    came = False

    def postpone(number: int, frame: FrameType | None) -> None:
        nonlocal came
        if came:
            handler(number, frame)
        came = True

    signal.signal(signal.SIGINT, postpone)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            handler(signal.SIGINT, None)
