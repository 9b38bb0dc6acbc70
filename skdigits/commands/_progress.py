"""Progress of fits on standard error: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from skdigits.commands._messages import StandardError, tell


@contextlib.contextmanager
def progress_of(estimator: Any) -> Iterator[None]:
    """Show the progress of a fit, and leave no trace in the estimator."""
    with contextlib.redirect_stdout(StandardError()):
        if _can_draw_bars():
            from sklearn.callback import ProgressBar

            estimator.set_callbacks(ProgressBar(max_propagation_depth=0))
        else:
            estimator.set_params(verbose=1)
        try:
            yield
        finally:
            estimator.set_callbacks()
            estimator.set_params(verbose=0)


@contextlib.contextmanager
def progress_of_search(search: Any) -> Iterator[bool]:
    """Show bars of a search if possible, else yield True, which asks for one line per fit."""
    if not _can_draw_bars():
        yield True
        return
    with progress_of(search):
        yield False


@contextlib.contextmanager
def progress_of_folds(n_classifiers: int, n_folds: int) -> Iterator[_Lines | _Bars]:
    """Show the progress of a comparison of classifiers."""
    if not _can_draw_bars():
        yield _Lines(n_classifiers)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeRemaining

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("folds"),
        TimeRemaining(elapsed_when_finished=True),
    )
    console = Console(file=StandardError())  # type: ignore[arg-type]
    with Progress(*columns, console=console) as progress:
        yield _Bars(progress, n_classifiers, n_folds)


class _Lines:
    """One line when a classifier begins, and one when it ends."""

    def __init__(self, n_classifiers: int) -> None:
        self._n_classifiers, self._position = n_classifiers, 0

    def begin(self, name: str) -> None:
        self._position += 1
        tell(f"[{self._position}/{self._n_classifiers}] {name}")

    def end_fold(self) -> None:
        """Folds are not reported."""

    def end(self, scores: str) -> None:
        tell(f"      {scores}")


class _Bars:
    """A bar of all folds with the remaining time, and one per classifier."""

    def __init__(self, progress: Any, n_classifiers: int, n_folds: int) -> None:
        self._progress, self._n_folds = progress, n_folds
        self._all = progress.add_task("all", total=n_classifiers * n_folds)

    def begin(self, name: str) -> None:
        self._own = self._progress.add_task(name, total=self._n_folds)

    def end_fold(self) -> None:
        self._progress.advance(self._own)
        self._progress.advance(self._all)

    def end(self, scores: str) -> None:
        """The scores are in the table."""


def _can_draw_bars() -> bool:
    return StandardError().isatty() and find_spec("rich") is not None
