"""Results of reading that can be drawn on their photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Plotted:
    """Base class of results with a photo, its scale and the digits on it."""

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the photo, with a box and a label for each digit.

        Like :meth:`~skdigits.plotting.ReadingDisplay.from_reading`, but it returns only the axes.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        ax : matplotlib.axes.Axes
            The axes.
        """
        from skdigits.plotting import ReadingDisplay

        return ReadingDisplay.from_reading(self, ax=ax).ax_
