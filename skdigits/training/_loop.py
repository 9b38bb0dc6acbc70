"""The training loop: epochs, shuffling, validation and early stopping."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from skdigits.architectures import Architecture
from skdigits.training._history import Epoch
from skdigits.training._network import Network, Weights, draw_seeds, draw_weights, read_weights
from skdigits.training._observer import BestEpoch, Observer, TrainingRun
from skdigits.training._plan import Plan
from skdigits.training._program import (
    PROGRAMS,
    Batches,
    ForwardProgram,
    StepMetrics,
    TrainingOptions,
    TrainingProgram,
    TrainingState,
)

# From so many updates on, a longer compilation is repaid within a few fits of a search.
_UPDATES_WORTH_COMPILING = 256


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


@dataclass(frozen=True)
class Validation:
    """Samples that are not trained on, and a score of weights where one is asked for."""

    samples: Samples
    score: Callable[[Weights], float] | None = None


@dataclass
class TrainingResult:
    """The trained state and the story of how it came about."""

    network: Network
    state: TrainingState
    epochs: list[Epoch]
    best_epoch: int
    interrupted: bool = False


def train(
    network: Network,
    samples: Samples,
    plan: Plan,
    random_state: np.random.RandomState,
    *,
    start: TrainingState | None = None,
    validation: Validation | None = None,
    observers: Sequence[Observer] = (),
) -> TrainingResult:
    """Train a network from a state, or afresh; early stopping keeps the best state reached."""
    program, network, state = begin(network, plan, start, random_state)
    run = TrainingRun(network, plan, program, len(samples))
    best = BestEpoch(plan.early_stopping) if plan.early_stopping else None
    interrupted = False
    with _borrowed(program, network):
        program.load(state)
        placed = program.place(samples.rows, samples.targets)
        for observer in observers:
            observer.begin(run)
        try:
            _run_epochs(run, samples, placed, random_state, validation, best, observers)
        except KeyboardInterrupt:
            interrupted = True
        if best:
            best.restore(run)
        for observer in observers:
            observer.end(run)
        state = program.state()
        _check_finite_weights(state.weights, plan)
    return TrainingResult(network, state, run.epochs, run.best_epoch, interrupted)


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
def _borrowed(program: TrainingProgram, network: Network) -> Iterator[None]:
    """Have a program to oneself, and leave it as it was where that matters.

    A callback or a scorer may fit the same network while it is being fitted, and the layers of a
    build function of the user's own may be captured by it.
    """
    with program.lock:
        nested, program.lent = program.lent, True
        is_own = isinstance(network.architecture, Architecture)
        before = None if is_own and not nested else program.state()
        try:
            yield
        finally:
            program.lent = nested
            if before is not None:
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
    run: TrainingRun,
    samples: Samples,
    placed: Any,
    random_state: np.random.RandomState,
    validation: Validation | None,
    best: BestEpoch | None,
    observers: Sequence[Observer],
) -> None:
    """Run the epochs, several in a call where nobody watches between them."""
    plan, n_steps = run.plan, run.n_steps_per_epoch
    watched = bool(observers or validation)
    n_epochs_per_call = 1 if watched else max(1, run.program.n_steps_per_call // n_steps)
    for first in range(0, plan.n_epochs, n_epochs_per_call):
        n_epochs = min(n_epochs_per_call, plan.n_epochs - first)
        for observer in observers:
            observer.begin_epoch(run)
        started = time.perf_counter()
        batches = _batches(samples, run, n_epochs, random_state)
        metrics = _take_steps(run, placed, batches, observers)
        seconds = (time.perf_counter() - started) / n_epochs
        for i, part in enumerate(metrics.cut(n_steps), start=first):
            epoch = _epoch(run, i, part, seconds)
            if validation:
                epoch = _validated(epoch, run, validation)
            run.epochs.append(epoch)
        run.best_epoch = run.best_epoch if best else len(run.epochs)
        wish_to_stop = [best.end_epoch(run)] if best else []
        wish_to_stop += [observer.end_epoch(run) for observer in observers]
        if any(wish_to_stop):
            break


def _take_steps(
    run: TrainingRun, placed: Any, batches: Batches, observers: Sequence[Observer]
) -> StepMetrics:
    """Take one step per batch, many in a call where nobody watches between them."""
    watching = [observer for observer in observers if observer.watches_steps]
    n_steps_per_call = 1 if watching else run.program.n_steps_per_call
    done: list[StepMetrics] = []
    for step, part in enumerate(batches.cut(n_steps_per_call)):
        for observer in watching:
            observer.begin_step(run, step)
        if run.learning_rate is not None:
            part = part.with_learning_rate(run.learning_rate)
        metrics = run.program.train(
            placed,
            part,
            weight_decay=run.plan.weight_decay,
            label_smoothing=run.plan.label_smoothing,
            worth_compiling=len(run.plan.learning_rates) >= _UPDATES_WORTH_COMPILING,
        )
        done.append(metrics)
        run.n_steps += len(metrics.loss)
        loss, accuracy = float(metrics.loss[-1]), float(metrics.accuracy[-1])
        wish_to_stop = [observer.end_step(run, step, loss, accuracy) for observer in watching]
        if any(wish_to_stop):
            break
    return StepMetrics.joined(done)


def _epoch(run: TrainingRun, index: int, metrics: StepMetrics, seconds: float) -> Epoch:
    """Average over the steps of an epoch, each weighing as much as it has rows."""
    sizes = _batch_sizes(run.n_samples, run.plan.batch_size)[: len(metrics.loss)]
    epoch = Epoch(
        number=index + 1,
        n_samples=int(sizes.sum()),
        loss=float(metrics.loss @ (sizes / sizes.sum())),
        accuracy=float(metrics.accuracy @ (sizes / sizes.sum())),
        learning_rate=run.learning_rate_of((index + 1) * run.n_steps_per_epoch - 1),
        seconds=seconds,
    )
    if not np.isfinite(epoch.loss):
        raise ValueError(
            f"Training diverged: the loss is {epoch.loss} in epoch {epoch.number}. Lower "
            f"learning_rate (it was {epoch.learning_rate:.3g} there), or scale the pixels with "
            "PixelScaler."
        )
    return epoch


def _validated(epoch: Epoch, run: TrainingRun, validation: Validation) -> Epoch:
    weights = run.program.weights()
    loss, accuracy = evaluate(PROGRAMS.forward(run.network), weights, validation.samples)
    score = None if validation.score is None else validation.score(weights)
    return replace(epoch, val_loss=loss, val_accuracy=accuracy, val_score=score)


def _batches(
    samples: Samples, run: TrainingRun, n_epochs: int, random_state: np.random.RandomState
) -> Batches:
    """Shuffle the rows of each epoch into batches.

    The last batch is filled up with rows of the same epoch that count nothing, so that it looks
    like the others to a layer that normalises over the batch.
    """
    batch_size = run.plan.batch_size
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
    learning_rates = run.plan.learning_rates[run.n_steps : run.n_steps + n_epochs * len(sizes)]
    return Batches(
        indices=indices.reshape(-1, batch_size),
        row_weights=row_weights.reshape(-1, batch_size),
        learning_rates=learning_rates,
    )


def _batch_sizes(n_samples: int, batch_size: int) -> NDArray[np.int64]:
    starts = np.arange(0, n_samples, batch_size)
    return np.minimum(n_samples - starts, batch_size)


def _check_finite_weights(weights: Weights, plan: Plan) -> None:
    """Look at what the last update did, which no loss has seen."""
    if not all(np.isfinite(weight).all() for weight in weights):
        raise ValueError(
            "Training diverged: the last update made weights infinite. Lower learning_rate (its "
            f"peak is {plan.learning_rates.max():.3g}), or scale the pixels with PixelScaler."
        )
