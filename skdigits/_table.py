"""Tables of text."""

from __future__ import annotations

from collections.abc import Sequence


def format_table(rows: Sequence[Sequence[str]], n_left: int = 1) -> str:
    """Align the cells of a table: the first `n_left` columns to the left, numbers to the right.

    Examples
    --------
    >>> from skdigits._table import format_table
    >>> print(format_table([("network", "s"), ("MLP()", "10"), ("LeNet5()", "9")]))
    network    s
    MLP()     10
    LeNet5()   9
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < n_left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
