"""Whoever watches a training run: what they are told, what they may ask and change."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from skdigits.training._history import Epoch
from skdigits.training._network import Network
from skdigits.training._plan import EarlyStopping, Plan, count_steps
from skdigits.training._program import TrainingProgram, TrainingState


@dataclass
class TrainingRun:
    """A training run under way.

    `learning_rate_factor` multiplies all learning rates that are still to come.
    """

    network: Network
    plan: Plan
    program: TrainingProgram
    n_samples: int
    epochs: list[Epoch] = field(default_factory=list)
    n_steps: int = 0
    learning_rate_factor: float = 1.0

    @property
    def n_steps_per_epoch(self) -> int:
        """Number of batches in an epoch."""
        return count_steps(self.n_samples, self.plan.batch_size)

    def learning_rate_of(self, step: int) -> float:
        """Give the learning rate of a step, counted from the start of training."""
        return float(self.plan.learning_rates[step]) * self.learning_rate_factor


class Observer:
    """Watches a training run. The hooks of this class do nothing.

    Observers that set `watches_steps` are told of each step, which makes every step a call.
    """

    watches_steps = False

    def begin(self, run: TrainingRun) -> None:
        """Before the first epoch."""

    def begin_epoch(self, run: TrainingRun) -> None:
        """Before each epoch."""

    def begin_step(self, run: TrainingRun, step: int) -> None:
        """Before each step, counted from the start of the epoch."""

    def end_step(self, run: TrainingRun, step: int, loss: float, accuracy: float) -> None:
        """After each step, with its loss and accuracy."""

    def end_epoch(self, run: TrainingRun) -> bool:
        """After each epoch, the last of `run.epochs`; whether training should stop."""
        return False

    def end(self, run: TrainingRun) -> None:
        """After the last epoch, while weights may still be changed."""


class EpochPrinter(Observer):
    """Prints a line an epoch."""

    def end_epoch(self, run: TrainingRun) -> bool:
        epoch = run.epochs[-1]
        print(f"epoch {epoch.number}/{run.plan.n_epochs}  {epoch.describe()}", flush=True)
        return False


class BestEpoch(Observer):
    """Remembers the best epoch, and stops when the hope of a better one is gone."""

    def __init__(self, rule: EarlyStopping) -> None:
        self._rule = rule
        self._best = np.inf
        self._n_epochs_without_progress = 0
        self.number = 0
        self.state: TrainingState

    def end_epoch(self, run: TrainingRun) -> bool:
        epoch = run.epochs[-1]
        monitored = epoch.val_loss if epoch.val_score is None else -epoch.val_score
        assert monitored is not None
        self._n_epochs_without_progress += 1
        if monitored < self._best - self._rule.tol:
            self._n_epochs_without_progress = 0
        if not self.number or monitored < self._best:
            self._best = monitored
            self.number, self.state = epoch.number, run.program.state()
        return self._n_epochs_without_progress >= self._rule.n_iter_no_change

    def end(self, run: TrainingRun) -> None:
        if self.number:
            run.program.load(self.state)
