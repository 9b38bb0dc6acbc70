"""The training loop: epochs, shuffling, validation and early stopping."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits.programs._backend import require_backend
from skdigits.programs._cache import PROGRAMS
from skdigits.programs._contract import (
    Batches,
    StepMetrics,
    TrainingOptions,
    TrainingState,
)
from skdigits.programs._keras_network import AnyNetwork, KerasNetwork, begin_network, draw_seeds
from skdigits.programs._logits import loss_and_accuracy, overflowing_rows
from skdigits.training._history import Epoch
from skdigits.training._observer import BestEpoch, Observer, TrainingRun
from skdigits.training._plan import Plan
from skdigits.training._samples import Samples, merge_equal_rows

# Rows on which a trained network must compute finite logits.
_N_ROWS_CHECKED = 256


@dataclass(frozen=True)
class Validation:
    """Samples that are not used for training, and a score of a run if one is requested."""

    samples: Samples
    score: Callable[[TrainingRun], float] | None = None


def train(
    network: AnyNetwork,
    samples: Samples,
    plan: Plan,
    random_state: np.random.RandomState,
    *,
    start: TrainingState | None = None,
    validation: Validation | None = None,
    observers: Sequence[Observer] = (),
) -> TrainingRun:
    """Train a network from a given or a new state; early stopping keeps the best state."""
    if len(samples) <= plan.batch_size:
        samples = merge_equal_rows(samples)
    best = BestEpoch(plan.early_stopping) if plan.early_stopping else None
    needs_model = any(observer.needs_model for observer in observers)
    borrowed = _borrowed(network, samples, plan, start, random_state, needs_model=needs_model)
    with borrowed as (run, state):
        run.program.load(state)
        placed = run.program.place(samples.rows, samples.targets)
        for observer in observers:
            observer.begin(run)
        try:
            _run_epochs(run, samples, placed, random_state, validation, best, observers)
        except KeyboardInterrupt:
            run.interrupted = True
        if best:
            best.restore(run)
        for observer in observers:
            observer.end(run)
        run.final_state = run.program.state()
    _check_computes(run, samples)
    return run


@contextmanager
def _borrowed(
    network: AnyNetwork,
    samples: Samples,
    plan: Plan,
    start: TrainingState | None,
    random_state: np.random.RandomState,
    *,
    needs_model: bool,
) -> Iterator[tuple[TrainingRun, TrainingState]]:
    """Borrow the program for a run, and complete the network and the initial state."""
    options = TrainingOptions(
        plan.optimizer, plan.batch_size, plan.settings.weight_decay > 0, plan.augmentation
    )
    model = None
    if isinstance(network, KerasNetwork):
        require_backend()  # Before a function builds with Keras.
    if start is None:
        network, weights, model = begin_network(network, random_state)
        start = TrainingState(weights)
    with PROGRAMS.training(network, options, model, needs_model=needs_model) as program:
        # A function that made a network of more than Keras' layers may hold on to them.
        is_foreign = isinstance(network, KerasNetwork) and network.has_foreign_code
        before = program.state() if is_foreign else None
        try:
            state = _completed(start, options, program.n_seeds, random_state)
            yield TrainingRun(network, plan, program, len(samples)), state
        finally:
            if before is not None:
                program.load(before)


def _completed(
    state: TrainingState,
    options: TrainingOptions,
    n_seeds: int,
    random_state: np.random.RandomState,
) -> TrainingState:
    """Reset the state of another optimizer, and draw missing seeds."""
    if state.slots_of != options.optimizer.description:
        state = replace(state, slots=(), n_updates=0)
    # Training may go on with another augmentation, whose seed is the last one.
    known = state.seeds[:n_seeds]
    drawn = draw_seeds(random_state, n_seeds - len(known))
    return replace(state, seeds=(*known, *(np.array([seed, 0], np.uint32) for seed in drawn)))


def _run_epochs(
    run: TrainingRun,
    samples: Samples,
    placed: Any,
    random_state: np.random.RandomState,
    validation: Validation | None,
    best: BestEpoch | None,
    observers: Sequence[Observer],
) -> None:
    """Run the epochs, several per call if nothing observes the epochs in between."""
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
    """Take one step per batch, many per call if nothing observes the steps in between."""
    watching = [observer for observer in observers if observer.watches_steps]
    n_steps_per_call = 1 if watching else run.program.n_steps_per_call
    done: list[StepMetrics] = []
    for step, part in enumerate(batches.cut(n_steps_per_call)):
        for observer in watching:
            observer.begin_step(run, step)
        if run.learning_rate is not None:
            part = part.with_learning_rate(run.learning_rate)
        metrics = run.program.train(placed, part, run.plan.settings)
        done.append(metrics)
        run.n_steps += len(metrics.loss)
        loss, accuracy = float(metrics.loss[-1]), float(metrics.accuracy[-1])
        wish_to_stop = [observer.end_step(run, step, loss, accuracy) for observer in watching]
        if any(wish_to_stop):
            break
    return StepMetrics.joined(done)


def _epoch(run: TrainingRun, index: int, metrics: StepMetrics, seconds: float) -> Epoch:
    """Average over the steps of an epoch, weighted by their numbers of rows."""
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
        raise _diverged(f"the loss is {epoch.loss} in epoch {epoch.number}", run.plan)
    return epoch


def _validated(epoch: Epoch, run: TrainingRun, validation: Validation) -> Epoch:
    samples = validation.samples
    logits = PROGRAMS.predict(run.network, run.program.weights(), samples.rows)
    loss, accuracy = loss_and_accuracy(logits, samples.targets, samples.weights)
    if not np.isfinite(loss):
        raise _diverged(f"the validation loss is {loss} in epoch {epoch.number}", run.plan)
    score = None if validation.score is None else validation.score(run)
    return replace(epoch, val_loss=loss, val_accuracy=accuracy, val_score=score)


def _batches(
    samples: Samples, run: TrainingRun, n_epochs: int, random_state: np.random.RandomState
) -> Batches:
    """Shuffle the rows of each epoch into batches.

    The last batch is filled up with rows of the same epoch that have weight zero, so that batch
    normalisation is computed over a full batch.
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


def _check_computes(run: TrainingRun, samples: Samples) -> None:
    """Check the result of the last update, which is not part of any loss."""
    weights = run.state.weights
    if not all(np.isfinite(weight).all() for weight in weights):
        raise _diverged("the last update made weights infinite", run.plan)
    some_rows = samples.rows[:: -(-len(samples) // _N_ROWS_CHECKED)]
    if len(overflowing_rows(PROGRAMS.predict(run.network, weights, some_rows))):
        raise _diverged("the logits of training images are not finite", run.plan)


def _diverged(what: str, plan: Plan) -> ValueError:
    weight_decay = plan.settings.weight_decay
    cures = f" or weight_decay ({weight_decay:.3g})" if weight_decay else ""
    if plan.settings.temperature < 1:
        cures += f", raise temperature ({plan.settings.temperature:.3g})"
    return ValueError(
        f"Training diverged: {what}. Lower learning_rate (its peak is "
        f"{plan.learning_rates.max():.3g}){cures}, or scale the pixels with PixelScaler."
    )
