"""The figures of each epoch of a training run."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

_COLUMNS = (
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "val_score",
    "learning_rate",
    "seconds",
)


@dataclass(frozen=True)
class Epoch:
    """The figures of an epoch; figures that were not computed are None."""

    number: int
    n_samples: int
    loss: float
    accuracy: float
    learning_rate: float
    seconds: float
    val_loss: float | None = None
    val_accuracy: float | None = None
    val_score: float | None = None

    def figures(self) -> dict[str, float]:
        """Return the figures by their names in `history_`."""
        named = {name: getattr(self, name) for name in _COLUMNS}
        return {name: figure for name, figure in named.items() if figure is not None}

    def describe(self) -> str:
        """Return a line with the figures."""
        measured = {
            name: figure
            for name, figure in self.figures().items()
            if name not in ("learning_rate", "seconds")
        }
        parts = [f"{name} {figure:.4f}" for name, figure in measured.items()]
        images_per_second = self.n_samples / max(self.seconds, 1e-9)
        return "  ".join([*parts, f"{self.seconds:.2f} s", f"{images_per_second:,.0f} images/s"])


def history(epochs: list[Epoch]) -> dict[str, list[float]]:
    """Convert the epochs to one list per figure, without figures that no epoch has."""
    columns = {name: [getattr(epoch, name) for epoch in epochs] for name in _COLUMNS}
    return {name: column for name, column in columns.items() if column and None not in column}


def appended(past: dict[str, list[float]], now: dict[str, list[float]]) -> dict[str, list[float]]:
    """Concatenate two histories; figures that are missing in one of them are NaN there."""
    n_past, n_now = (max(map(len, it.values()), default=0) for it in (past, now))
    return {
        name: [*past.get(name, n_past * [nan]), *now.get(name, n_now * [nan])]
        for name in _COLUMNS
        if name in past or name in now
    }
