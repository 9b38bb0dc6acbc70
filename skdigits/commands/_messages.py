"""Messages on standard error, separate from the results."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence

from skdigits._printable import printable

_LONGEST_LINE = 1_000


def tell(text: str) -> None:
    """Print on standard error; if that fails, the work continues."""
    StandardError().write(f"{text}\n")


def print_line(kind: str, message: object, notes: Sequence[str] = ()) -> None:
    """Print a message of any length as one line on standard error.

    If it contains tracebacks, such as scikit-learn's message about many fits, only the first and
    the last line are shown, which is the error.
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
    """The current standard error, for progress messages; errors of writing are ignored."""

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
