"""Training curves that are drawn while a classifier is fitted."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from skdigits.plotting._style import import_pyplot
from skdigits.plotting._training_curve_display import History, TrainingCurveDisplay


class LiveTrainingCurve:
    """Callback that shows the training curve while a classifier is fitted.

    In a notebook, the picture is redrawn after an epoch; elsewhere, one line per epoch is printed.
    Drawing takes at most a given share of the time: if epochs are short, several are drawn
    together. Set the callback on the classifier itself, also inside a pipeline:
    `KerasDigitClassifier().set_callbacks(LiveTrainingCurve())`. Read more in the :ref:`User Guide
    <live_training_curves>`.

    Parameters
    ----------
    output : {"auto", "notebook", "text"}, default="auto"
        Where to draw.

        - "auto" is "notebook" in a notebook of IPython, else "text";
        - "notebook" draws and redraws a picture;
        - "text" prints one line per epoch.
    max_share : float, default=0.05
        Largest share of the training time that drawing may take, in (0, 1]. The pictures after the
        first and after the last epoch are always drawn.

    See Also
    --------
    TrainingCurveDisplay : The curves of a classifier that is fitted.
    sklearn.callback.ProgressBar : Shows the progress of a fit or of a whole search.

    Notes
    -----
    It follows the protocol of scikit-learn's fit callbacks and can be shared by all clones of a
    classifier, as in cross-validation, also in several threads.

    Examples
    --------
    A stand-in for a classifier between two of its epochs:

    >>> from types import SimpleNamespace
    >>> from skdigits.plotting import LiveTrainingCurve
    >>> live = LiveTrainingCurve(output="text")
    >>> so_far = SimpleNamespace(history_={"loss": [0.9, 0.4], "val_accuracy": [0.8, 0.9]})
    >>> live.setup(so_far, context=None)
    >>> live.on_fit_task_end(so_far, context=None, fitted_estimator=so_far)
    epoch 1  loss 0.9000  val_accuracy 0.8000
    epoch 2  loss 0.4000  val_accuracy 0.9000
    >>> live.teardown(so_far, context=None)
    """

    def __init__(self, *, output: str = "auto", max_share: float = 0.05) -> None:
        if output not in ("auto", *_VIEWS):
            raise ValueError(f"output must be 'auto', 'notebook' or 'text', got {output!r}.")
        if not 0 < max_share <= 1:
            raise ValueError(f"max_share must be in (0, 1], got {max_share!r}.")
        self.output = output
        self.max_share = max_share
        self._views: dict[int, _View] = {}

    def setup(self, estimator: Any, context: Any) -> None:
        """Begin a fit.

        Parameters
        ----------
        estimator : estimator instance
            The classifier that is fitted.
        context : sklearn.callback.CallbackContext
            The task of the whole fit.
        """
        output = self.output
        if output == "auto":
            output = "notebook" if _is_in_notebook() else "text"
        self._views[id(estimator)] = _VIEWS[output](self.max_share)

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing: the curve is drawn at the end of a task.

        Parameters
        ----------
        estimator : estimator instance
            The classifier that is fitted.
        context : sklearn.callback.CallbackContext
            The task that begins.
        """

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, fitted_estimator: Any = None
    ) -> None:
        """Show the epochs so far.

        Parameters
        ----------
        estimator : estimator instance
            The classifier that is fitted.
        context : sklearn.callback.CallbackContext
            The task that ends: an epoch, or the fit.
        fitted_estimator : estimator instance or None, default=None
            The classifier as if the fit had ended here; its `history_` holds the epochs so far.
        """
        history = getattr(fitted_estimator, "history_", None)
        if history:
            # A copy: the classifier may go on writing to its lists.
            so_far = {name: list(values) for name, values in history.items()}
            self._views[id(estimator)].show(so_far)

    def teardown(self, estimator: Any, context: Any) -> None:
        """Draw the remaining epochs, and end.

        Parameters
        ----------
        estimator : estimator instance
            The classifier that was fitted.
        context : sklearn.callback.CallbackContext
            The task of the whole fit.
        """
        self._views.pop(id(estimator)).close()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the pictures on the screen of this process."""
        return {**vars(self), "_views": {}}


class _TextView:
    """One line per epoch."""

    def __init__(self, max_share: float) -> None:
        self._n_shown = 0

    def show(self, history: History) -> None:
        n_epochs = max(map(len, history.values()))
        for i in range(self._n_shown, n_epochs):
            figures = [
                f"{name} {values[i]:.4f}"
                for name, values in history.items()
                if name not in ("learning_rate", "seconds") and i < len(values)
            ]
            print("  ".join([f"epoch {i + 1}", *figures]), flush=True)
        self._n_shown = n_epochs

    def close(self) -> None:
        pass


class _NotebookView:
    """A picture that is redrawn when the time allows it, and at the end."""

    def __init__(self, max_share: float) -> None:
        self._figure: Any = None
        self._handle: Any = None
        self._waiting: History | None = None
        self._n_epochs = 0
        self._pause = _Pause(max_share)

    def show(self, history: History) -> None:
        n_epochs = max(map(len, history.values()))
        if n_epochs == self._n_epochs:
            # The end of the fit, just after the end of its last epoch.
            return
        self._waiting, self._n_epochs = history, n_epochs
        if self._pause.is_over():
            self._draw()

    def close(self) -> None:
        if self._waiting is not None:
            self._draw()
        if self._figure is not None:
            import_pyplot().close(self._figure)

    def _draw(self) -> None:
        from IPython.display import display

        assert self._waiting is not None
        with self._pause:
            shown = TrainingCurveDisplay({"": self._waiting})
            if self._figure is None:
                self._figure = shown.plot().figure_
                self._handle = display(self._figure, display_id=True)
            else:
                for ax in self._figure.axes:
                    ax.clear()
                shown.plot(axes=self._figure.axes)
                self._handle.update(self._figure)
        self._waiting = None


class _Pause:
    """Measures the time of work; is over when the work's share of the time is small."""

    def __init__(self, max_share: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self._max_share = max_share
        self._clock = clock
        self._began = 0.0
        self._over_at = -float("inf")

    def __enter__(self) -> None:
        self._began = self._clock()

    def __exit__(self, *error: object) -> None:
        now = self._clock()
        self._over_at = now + (now - self._began) * (1 / self._max_share - 1)

    def is_over(self) -> bool:
        return self._clock() >= self._over_at


_View = _TextView | _NotebookView
_VIEWS: dict[str, type[_View]] = {"notebook": _NotebookView, "text": _TextView}


def _is_in_notebook() -> bool:
    """Return whether IPython is running and shows pictures, which it does not in a terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return type(shell).__name__ not in ("NoneType", "TerminalInteractiveShell")
