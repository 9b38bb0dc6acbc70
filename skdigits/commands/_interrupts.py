"""Ctrl-C, which ends a command during any fit, in any process."""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def uninterrupted(consequence: str = "") -> Iterator[Callable[[], None]]:
    """Raise `KeyboardInterrupt` at the end of a block if Ctrl-C was pressed in it.

    The message of the exception is `consequence`. A fit may treat the interrupt as a request to
    stop early, keep the current weights and return normally; an import may convert it to another
    error. The function that the block gets raises the interrupt again; call it after each of
    several fits.

    Examples
    --------
    >>> import signal
    >>> from contextlib import suppress
    >>> from skdigits.commands._interrupts import uninterrupted
    >>> try:
    ...     with uninterrupted("the network is not whole"):
    ...         with suppress(KeyboardInterrupt):
    ...             signal.raise_signal(signal.SIGINT)
    ...         print("goes on, until the end of the block")
    ... except KeyboardInterrupt as interrupt:
    ...     print(interrupt)
    goes on, until the end of the block
    the network is not whole
    """
    interrupted = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        # Threads that look after workers fail at what the interrupt took from them.
        threading.excepthook = lambda failure: None
        raise KeyboardInterrupt

    def check() -> None:
        if interrupted:
            raise KeyboardInterrupt

    # Python handles signals in its main thread; a handler of somebody else's is theirs to keep.
    may_handle = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    try:
        if may_handle:
            signal.signal(signal.SIGINT, interrupt)
        with warnings.catch_warnings():
            # What an interrupted fit has kept is not kept here.
            warnings.filterwarnings("ignore", "Training was interrupted")
            yield check
        check()
    except (Exception, KeyboardInterrupt) as error:
        if interrupted or isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt(consequence) from error
        raise
    finally:
        if may_handle:
            signal.signal(signal.SIGINT, signal.default_int_handler)
