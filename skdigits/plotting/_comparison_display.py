"""Accuracy against fit time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Self

import numpy as np

from skdigits.comparison import Comparison, FoldScores
from skdigits.plotting._style import COLORS, MARKERS, Display, make_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer

_TWO_DECADES = 100


@dataclass(eq=False, repr=False)
class ComparisonDisplay(Display):
    """Accuracy of several classifiers against their fit time.

    Use :meth:`from_comparison`. All parameters are stored as attributes. Read more in the
    :ref:`User Guide <comparison_pictures>`.

    Parameters
    ----------
    scores : dict of str to FoldScores
        Scores and times of each classifier, by name.

    Attributes
    ----------
    errorbars_ : dict of str to matplotlib ErrorbarContainer
        The point of each classifier: the median fit time in seconds and the mean accuracy in per
        cent. Its bars extend from the fastest to the slowest fold, and by one standard deviation
        of the accuracies up and down.
    ax_ : matplotlib Axes
        Axes with the points.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    See Also
    --------
    skdigits.comparison.compare_classifiers : Compare classifiers.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skdigits.comparison import compare_classifiers
    >>> from skdigits.plotting import ComparisonDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> classifiers = {"softmax": LogisticRegression(max_iter=5000), "naive Bayes": GaussianNB()}
    >>> comparison = compare_classifiers(classifiers, X[:500] / 16, y[:500], cv=3)
    >>> display = ComparisonDisplay.from_comparison(comparison)
    >>> list(display.errorbars_)
    ['softmax', 'naive Bayes']
    >>> plt.close(display.figure_)
    """

    scores: Mapping[str, FoldScores]
    errorbars_: dict[str, ErrorbarContainer] = field(init=False)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw a point with error bars for each classifier.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        display : ComparisonDisplay
            The display, with the artists as attributes.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        """
        self.ax_ = ax = make_axes(ax, (7, 3.6))
        self.errorbars_ = {}
        styles = zip(self.scores.items(), cycle(COLORS), cycle(MARKERS), strict=False)
        for (name, scores), color, marker in styles:
            seconds, accuracy = np.median(scores.fit_seconds), 100 * scores.accuracy.mean()
            self.errorbars_[name] = ax.errorbar(
                seconds,
                accuracy,
                xerr=[[seconds - scores.fit_seconds.min()], [scores.fit_seconds.max() - seconds]],
                yerr=100 * scores.accuracy.std(),
                color=color,
                marker=marker,
                markersize=8,
                linestyle="none",
                elinewidth=1.2,
                capsize=3,
                label=name,
            )
        self._scale_seconds(ax)
        ax.set(xlabel="Seconds of a fit", ylabel="Accuracy (%)")
        ax.grid(alpha=0.3)
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize="small", frameon=False)
        return self

    def _scale_seconds(self, ax: Axes) -> None:
        """Set a logarithmic scale of seconds, with as many numbers as there is room for."""
        from matplotlib.ticker import LogLocator

        ax.set_xscale("log")
        seconds = np.concatenate([scores.fit_seconds for scores in self.scores.values()])
        is_short = seconds.max() < _TWO_DECADES * seconds.min()
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if is_short else (1,)))
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_formatter("")

    @classmethod
    def from_comparison(cls, comparison: Comparison, *, ax: Axes | None = None) -> Self:
        """Show a comparison.

        Parameters
        ----------
        comparison : Comparison
            Result of :func:`~skdigits.comparison.compare_classifiers`.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        display : ComparisonDisplay
            The display, drawn.
        """
        return cls(comparison.scores).plot(ax=ax)
