"""The training loop: epochs, shuffling, validation and early stopping."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from skdigits.architectures import Architecture
from skdigits.training._history import Epoch
from skdigits.training._network import Network, Weights, draw_seeds, draw_weights, read_weights
from skdigits.training._plan import EarlyStopping, Plan, count_steps
from skdigits.training._program import (
    PROGRAMS,
    Batches,
    ForwardProgram,
    TrainingOptions,
    TrainingProgram,
    TrainingState,
)

# From so many updates on, a longer compilation is repaid within a few fits of a search.
_UPDATES_WORTH_COMPILING = 256

# Unwatched epochs are joined until a call has so many steps: tiny data have one step an epoch.
_STEPS_PER_CALL = 512


@dataclass(frozen=True)
class Samples:
    """Rows of pixels, the index of each row's class, and what each row counts."""

    rows: NDArray[Any]
    targets: NDArray[np.int32]
    weights: NDArray[Any]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, chosen: NDArray[np.intp]) -> Samples:
        """Keep some of the rows."""
        return Samples(self.rows[chosen], self.targets[chosen], self.weights[chosen])


@dataclass
class TrainingResult:
    """The trained state and the story of how it came about."""

    network: Network
    state: TrainingState
    epochs: list[Epoch] = field(default_factory=list)
    best_epoch: int = 0


def train(
    network: Network,
    samples: Samples,
    plan: Plan,
    random_state: np.random.RandomState,
    *,
    start: TrainingState | None = None,
    validation: Samples | None = None,
    report: Callable[[Epoch], None] | None = None,
) -> TrainingResult:
    """Train a network from a state, or afresh; early stopping keeps the best state reached."""
    program, network, state = begin(network, plan, start, random_state)
    forward = PROGRAMS.forward(network) if validation else None
    result = TrainingResult(network, state)
    stopping = plan.early_stopping and _Stopping(plan.early_stopping)
    watched = validation is not None or report is not None
    with program.lock, _weights_put_back(program, network):
        program.load(state)
        for epoch in _run_epochs(program, samples, plan, random_state, joined=not watched):
            if validation and forward:
                loss, accuracy = evaluate(forward, program.weights(), validation)
                epoch = replace(epoch, val_loss=loss, val_accuracy=accuracy)
            result.epochs.append(epoch)
            if report is not None:
                report(epoch)
            if stopping and stopping.after(epoch, program.state):
                break
        result.state = stopping.best_state if stopping else program.state()
        _check_finite_weights(result.state.weights, plan)
        result.best_epoch = stopping.best_epoch if stopping else len(result.epochs)
    return result


def begin(
    network: Network,
    plan: Plan,
    start: TrainingState | None,
    random_state: np.random.RandomState,
) -> tuple[TrainingProgram, Network, TrainingState]:
    """Borrow the program, and complete the state to start from."""
    options = TrainingOptions(
        plan.optimizer, plan.batch_size, plan.weight_decay > 0, plan.augmentation
    )
    if start is not None:
        program = PROGRAMS.training(network, options)
        state = start
    elif network.fingerprint:
        program = PROGRAMS.training(network, options)
        state = TrainingState(draw_weights(network, program.model, random_state))
    else:
        (seed,) = draw_seeds(random_state, 1)
        model = network.build(seed)
        state = TrainingState(read_weights(model))
        network = network.described_by(model)
        program = PROGRAMS.training(network, options, model)
    if state.slots_of != options.optimizer.description:
        state = replace(state, slots=(), n_updates=0)
    # Training may go on with another augmentation, whose seed is the last one.
    known = state.seeds[: program.n_seeds]
    drawn = draw_seeds(random_state, program.n_seeds - len(known))
    seeds = (*known, *(np.array([seed, 0], np.uint32) for seed in drawn))
    return program, network, replace(state, seeds=seeds)


@contextmanager
def _weights_put_back(program: TrainingProgram, network: Network) -> Iterator[None]:
    """Leave the layers that a build function of the user's own captures as they were."""
    if isinstance(network.architecture, Architecture):
        yield
        return
    before = program.state()
    try:
        yield
    finally:
        program.load(before)


def evaluate(forward: ForwardProgram, weights: Weights, samples: Samples) -> tuple[float, float]:
    """Compute mean log loss and accuracy, weighted like the samples."""
    logits = forward(weights, samples.rows)
    if not np.isfinite(logits).all():
        return np.inf, 0.0
    log_probabilities = log_softmax(logits, axis=1)
    losses = -log_probabilities[np.arange(len(samples)), samples.targets]
    correct = log_probabilities.argmax(axis=1) == samples.targets
    return (
        float(np.average(losses, weights=samples.weights)),
        float(np.average(correct, weights=samples.weights)),
    )


