"""Observers of a training run: their hooks, and what they can read and change."""

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

    `learning_rate` replaces all remaining planned learning rates, unless it is None. `best_epoch`
    is the epoch, counted from 1, whose weights are kept. `final_state` is None until the program is
    returned.
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
        """The current state of the training."""
        return self.final_state or self.program.state()

    @property
    def state_without_optimizer(self) -> TrainingState:
        """The current state, of which the slots of the optimizer are not copied."""
        if self.final_state is not None:
            return self.final_state.without_optimizer()
        return self.program.state_without_optimizer()

    @property
    def n_steps_per_epoch(self) -> int:
        """Number of batches in an epoch."""
        return count_steps(self.n_samples, self.plan.batch_size)

    def learning_rate_of(self, step: int) -> float:
        """Return the learning rate of a step, counted from the start of training."""
        planned = float(self.plan.learning_rates[step])
        return planned if self.learning_rate is None else self.learning_rate


class Observer:
    """Observes a training run. The hooks of this class do nothing.

    Step hooks are called if `watches_steps` is True, which makes every step a separate call. If
    `needs_model` is True, the program has a Keras model whose weights are those in training.
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
        """After each step, with its loss and accuracy; return whether the epoch should end."""
        return False

    def end_epoch(self, run: TrainingRun) -> bool:
        """After each epoch, the last of `run.epochs`; return whether training should stop."""
        return False

    def end(self, run: TrainingRun) -> None:
        """After the last epoch, while weights can still be changed."""


class EpochPrinter(Observer):
    """Prints one line per epoch."""

    def end_epoch(self, run: TrainingRun) -> bool:
        epoch = run.epochs[-1]
        print(f"epoch {epoch.number}/{run.plan.n_epochs}  {epoch.describe()}", flush=True)
        return False


class BestEpoch:
    """Keeps the best epoch, and stops the training if there is no improvement."""

    def __init__(self, rule: EarlyStopping) -> None:
        self._rule = rule
        self._best = np.inf
        self._n_epochs_without_progress = 0
        self._state: TrainingState | None = None

    def end_epoch(self, run: TrainingRun) -> bool:
        """Check the last epoch; return whether training should stop."""
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
        """Restore the best epoch."""
        if self._state is not None:
            run.program.load(self._state)
