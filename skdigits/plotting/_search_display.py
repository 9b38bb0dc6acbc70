"""Scores of a search over two of its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skdigits.plotting._style import Display, contrasting, draw_frame, make_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage


@dataclass(eq=False, repr=False)
class SearchDisplay(Display):
    """Scores of a search over two of its parameters, as numbers on a heat map.

    Use :meth:`from_search`. All parameters are stored as attributes. Read more in the
    :ref:`User Guide <search_pictures>`.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, n_columns)
        Mean score of each pair of values, NaN if no candidate has both.
    row_values : sequence
        The value of each row: numbers, strings, architectures or other objects.
    column_values : sequence
        The value of each column.
    row_name : str, default=""
        Name of the parameter of the rows; empty if only one parameter was searched.
    column_name : str, default=""
        Name of the parameter of the columns.
    score_name : str, default="Mean score"
        Name of the scores.
    resources : ndarray of shape (n_rows, n_columns) or None, default=None
        The resource of each pair of values in successive halving, such as epochs. Scores with less
        than the largest resource are marked, because they cannot be compared with the others. None
        if all had the same resource.
    resource_name : str, default=""
        Name of the parameter that is the resource.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The heat map.
    text_ : ndarray of shape (n_rows, n_columns), dtype=matplotlib Text
        The numbers; None if there is no score.
    ax_ : matplotlib Axes
        Axes with the heat map.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    See Also
    --------
    sklearn.model_selection.ValidationCurveDisplay : The scores over one parameter, with spreads.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from skdigits.plotting import SearchDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> grid = {"C": [1, 10], "kernel": ["linear", "rbf"]}
    >>> search = GridSearchCV(SVC(), grid, cv=3).fit(X[:300] / 16, y[:300])
    >>> display = SearchDisplay.from_search(search)
    >>> display.scores.shape, display.row_name, display.column_name
    ((2, 2), 'C', 'kernel')
    >>> plt.close(display.figure_)
    """

    scores: NDArray[np.float64]
    _: KW_ONLY
    row_values: Sequence[Any]
    column_values: Sequence[Any]
    row_name: str = ""
    column_name: str = ""
    score_name: str = "Mean score"
    resources: NDArray[np.float64] | None = None
    resource_name: str = ""
    im_: AxesImage = field(init=False)
    text_: NDArray[Any] = field(init=False)

    def plot(
        self,
        *,
        ax: Axes | None = None,
        cmap: str = "viridis",
        values_format: str = ".3f",
        colorbar: bool = True,
    ) -> Self:
        """Draw the heat map, with a frame around the best score among those with the most resource.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        cmap : str, default="viridis"
            Matplotlib colormap.
        values_format : str, default=".3f"
            Format of the scores.
        colorbar : bool, default=True
            Whether to draw the scale of the colours.

        Returns
        -------
        display : SearchDisplay
            The display, with the artists as attributes.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        """
        rows, columns = _labels(self.row_values), _labels(self.column_values)
        n_letters = max(len(line) for label in columns for line in label.splitlines())
        size = (2.8 + max(0.8, 0.09 * n_letters) * len(columns), 1.4 + 0.5 * len(rows))
        self.ax_ = ax = make_axes(ax, size)
        self.im_ = ax.imshow(np.ma.masked_invalid(self.scores), cmap=cmap, aspect="auto")
        self.text_ = np.full(self.scores.shape, None, dtype=object)
        colors = self.im_.to_rgba(self.scores)
        for row, column in np.argwhere(~np.isnan(self.scores)):
            self.text_[row, column] = ax.text(
                column,
                row,
                format(self.scores[row, column], values_format) + self._mark(row, column),
                ha="center",
                va="center",
                color=contrasting(colors[row, column]),
            )
        self._frame_best()
        ax.set_xticks(range(len(columns)), columns)
        ax.set_yticks(range(len(rows)), rows)
        ax.set(xlabel=_without_steps(self.column_name), ylabel=_without_steps(self.row_name))
        if colorbar:
            self.figure_.colorbar(self.im_, ax=ax, label=self.score_name)
        return self

    @classmethod
    def from_search(
        cls,
        search: BaseEstimator,
        *,
        rows: str | None = None,
        columns: str | None = None,
        score: str = "score",
        ax: Axes | None = None,
        cmap: str = "viridis",
        values_format: str = ".3f",
        colorbar: bool = True,
    ) -> Self:
        """Show the scores of a search.

        If several candidates have the same two values and differ in other parameters, the best
        score is shown; with successive halving, the best one of their last round.

        Parameters
        ----------
        search : estimator instance
            Fitted :class:`~sklearn.model_selection.GridSearchCV`, or another search with
            `cv_results_`.
        rows : str or None, default=None
            Parameter of the rows. None is the first one that varies, except for the resource of
            successive halving.
        columns : str or None, default=None
            Parameter of the columns. None is the next one that varies.
        score : str, default="score"
            Name of the score if the search has several.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.
        cmap : str, default="viridis"
            Matplotlib colormap.
        values_format : str, default=".3f"
            Format of the scores.
        colorbar : bool, default=True
            Whether to draw the scale of the colours.

        Returns
        -------
        display : SearchDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the search does not have the parameter or the score.
        """
        check_is_fitted(search, "cv_results_")
        results = search.cv_results_
        key = f"mean_test_{score}"
        if key not in results:
            names = [name[10:] for name in results if name.startswith("mean_test_")]
            raise ValueError(f"score must be one of {names}, got {score!r}.")
        resource = getattr(search, "resource", "")
        row_name, column_name = _choose_parameters(results["params"], rows, columns, resource)
        row_values = _distinct(results["params"], row_name) if row_name else [""]
        column_values = _distinct(results["params"], column_name)
        scores = np.full((len(row_values), len(column_values)), np.nan)
        rounds = results.get("iter", np.zeros(len(results["params"])))
        amounts = results.get("n_resources", np.zeros(len(results["params"])))
        resources = np.zeros_like(scores)
        # Later rounds of successive halving, and better scores of a round, replace others.
        for i in np.lexsort((results[key], rounds)):
            candidate, mean = results["params"][i], results[key][i]
            row = _position(candidate.get(row_name, _NOT_SET), row_values) if row_name else 0
            column = _position(candidate.get(column_name, _NOT_SET), column_values)
            if not np.isnan(mean):
                scores[row, column], resources[row, column] = mean, amounts[i]
        display = cls(
            scores,
            row_values=row_values,
            column_values=column_values,
            row_name=row_name,
            column_name=column_name,
            score_name="Mean score" if score == "score" else f"Mean {score.replace('_', ' ')}",
            resources=resources if np.ptp(amounts) else None,
            resource_name=resource,
        )
        return display.plot(ax=ax, cmap=cmap, values_format=values_format, colorbar=colorbar)

    def _had_most(self) -> NDArray[np.bool_]:
        """Return which scores can be compared: those with the most resource."""
        known = ~np.isnan(self.scores)
        if self.resources is None or not known.any():
            return known
        most: NDArray[np.bool_] = self.resources == self.resources[known].max()
        return known & most

    def _mark(self, row: int, column: int) -> str:
        if self.resources is None or self._had_most()[row, column]:
            return ""
        return f"\n{self.resources[row, column]:g} {_without_steps(self.resource_name)}"

    def _frame_best(self) -> None:
        comparable = np.where(self._had_most(), self.scores, np.nan)
        if np.isnan(comparable).all():
            return
        row, column = np.unravel_index(np.nanargmax(comparable), self.scores.shape)
        extent = (column - 0.48, column + 0.48, row + 0.46, row - 0.46)
        draw_frame(self.ax_, extent, linewidth=2.5)


class _NotSet:
    """Represents a parameter that a candidate does not set."""

    def __str__(self) -> str:
        return "not set"


_NOT_SET = _NotSet()


def _choose_parameters(
    candidates: Sequence[Mapping[str, Any]], rows: str | None, columns: str | None, resource: str
) -> tuple[str, str]:
    """Return the parameters asked for, else those searched, in their order; "" means none."""
    names = list(dict.fromkeys(name for candidate in candidates for name in candidate))
    for argument, asked in [("rows", rows), ("columns", columns)]:
        if asked is not None and asked not in names:
            raise ValueError(f"{argument} must be one of {names}, got {asked!r}.")
    free = [
        name
        for name in names
        if name not in (rows, columns, resource) and len(_distinct(candidates, name)) > 1
    ]
    if columns is None and rows is None and len(free) == 1:
        return "", free[0]
    row_name = rows if rows is not None else free.pop(0) if free else ""
    column_name = columns if columns is not None else free.pop(0) if free else ""
    return row_name, column_name


def _distinct(candidates: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    """List the values of a parameter in the order in which they come, numbers by size."""
    given = [candidate.get(name, _NOT_SET) for candidate in candidates]
    values = list({_identity(value): value for value in given}.values())
    if all(isinstance(value, int | float) for value in values):
        values.sort()
    return values


def _position(value: Any, values: Sequence[Any]) -> int:
    return [_identity(other) for other in values].index(_identity(value))


def _identity(value: Any) -> tuple[type, str]:
    """Estimators and architectures are the same if their representations are equal."""
    return type(value), repr(value)


def _labels(values: Sequence[Any]) -> list[str]:
    """Write values: objects of different classes by their class, others in full."""
    objects = [value for value in values if isinstance(value, BaseEstimator)]
    names = [type(value).__name__ for value in objects]
    if len(set(names)) == len(names):
        labels = {id(value): name for value, name in zip(objects, names, strict=True)}
    else:
        labels = {id(value): _broken(" ".join(repr(value).split())) for value in objects}
    return [labels.get(id(value), _written(value)) for value in values]


def _written(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _broken(text: str) -> str:
    """Write each parameter of an object on a line of its own."""
    return re.sub(r", (?=\w+=)", ",\n", text)


def _without_steps(name: str) -> str:
    """Leave out the steps of a pipeline: `classify__learning_rate` is "learning rate"."""
    return name.rsplit("__", maxsplit=1)[-1].replace("_", " ")
