"""Tables as text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def format_table(rows: Sequence[Sequence[str]], n_left: int = 1) -> str:
    """Align the cells of a table: the first `n_left` columns left, the others right.

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


def format_html(rows: Sequence[Sequence[str]], notes: Sequence[str] = (), n_left: int = 1) -> str:
    """Write the same cells as an HTML table with notes below it, for notebooks.

    Examples
    --------
    >>> from skdigits._table import format_html
    >>> print(format_html([("network", "s"), ("<MLP>", "10")], ["Seconds on 1 thread."]))
    <table>
    <thead><tr><th style="text-align: left">network</th><th ...>s</th></tr></thead>
    <tbody>
    <tr><td style="text-align: left">&lt;MLP&gt;</td><td style="text-align: right">10</td></tr>
    </tbody>
    </table>
    <p>Seconds on 1 thread.</p>
    """
    header, *body = ([escape(cell) for cell in row] for row in rows)
    return "\n".join(
        [
            "<table>",
            f"<thead>{_html_row(header, 'th', n_left)}</thead>",
            "<tbody>",
            *(_html_row(row, "td", n_left) for row in body),
            "</tbody>",
            "</table>",
            *([f"<p>{'<br/>'.join(map(escape, notes))}</p>"] if notes else []),
        ]
    )


def _html_row(cells: Sequence[str], tag: str, n_left: int) -> str:
    sides = ["left" if column < n_left else "right" for column in range(len(cells))]
    marked = (
        f'<{tag} style="text-align: {side}">{cell}</{tag}>'
        for cell, side in zip(cells, sides, strict=True)
    )
    return f"<tr>{''.join(marked)}</tr>"
