"""What is read on a photo and drawn on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Plotted:
    """Anything with a photo, its scale and digits on it."""

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the photo, with a box and a label for each digit.

        The same as :meth:`~skdigits.plotting.ReadingDisplay.from_reading`, for the axes alone.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; by default on a figure of its own.

        Returns
        -------
        ax : matplotlib.axes.Axes
            The axes.
        """
        from skdigits.plotting import ReadingDisplay

        return ReadingDisplay.from_reading(self, ax=ax).ax_
