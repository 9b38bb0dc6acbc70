"""Hide notices that C++ libraries print while they are imported."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STANDARD_ERROR = 2
_lock = threading.RLock()

# Information and warnings as Abseil and TensorFlow log them, and lines that go with them.
_NOTICE = re.compile(
    rb"[IW]\d{4} "
    rb"|\d{4}-\d\d-\d\d [\d:.]+: [IW] "
    rb"|WARNING: All log messages before absl::InitializeLog"
    rb"|To enable the following instructions: "
)


@contextmanager
def without_notices() -> Iterator[None]:
    """Hide notices that C++ writes to the descriptor of standard error, and show everything else.

    If the block fails, everything that was printed is shown.
    """
    with _lock:
        _flush()
        try:
            shown = os.dup(_STANDARD_ERROR)
        except OSError:  # There is no standard error, so nothing can be shown.
            yield
            return
        with os.fdopen(shown, "wb", buffering=0) as stream, tempfile.TemporaryFile() as kept:
            os.dup2(kept.fileno(), _STANDARD_ERROR)
            succeeded = False
            try:
                yield
                succeeded = True
            finally:
                _flush()
                os.dup2(stream.fileno(), _STANDARD_ERROR)
                kept.seek(0)
                printed = kept.read()
                with suppress(OSError):
                    stream.write(_without_notices(printed) if succeeded else printed)


def _without_notices(printed: bytes) -> bytes:
    lines = printed.splitlines(keepends=True)
    return b"".join(line for line in lines if not _NOTICE.match(line))


def _flush() -> None:
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
