"""Whoever watches a training run: what they are told, what they may ask and change."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from skdigits.programs._contract import TrainingProgram, TrainingState
from skdigits.programs._keras_network import AnyNetwork
from skdigits.training._history import Epoch
from skdigits.training._plan import EarlyStopping, Plan, count_steps


@dataclass
class TrainingRun:
    """A training run, under way or at its end.

    `learning_rate` takes the place of all planned ones that are still to come, unless None;
    `best_epoch` is the one, counted from 1, whose weights are kept. `final_state` is None until the
    program is given back.
    """

    network: AnyNetwork
    plan: Plan
    program: TrainingProgram
    n_samples: int
    epochs: list[Epoch] = field(default_factory=list)
    n_steps: int = 0
    learning_rate: float | None = None
    best_epoch: int = 0
    interrupted: bool = False
    final_state: TrainingState | None = None

    @property
    def state(self) -> TrainingState:
        """All that changes in training, as it is now."""
        return self.final_state or self.program.state()

    @property
    def n_steps_per_epoch(self) -> int:
        """Number of batches in an epoch."""
        return count_steps(self.n_samples, self.plan.batch_size)

    def learning_rate_of(self, step: int) -> float:
        """Give the learning rate of a step, counted from the start of training."""
        planned = float(self.plan.learning_rates[step])
        return planned if self.learning_rate is None else self.learning_rate


class Observer:
    """Watches a training run. The hooks of this class do nothing.

    Observers that set `watches_steps` are told of each step, which makes every step a call; those
    that set `needs_model` find a Keras model in the program, whose weights are those in training.
    """

    watches_steps = False
    needs_model = False

    def begin(self, run: TrainingRun) -> None:
        """Before the first epoch."""

    def begin_epoch(self, run: TrainingRun) -> None:
        """Before each epoch."""

    def begin_step(self, run: TrainingRun, step: int) -> None:
        """Before each step, counted from the start of the epoch."""

    def end_step(self, run: TrainingRun, step: int, loss: float, accuracy: float) -> bool:
        """After each step, with its loss and accuracy; whether the epoch should end."""
        return False

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


class BestEpoch:
    """Remembers the best epoch, and tells when the hope of a better one is gone."""

    def __init__(self, rule: EarlyStopping) -> None:
        self._rule = rule
        self._best = np.inf
        self._n_epochs_without_progress = 0
        self._state: TrainingState | None = None

    def end_epoch(self, run: TrainingRun) -> bool:
        """Look at the last epoch; whether training should stop."""
        epoch = run.epochs[-1]
        monitored = epoch.val_loss if epoch.val_score is None else -epoch.val_score
        assert monitored is not None
        if np.isnan(monitored):
            monitored = np.inf  # A score that is not defined is worse than any other.
        self._n_epochs_without_progress += 1
        if monitored < self._best - self._rule.tol:
            self._n_epochs_without_progress = 0
        if self._state is None or monitored < self._best:
            self._best, self._state = monitored, run.program.state()
            run.best_epoch = epoch.number
        return self._n_epochs_without_progress >= self._rule.n_iter_no_change

    def restore(self, run: TrainingRun) -> None:
        """Go back to the best epoch."""
        if self._state is not None:
            run.program.load(self._state)
