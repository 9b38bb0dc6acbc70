"""Loss, accuracy and learning rate over the epochs of a training run, or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from skdigits.plotting._steps import final_step
from skdigits.plotting._style import COLORS, import_pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

History = Mapping[str, Sequence[float]]

_PANELS = ("loss", "accuracy", "score", "learning_rate")
_TRAINING_STYLE: dict[str, Any] = {"linestyle": "--", "linewidth": 1.2}
_VALIDATION_STYLE: dict[str, Any] = {"linestyle": "-", "linewidth": 1.8}
# With more epochs dots would hide the lines.
_MOST_EPOCHS_WITH_DOTS = 30


@dataclass(eq=False, repr=False)
class TrainingCurveDisplay:
    """Loss, accuracy and learning rate over the epochs of training.

    Use :meth:`from_estimator` for a fitted classifier, :meth:`from_estimators` for several and
    :meth:`from_cv_results` for the folds of a cross-validation. All parameters are stored as
    attributes. Read more in the :ref:`User Guide <training_curves>`.

    Parameters
    ----------
    histories : dict of str to dict
        The `history_` of each run, by the name of the run in the legend.
    best_epochs : dict of str to int or None, default=None
        The `best_epoch_` of each run, counted from 1: the epoch whose weights were kept.

    Attributes
    ----------
    lines_ : dict of (str, str) to matplotlib Line2D
        The curves, by run and figure of the history: `lines_["MLP", "val_loss"]`.
    best_ : dict of (str, str) to matplotlib Line2D
        The marks of the kept epochs, likewise.
    axes_ : ndarray of matplotlib Axes
        One pair of axes per panel.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    See Also
    --------
    LiveTrainingCurve : Draws these curves while a classifier is fitted.
    sklearn.model_selection.LearningCurveDisplay : The score against the number of training images.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from skdigits.plotting import TrainingCurveDisplay
    >>> history = {"loss": [0.9, 0.4, 0.2], "val_loss": [0.8, 0.5, 0.6]}
    >>> display = TrainingCurveDisplay({"MLP": history}, best_epochs={"MLP": 2}).plot()
    >>> display.lines_["MLP", "val_loss"].get_ydata()
    array([0.8, 0.5, 0.6])
    >>> plt.close(display.figure_)
    """

    histories: Mapping[str, History]
    _: KW_ONLY
    best_epochs: Mapping[str, int] | None = None
    axes_: NDArray[Any] = field(init=False)
    figure_: Figure | SubFigure = field(init=False)
    lines_: dict[tuple[str, str], Line2D] = field(init=False)
    best_: dict[tuple[str, str], Line2D] = field(init=False)

    def plot(
        self, *, panels: Sequence[str] | None = None, axes: Sequence[Axes] | None = None
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        panels : sequence of str or None, default=None
            Figures of the history to draw, each in a panel with its validation figure: any of
            "loss", "accuracy", "score", "learning_rate" and "seconds". None draws all of them that
            the histories have, except for the seconds.
        axes : sequence of matplotlib Axes or None, default=None
            Axes to draw on, one per panel. None creates a figure.

        Returns
        -------
        display : TrainingCurveDisplay
            The display, with the artists as attributes.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        ValueError
            If no history has the figure of a panel, or if there are not as many axes as panels.
        """
        plt = import_pyplot()
        panels = self._choose_panels(panels)
        if axes is None:
            beside = 1.6 if len(self.histories) > 1 else 0
            size = (max(4.5, 3.4 * len(panels)) + beside, 3.1)
            drawn = plt.subplots(
                ncols=len(panels), figsize=size, squeeze=False, layout="constrained"
            )
            axes = list(drawn[1][0])
        elif len(axes) != len(panels):
            raise ValueError(f"{len(panels)} panels {panels} need as many axes, got {len(axes)}.")
        self.axes_ = np.asarray(axes, dtype=object)
        self.figure_ = self.axes_[0].figure
        self.lines_, self.best_ = {}, {}
        for panel, ax in zip(panels, self.axes_, strict=True):
            self._draw_panel(panel, ax)
        self._draw_legend()
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        panels: Sequence[str] | None = None,
        axes: Sequence[Axes] | None = None,
    ) -> Self:
        """Show how a fitted classifier was trained.

        Parameters
        ----------
        estimator : estimator instance
            Fitted :class:`~skdigits.KerasDigitClassifier`, or a pipeline that ends in one.
        panels : sequence of str or None, default=None
            Figures of the history to draw. None draws all except for the seconds.
        axes : sequence of matplotlib Axes or None, default=None
            Axes to draw on, one per panel. None creates a figure.

        Returns
        -------
        display : TrainingCurveDisplay
            The display, drawn.
        """
        name = type(final_step(estimator)).__name__
        return cls.from_estimators({name: estimator}, panels=panels, axes=axes)

    @classmethod
    def from_estimators(
        cls,
        estimators: Mapping[str, Any],
        *,
        panels: Sequence[str] | None = None,
        axes: Sequence[Axes] | None = None,
    ) -> Self:
        """Show how several fitted classifiers were trained.

        Parameters
        ----------
        estimators : dict of str to estimator
            Fitted classifiers, or pipelines that end in one, by name.
        panels : sequence of str or None, default=None
            Figures of the history to draw. None draws all except for the seconds.
        axes : sequence of matplotlib Axes or None, default=None
            Axes to draw on, one per panel. None creates a figure.

        Returns
        -------
        display : TrainingCurveDisplay
            The display, drawn.
        """
        finals = {name: final_step(estimator) for name, estimator in estimators.items()}
        for name, final in finals.items():
            check_is_fitted(final)
            if not hasattr(final, "history_"):
                raise ValueError(
                    f"{name!r} must have the attribute history_, as a fitted KerasDigitClassifier "
                    f"has; got {final!r}."
                )
        display = cls(
            {name: final.history_ for name, final in finals.items()},
            best_epochs={name: final.best_epoch_ for name, final in finals.items()},
        )
        return display.plot(panels=panels, axes=axes)

    @classmethod
    def from_cv_results(
        cls,
        cv_results: Mapping[str, Any],
        *,
        panels: Sequence[str] | None = None,
        axes: Sequence[Axes] | None = None,
    ) -> Self:
        """Show how the classifiers of a cross-validation were trained, fold by fold.

        Parameters
        ----------
        cv_results : dict
            Result of :func:`~sklearn.model_selection.cross_validate` with `return_estimator=True`.
        panels : sequence of str or None, default=None
            Figures of the history to draw. None draws all except for the seconds.
        axes : sequence of matplotlib Axes or None, default=None
            Axes to draw on, one per panel. None creates a figure.

        Returns
        -------
        display : TrainingCurveDisplay
            The display, drawn.
        """
        if "estimator" not in cv_results:
            raise ValueError(
                "cv_results must hold the fitted classifiers: call cross_validate with "
                f"return_estimator=True. It holds {sorted(cv_results)}."
            )
        folds = enumerate(cv_results["estimator"], start=1)
        estimators = {f"fold {number}": estimator for number, estimator in folds}
        return cls.from_estimators(estimators, panels=panels, axes=axes)

    def _choose_panels(self, panels: Sequence[str] | None) -> list[str]:
        known = {figure for history in self.histories.values() for figure in history}
        present = {figure.removeprefix("val_") for figure in known}
        if self.histories and not known:
            raise ValueError(
                f"histories must hold figures of at least one epoch, got {self.histories}. A "
                "classifier of from_keras has none until it is trained."
            )
        if panels is None:
            panels = [panel for panel in _PANELS if panel in present]
        absent = [panel for panel in panels if panel not in present]
        if absent or not panels:
            raise ValueError(f"panels must be of {sorted(present)}, got {absent or list(panels)}.")
        return list(panels)

    def _draw_panel(self, panel: str, ax: Axes) -> None:
        from matplotlib.ticker import MaxNLocator

        for (run, history), color in zip(self.histories.items(), cycle(COLORS), strict=False):
            training, validation = history.get(panel), history.get(f"val_{panel}")
            alone = len(self.histories) == 1
            if training is not None:
                style = _VALIDATION_STYLE if validation is None else _TRAINING_STYLE
                self.lines_[run, panel] = _draw_curve(
                    ax, training, label="training" if alone else run, color=color, **style
                )
            if validation is not None:
                key = (run, f"val_{panel}")
                self.lines_[key] = _draw_curve(
                    ax,
                    validation,
                    label="validation" if alone else run,
                    color=COLORS[1] if alone else color,
                    **_VALIDATION_STYLE,
                )
                best_epoch = (self.best_epochs or {}).get(run)
                if best_epoch is not None:
                    self.best_[key] = _mark_epoch(
                        ax, best_epoch, validation[best_epoch - 1], self.lines_[key].get_color()
                    )
        ax.set(xlabel="Epoch", ylabel=panel.replace("_", " ").capitalize())
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))

    def _draw_legend(self) -> None:
        """Draw the legend: for one run in the first panel, for several beside the last panel."""
        first, last = self.axes_[0], self.axes_[-1]
        if len(self.histories) > 1:
            last.legend(
                handles=self._legend_of_runs(),
                fontsize="small",
                loc="upper left",
                bbox_to_anchor=(1.01, 1),
                frameon=False,
            )
        elif len(first.get_lines()) > 1:
            first.legend(fontsize="small")

    def _legend_of_runs(self) -> list[Line2D]:
        """Return the solid line of each run, and one line per style."""
        from matplotlib.lines import Line2D

        handles = list({run: line for (run, _), line in self.lines_.items()}.values())
        if any(figure.startswith("val_") for _, figure in self.lines_):
            styles = {"training": _TRAINING_STYLE, "validation": _VALIDATION_STYLE}
            handles += [
                Line2D([], [], color="gray", label=kind, **style) for kind, style in styles.items()
            ]
        return handles


def _draw_curve(ax: Axes, values: Sequence[float], **style: Any) -> Line2D:
    dots = "." if len(values) <= _MOST_EPOCHS_WITH_DOTS else None
    line: Line2D = ax.plot(np.arange(1, len(values) + 1), values, marker=dots, **style)[0]
    return line


def _mark_epoch(ax: Axes, epoch: int, value: float, color: Any) -> Line2D:
    """Draw a ring around the epoch whose weights were kept."""
    ring: Line2D = ax.plot(
        epoch,
        value,
        marker="o",
        markersize=9,
        markerfacecolor="none",
        markeredgewidth=1.8,
        color=color,
        linestyle="none",
        label=f"epoch kept: {epoch}",
    )[0]
    return ring
