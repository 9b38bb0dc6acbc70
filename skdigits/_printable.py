"""External text, with its control characters escaped."""

from __future__ import annotations


def printable(text: object) -> str:
    r"""Escape control characters, which a terminal would interpret, as in Python.

    Examples
    --------
    >>> from skdigits._printable import printable
    >>> print(printable("a\x1b[2J\nb é 7"))
    a\x1b[2J\nb é 7
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text))
