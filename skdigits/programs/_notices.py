"""Hide notices that C++ libraries print while they are imported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STANDARD_ERROR = 2
_END = b"\0\n"
_SECONDS = 5  # that the last lines may take
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

    Another process looks at the lines, and shows them even if a fatal error ends this one. If the
    block fails, everything that was printed is shown.
    """
    with _lock:
        _flush()
        try:
            shown = os.dup(_STANDARD_ERROR)
        except OSError:  # There is no standard error, so nothing can be shown.
            yield
            return
        with os.fdopen(shown, "wb", buffering=0) as stream:
            watcher = _start_watcher()
            if watcher is None or watcher.stdin is None:
                yield
                return
            os.dup2(watcher.stdin.fileno(), _STANDARD_ERROR)
            try:
                yield
                _flush()
                with suppress(OSError):
                    watcher.stdin.write(_END)
            finally:
                _flush()
                os.dup2(stream.fileno(), _STANDARD_ERROR)
                watcher.stdin.close()
                with suppress(subprocess.TimeoutExpired):
                    watcher.wait(_SECONDS)


def _start_watcher() -> subprocess.Popen[bytes] | None:
    """Start Python on this file, unless the program that runs is another one."""
    is_python = os.path.basename(sys.executable or "").lower().startswith("python")
    if not is_python or getattr(sys, "frozen", False):
        return None
    try:
        # In a session of its own Ctrl-C does not reach it.
        return subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
    except OSError:
        return None


def _flush() -> None:
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()


def _watch() -> None:
    """Pass lines on from standard input to standard error, but for notices if all ends well."""
    notices = []
    for line in iter(sys.stdin.buffer.readline, b""):
        if line.endswith(_END):
            rest = line.removesuffix(_END)
            _show(b"" if _NOTICE.match(rest) else rest)
            return
        if _NOTICE.match(line):
            notices.append(line)
        else:
            _show(line)
    _show(b"".join(notices))


def _show(lines: bytes) -> None:
    with suppress(OSError):
        os.write(_STANDARD_ERROR, lines)


if __name__ == "__main__":
    _watch()
