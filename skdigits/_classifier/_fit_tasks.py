"""A fit as tasks of scikit-learn's callbacks: the whole fit, and each epoch in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.callback import CallbackContext

from skdigits.training._observer import Observer, TrainingRun

# A progress bar has a line for each task with a bar of its own: a search has too many epochs.
_MOST_LINES = 100


@dataclass(eq=False)
class FitTasks(Observer):
    """Calls the callbacks that are set on an estimator for a fit and its epochs.

    `fitted_attributes` returns the attributes of the estimator as if training had stopped here.
    """

    estimator: BaseEstimator
    context: CallbackContext
    data: dict[str, Any]  # X, y and metadata, as the callbacks get them
    fitted_attributes: Callable[[TrainingRun], dict[str, Any]]

    def begin(self, run: TrainingRun) -> None:
        self.context.max_subtasks = run.plan.n_epochs
        self.context.call_on_fit_task_begin(estimator=self.estimator, **self.data)

    def begin_epoch(self, run: TrainingRun) -> None:
        n_lines = run.plan.n_epochs
        for ancestor in _ancestors(self.context):
            n_lines *= ancestor.max_subtasks or 1
        self._epoch = self.context.subcontext(
            task_name=_describe(run), max_subtasks=None if n_lines <= _MOST_LINES else 0
        )
        self._epoch.call_on_fit_task_begin(estimator=self.estimator, **self.data)

    def end_epoch(self, run: TrainingRun) -> bool:
        stop = self._epoch.call_on_fit_task_end(
            estimator=self.estimator,
            **self.data,
            reconstruction_attributes=lambda: self.fitted_attributes(run),
        )
        return bool(stop)

    def end(self, run: TrainingRun) -> None:
        self.context.call_on_fit_task_end(
            estimator=self.estimator,
            **self.data,
            reconstruction_attributes=lambda: self.fitted_attributes(run),
        )


def _ancestors(context: CallbackContext) -> Iterator[CallbackContext]:
    while context.parent is not None:
        context = context.parent
        yield context


def _describe(run: TrainingRun) -> str:
    """Describe an epoch by the figures reached before it."""
    if not run.epochs:
        return "epoch"
    reached = run.epochs[-1]
    return f"epoch, so far loss {reached.loss:.4f}, accuracy {reached.accuracy:.4f}"
