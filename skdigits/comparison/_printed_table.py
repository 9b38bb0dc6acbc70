"""Results that are a table when printed, and in a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from skdigits._table import format_html, format_table


class PrintedTable(ABC):
    """A table with notes below it."""

    @abstractmethod
    def _cells(self) -> Sequence[Sequence[str]]:
        """Write the header and a row per classifier."""

    @abstractmethod
    def _notes(self) -> Sequence[str]:
        """Return the lines below the table, which explain its numbers."""

    def __str__(self) -> str:
        return "\n".join([format_table(self._cells()), "", *self._notes()])

    def _repr_html_(self) -> str:
        return format_html(self._cells(), self._notes())
