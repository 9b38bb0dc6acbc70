"""What is told beside the answer, on standard error."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence

from skdigits._printable import printable

_LONGEST_LINE = 1_000


def tell(text: str) -> None:
    """Print on standard error; that nobody listens there ends no work."""
    StandardError().write(f"{text}\n")


def print_line(kind: str, message: object, notes: Sequence[str] = ()) -> None:
    """Print a message of any length as one line on standard error.

    Of one with tracebacks, such as scikit-learn's of many fits, the first line and the last are
    shown, which is the error.
    """
    lines = str(message).strip().splitlines()
    if any(line.startswith("Traceback ") for line in lines):
        lines = [lines[0], "...", lines[-1]]
    text = printable(" ".join(" ".join(lines).split()))
    if len(text) > _LONGEST_LINE:
        text = f"{text[: _LONGEST_LINE // 2]} ... {text[-_LONGEST_LINE // 2 :]}"
    aside = f" ({printable('; '.join(notes))})" if notes else ""
    tell(f"skdigits: {kind}: {text}{aside}")


class StandardError(io.TextIOBase):
    """Standard error as it is now, for the progress of work: nothing depends on being heard."""

    def __init__(self) -> None:
        # Bars put a stream of their own in the place of `sys.stderr`, and write to this one.
        self._stream = sys.stderr

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()
        return len(text)

    def isatty(self) -> bool:
        return self._stream is not None and not self._stream.closed and self._stream.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(self._stream, "encoding", None) or "utf-8"