def _run_epochs(
    program: TrainingProgram,
    samples: Samples,
    plan: Plan,
    random_state: np.random.RandomState,
    *,
    joined: bool,
) -> Iterator[Epoch]:
    """Run the epochs, several in a call where nobody watches between them."""
    n_steps = count_steps(len(samples), plan.batch_size)
    n_epochs_per_call = max(1, _STEPS_PER_CALL // n_steps) if joined else 1
    shares = _batch_sizes(len(samples), plan.batch_size) / len(samples)
    placed = program.place(samples.rows, samples.targets)
    for first in range(0, plan.n_epochs, n_epochs_per_call):
        numbers = range(first, min(first + n_epochs_per_call, plan.n_epochs))
        learning_rates = plan.learning_rates[numbers.start * n_steps : numbers.stop * n_steps]
        started = time.perf_counter()
        metrics = program.train(
            placed,
            _batches(samples, plan.batch_size, learning_rates, len(numbers), random_state),
            weight_decay=plan.weight_decay,
            label_smoothing=plan.label_smoothing,
            worth_compiling=len(plan.learning_rates) >= _UPDATES_WORTH_COMPILING,
        )
        seconds = (time.perf_counter() - started) / len(numbers)
        shape = (len(numbers), n_steps)
        losses = metrics.loss.reshape(shape) @ shares
        accuracies = metrics.accuracy.reshape(shape) @ shares
        for i, number in enumerate(numbers):
            learning_rate = float(learning_rates[(i + 1) * n_steps - 1])
            _check_finite(losses[i], number + 1, learning_rate)
            yield Epoch(
                number=number + 1,
                loss=float(losses[i]),
                accuracy=float(accuracies[i]),
                learning_rate=learning_rate,
                seconds=seconds,
            )


def _batches(
    samples: Samples,
    batch_size: int,
    learning_rates: NDArray[Any],
    n_epochs: int,
    random_state: np.random.RandomState,
) -> Batches:
    """Shuffle the rows of each epoch into batches.

    The last batch is filled up with rows of the same epoch that count nothing, so that it looks
    like the others to a layer that normalises over the batch.
    """
    sizes = _batch_sizes(len(samples), batch_size)
    shape = (len(sizes), batch_size)
    indices = np.stack(
        [
            np.resize(random_state.permutation(len(samples)).astype(np.int32), shape)
            for _ in range(n_epochs)
        ]
    )
    counts = np.arange(batch_size) < sizes[:, np.newaxis]
    scale = counts / (sizes[:, np.newaxis] * samples.weights.mean())
    row_weights = samples.weights[indices] * scale
    return Batches(
        indices=indices.reshape(-1, batch_size),
        row_weights=row_weights.reshape(-1, batch_size),
        learning_rates=learning_rates,
    )


def _batch_sizes(n_samples: int, batch_size: int) -> NDArray[np.int64]:
    starts = np.arange(0, n_samples, batch_size)
    return np.minimum(n_samples - starts, batch_size)


def _check_finite(loss: float, epoch: int, learning_rate: float) -> None:
    if not np.isfinite(loss):
        raise ValueError(
            f"Training diverged: the loss is {loss} in epoch {epoch}. Lower learning_rate (it was "
            f"{learning_rate:.3g} there), or scale the pixels with PixelScaler."
        )


def _check_finite_weights(weights: Weights, plan: Plan) -> None:
    """Look at what the last update did, which no loss has seen."""
    if not all(np.isfinite(weight).all() for weight in weights):
        raise ValueError(
            "Training diverged: the last update made weights infinite. Lower learning_rate (its "
            f"peak is {plan.learning_rates.max():.3g}), or scale the pixels with PixelScaler."
        )


class _Stopping:
    """Remember the best epoch, and tell when the hope of a better one is gone."""

    def __init__(self, rule: EarlyStopping) -> None:
        self._rule = rule
        self._best_loss = np.inf
        self._n_epochs_without_progress = 0
        self.best_epoch = 0
        self.best_state: TrainingState

    def after(self, epoch: Epoch, state: Callable[[], TrainingState]) -> bool:
        assert epoch.val_loss is not None
        self._n_epochs_without_progress += 1
        if epoch.val_loss < self._best_loss - self._rule.tol:
            self._n_epochs_without_progress = 0
        if not self.best_epoch or epoch.val_loss < self._best_loss:
            self._best_loss = epoch.val_loss
            self.best_epoch, self.best_state = epoch.number, state()
        return self._n_epochs_without_progress >= self._rule.n_iter_no_change
