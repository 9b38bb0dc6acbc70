"""What is told beside the answer, on standard error."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def print_line(kind: str, message: object, notes: Sequence[str] = ()) -> None:
    """Print a message of any length as one line on standard error."""
    text = " ".join(str(message).split())
    aside = f" ({'; '.join(notes)})" if notes else ""
    print(f"skdigits: {kind}: {text}{aside}", file=sys.stderr, flush=True)
