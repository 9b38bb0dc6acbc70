"""Training of the network that reads lines, which continues after an interruption."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import Network
from skdigits.architectures._keras_model import build_model
from skdigits.programs._backend import require_backend
from skdigits.programs._postponed_interrupts import postponed_interrupts
from skdigits.reading._checkpoints import Checkpoint, read_checkpoint, write_checkpoint
from skdigits.reading._frame_scores import frames_of
from skdigits.reading._line_batches import LineBatches
from skdigits.reading._recognizer_state import rounded
from skdigits.training._schedules import one_cycle

if TYPE_CHECKING:
    import keras

Weights = list[NDArray[np.float32]]

_LARGEST_GRADIENT = 5.0  # norm, per array of weights
_SECONDS_PER_CHECKPOINT = 60.0
_SECONDS_PER_REPORT = 10.0
_WITHOUT_DECAY = ["gamma", "beta", "bias"]
_LARGEST_SEED = 2**31
# Training lines of which a trained network must compute finite scores.
_N_LINES_CHECKED = 8


class Settings(NamedTuple):
    """The settings of a training, besides the lines and the network."""

    epochs: int
    learning_rate: float
    weight_decay: float
    seed: int


@dataclass
class Progress:
    """Progress of a training.

    Parameters
    ----------
    n_batches : int
        Number of batches so far, including those before an interruption.
    n_all : int
        Number of all batches.
    n_per_epoch : int
        Number of batches per epoch.
    losses : list of float
        Mean loss of each epoch so far, including the current one.
    lines_per_second : float
        Speed since training started or continued.
    seconds_left : float
        Estimate of the time left.
    """

    n_batches: int
    n_all: int
    n_per_epoch: int
    losses: list[float]
    lines_per_second: float
    seconds_left: float

    @property
    def epoch(self) -> int:
        """Number of the current epoch, counted from 1."""
        return min(self.n_batches, self.n_all - 1) // self.n_per_epoch + 1

    def __str__(self) -> str:
        minutes, seconds = divmod(round(self.seconds_left), 60)
        hours, minutes = divmod(minutes, 60)
        return (
            f"epoch {self.epoch}/{self.n_all // self.n_per_epoch}, batch "
            f"{self.n_batches:,}/{self.n_all:,} - loss {self.losses[-1]:.4f} - "
            f"{self.lines_per_second:,.0f} lines/s - {hours:02}:{minutes:02}:{seconds:02} left"
        )


class Trained(NamedTuple):
    """The weights, the mean loss and the score of each epoch, and whether training is complete."""

    weights: Weights
    losses: list[float]
    scores: list[float]
    is_whole: bool


def train(
    network: Network,
    weights: Weights,
    batches: LineBatches,
    settings: Settings,
    *,
    checkpoint: str | os.PathLike[str] | None = None,
    report: Callable[[Progress], None] | None = None,
    score: Callable[[Weights], float] | None = None,
) -> Trained:
    """Train a network on lines, starting from weights or a checkpoint of the same training.

    The score of an epoch is NaN if there was no function to compute it.

    Raises
    ------
    ValueError
        If the loss or the scores of training lines are not finite, or the checkpoint belongs to
        another training.
    """
    require_backend()
    with postponed_interrupts():
        run = _Run(network, weights, batches, settings)
    if checkpoint is not None:
        run.restore(checkpoint)
    try:
        run.go(checkpoint, report or (lambda progress: None), score or (lambda weights: np.nan))
    except KeyboardInterrupt:
        run.check_computes()
        return Trained(run.weights(), run.losses(), run.scores, is_whole=False)
    return Trained(run.weights(), run.losses(), run.scores, is_whole=True)


class _Run:
    """A model in training, and its progress."""

    def __init__(
        self, network: Network, weights: Weights, batches: LineBatches, settings: Settings
    ) -> None:
        self._network, self._batches, self._settings = network, batches, settings
        self._n_all = settings.epochs * batches.n_per_epoch
        self._factors = one_cycle(self._n_all)
        self._model = _seeded_model(network, weights, settings)
        self._optimizer = _optimizer(self._model, settings)
        self._step = _choose_step(self._model, self._optimizer)
        self._losses = np.zeros(self._n_all)
        self._pictures: NDArray[np.float32] | None = None  # some of the last batch
        self.scores: list[float] = []
        self._n_done = 0
        self._identity = hashlib.sha256(
            repr((network, settings, batches.fingerprint())).encode()
            + b"".join(np.ascontiguousarray(weight).tobytes() for weight in weights)
        ).hexdigest()

    def go(
        self,
        checkpoint: str | os.PathLike[str] | None,
        report: Callable[[Progress], None],
        score: Callable[[Weights], float],
    ) -> None:
        n_per_epoch = self._batches.n_per_epoch
        started = saved = reported = time.monotonic()
        n_first = self._n_done + 1
        while self._n_done < self._n_all:
            epoch, place = divmod(self._n_done, n_per_epoch)
            if place == 0 or self._n_done + 1 == n_first:
                order = self._batches.order(epoch)
            with postponed_interrupts():
                self._update(order[place], epoch)
            if self._n_done == n_first:
                # The first step is traced, which takes as long as many batches.
                started = reported = time.monotonic()
            now, is_end = time.monotonic(), place == n_per_epoch - 1
            if is_end or now - reported > _SECONDS_PER_REPORT:
                reported = now
                report(self._progress(now - started, self._n_done - n_first))
            saves = checkpoint is not None and (is_end or now - saved > _SECONDS_PER_CHECKPOINT)
            if is_end or saves:
                self.check_computes()
            if is_end:
                self.scores.append(score(self.weights()))
            if checkpoint is not None and saves:
                saved = now
                self._save(checkpoint)

    def _update(self, places: NDArray[np.intp], epoch: int) -> None:
        batch = self._batches.batch(places, epoch)
        rate = self._settings.learning_rate * self._factors[self._n_done]
        self._optimizer.learning_rate = rate
        self._pictures = batch.pictures[:_N_LINES_CHECKED, ..., 0]
        loss = float(self._step(batch.pictures, batch.labels))
        if not np.isfinite(loss):
            raise self._diverged(f"the loss is {loss}", self._n_done + 1)
        self._losses[self._n_done] = loss
        self._n_done += 1

    def check_computes(self) -> None:
        """Check the result of the last update, which is not part of any loss."""
        if self._pictures is None:
            return
        weights = self.weights()
        if not all(np.isfinite(weight).all() for weight in weights):
            raise self._diverged("weights are not finite", self._n_done)
        with np.errstate(all="ignore"):
            frames = frames_of(self._network, list(map(rounded, weights)), list(self._pictures))
        if not all(np.isfinite(it).all() for it in frames):
            raise self._diverged("the scores of training lines are not finite", self._n_done)

    def _diverged(self, what: str, n_batches: int) -> ValueError:
        return ValueError(
            f"Training diverged: {what} after {n_batches} batches. Lower "
            f"learning_rate={self._settings.learning_rate!r}."
        )

    def weights(self) -> Weights:
        return [np.array(weight) for weight in self._model.get_weights()]

    def losses(self) -> list[float]:
        """Compute the mean loss of each epoch so far."""
        n_per_epoch = self._batches.n_per_epoch
        epochs = np.split(
            self._losses[: self._n_done], range(n_per_epoch, self._n_done, n_per_epoch)
        )
        return [float(losses.mean()) for losses in epochs if len(losses)]

    def _progress(self, seconds: float, n_since: int) -> Progress:
        n_per_epoch = self._batches.n_per_epoch
        speed = n_since * self._batches.n_lines / n_per_epoch / max(seconds, 1e-9)
        left = (self._n_all - self._n_done) * seconds / max(1, n_since)
        return Progress(self._n_done, self._n_all, n_per_epoch, self.losses(), speed, left)

    def _variables(self) -> list[Any]:
        return [*self._model.variables, *self._optimizer.variables]

    def _arrays(self) -> list[NDArray[Any]]:
        return [np.array(variable.numpy()) for variable in self._variables()]

    def _save(self, checkpoint: str | os.PathLike[str]) -> None:
        losses, scores = self._losses[: self._n_done], np.array(self.scores)
        write_checkpoint(checkpoint, Checkpoint(self._identity, losses, scores, self._arrays()))

    def restore(self, checkpoint: str | os.PathLike[str]) -> None:
        """Continue from a checkpoint, if there is one."""
        if not Path(checkpoint).exists():
            return
        stored = read_checkpoint(
            checkpoint,
            self._identity,
            self._arrays(),
            self._settings.epochs,
            self._batches.n_per_epoch,
        )
        for variable, array in zip(self._variables(), stored.variables, strict=True):
            variable.assign(array)
        self._n_done = len(stored.losses)
        self._losses[: self._n_done] = stored.losses
        self.scores = stored.scores.tolist()


def _seeded_model(network: Network, weights: Weights, settings: Settings) -> keras.Model:
    import keras

    model = build_model(network, draws=False, is_wide_open=True)
    model.set_weights(weights)
    random = np.random.RandomState(settings.seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.seed_generator.state.assign(random.randint(_LARGEST_SEED, size=2))
    return model


def _choose_step(model: keras.Model, optimizer: keras.Optimizer) -> Callable[[Any, Any], Any]:
    """Choose a function of images and labels that updates a model once and gives the mean loss."""
    import keras

    if keras.config.backend() == "tensorflow":
        from skdigits.programs._tensorflow._alignment_loss import alignment_step

        return alignment_step(model, optimizer)
    model.compile(optimizer, lambda labels, scores: keras.losses.ctc(labels, scores[:, 0]))

    def step(images: NDArray[np.float32], labels: NDArray[np.int32]) -> Any:
        model.reset_metrics()
        return model.train_on_batch(images, labels)

    return step


def _optimizer(model: keras.Model, settings: Settings) -> keras.Optimizer:
    import keras

    optimizer = keras.optimizers.AdamW(
        settings.learning_rate, weight_decay=settings.weight_decay, clipnorm=_LARGEST_GRADIENT
    )
    optimizer.exclude_from_weight_decay(var_names=_WITHOUT_DECAY)
    optimizer.build(model.trainable_variables)
    return optimizer
