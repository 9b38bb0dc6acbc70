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

    Of a long one, such as scikit-learn's with the tracebacks of many fits, the two ends are shown:
    the last line of a traceback is the error.
    """
    text = printable(" ".join(str(message).split()))
    if len(text) > _LONGEST_LINE:
        text = f"{text[: _LONGEST_LINE // 2]} ... {text[-_LONGEST_LINE // 2 :]}"
    aside = f" ({printable('; '.join(notes))})" if notes else ""
    tell(f"skdigits: {kind}: {text}{aside}")


class StandardError(io.TextIOBase):
    """Standard error for the progress of work, which goes on if nothing can be written there."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            if sys.stderr is not None:
                sys.stderr.write(text)
                sys.stderr.flush()
        return len(text)

    def isatty(self) -> bool:
        return sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(sys.stderr, "encoding", None) or "utf-8"
