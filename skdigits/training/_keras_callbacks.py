"""Keras callbacks, called in a training run as by `keras.Model.fit`."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from skdigits.training._observer import Observer, TrainingRun

_STEP_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")

# Packages whose objects live in this process alone.
_LIVE = ("keras", "tensorflow", "jax", "jaxlib", "torch")
_ABSENT = object()


class KerasCallbacks(Observer):
    """Copies of Keras callbacks, with a `keras.Model` that has the weights in training.

    Changes to that model take effect: `stop_training`, the weights, and the learning rate, which
    is kept until it is set again. Objects that the callbacks refer to are not copied, such as the
    study that a callback reports to. After each epoch, the attributes of the copies are transferred
    to the given callbacks, except for those that cannot be copied or pickled,
    such as the model or an open file.
    """

    needs_model = True

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        for callback in callbacks:
            if not isinstance(callback, keras.callbacks.Callback):
                raise TypeError(
                    "callbacks must hold keras.callbacks.Callback objects, which are built, got "
                    f"{callback!r}; set those of scikit-learn with set_callbacks."
                )
        self._given = list(callbacks)
        self._callbacks = [copy.copy(callback) for callback in callbacks]
        self.watches_steps = any(map(_watches_steps, self._callbacks))

    def begin(self, run: TrainingRun) -> None:
        self._model = _watched_model(run)
        self._list = keras.callbacks.CallbackList(
            self._callbacks,
            model=self._model,
            verbose=0,
            epochs=run.plan.n_epochs,
            steps=run.n_steps_per_epoch,
        )
        self._model.stop_training = False
        with self._told():
            self._list.on_train_begin()

    def begin_epoch(self, run: TrainingRun) -> None:
        self._means = np.zeros(2)
        self._offer_learning_rate(run)
        with self._told():
            self._list.on_epoch_begin(len(run.epochs))
        self._take_learning_rate(run)

    def begin_step(self, run: TrainingRun, step: int) -> None:
        self._offer_learning_rate(run)
        self._list.on_train_batch_begin(step)
        self._take_learning_rate(run)

    def end_step(self, run: TrainingRun, step: int, loss: float, accuracy: float) -> bool:
        batch_size = run.plan.batch_size
        n_before = step * batch_size
        n_rows = min(batch_size, run.n_samples - n_before)
        self._means += (np.array([loss, accuracy]) - self._means) * n_rows / (n_before + n_rows)
        logs = dict(zip(("loss", "accuracy"), self._means.tolist(), strict=True))
        self._list.on_train_batch_end(step, logs)
        return bool(self._model.stop_training)

    def end_epoch(self, run: TrainingRun) -> bool:
        with self._told():
            self._list.on_epoch_end(run.epochs[-1].number - 1, _logs(run))
        self._take_learning_rate(run)
        return bool(self._model.stop_training)

    def end(self, run: TrainingRun) -> None:
        with self._told():
            self._list.on_train_end(_logs(run))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Transfer the attributes of the copies, even if a hook ends the fit."""
        try:
            yield
        finally:
            for given, copied in zip(self._given, self._callbacks, strict=True):
                before = vars(given)
                told = {
                    name: value
                    for name, value in vars(copied).items()
                    if before.get(name, _ABSENT) is not value and _can_be_stored(value)
                }
                before.update(told)

    def _offer_learning_rate(self, run: TrainingRun) -> None:
        optimizer = self._model.optimizer
        optimizer.iterations.assign(run.n_steps)
        optimizer.learning_rate = run.learning_rate_of(run.n_steps)
        self._offered = float(optimizer.learning_rate)

    def _take_learning_rate(self, run: TrainingRun) -> None:
        wanted = float(self._model.optimizer.learning_rate)
        if wanted == self._offered:
            return
        if np.ptp(run.plan.learning_rates):
            raise ValueError(
                f"A callback set the learning rate to {wanted:.3g}, which the schedule sets for "
                "each update: use learning_rate_schedule='constant' with such callbacks."
            )
        run.learning_rate = self._offered = wanted


class _Pickler(pickle.Pickler):
    """Refuses objects of this process: a model, a variable, a writer of summaries."""

    def persistent_id(self, value: Any) -> None:
        package = type(value).__module__.partition(".")[0]
        if package in _LIVE:
            raise pickle.PicklingError(f"an object of {package}")


def _can_be_stored(value: Any) -> bool:
    """Return whether a value can be copied and pickled, as files and locks cannot."""
    try:
        # Arrays go to buffers, which are not copied.
        _Pickler(io.BytesIO(), protocol=5, buffer_callback=lambda buffer: None).dump(value)
    except Exception:  # Classes have errors of their own.
        return False
    return True


def _watches_steps(callback: keras.callbacks.Callback) -> bool:
    """Return whether a callback has batch hooks."""
    frequencies = (getattr(callback, "save_freq", ""), getattr(callback, "update_freq", ""))
    hooks = [getattr(callback, name) for name in _STEP_HOOKS]
    own = [hook for hook in hooks if not getattr(hook, "_is_default", False)]
    if "epoch" in frequencies:
        own = [hook for hook in own if not hook.__module__.startswith("keras.")]
    return bool(own)


def _logs(run: TrainingRun) -> dict[str, float]:
    figures = run.epochs[-1].figures() if run.epochs else {}
    return {name: figure for name, figure in figures.items() if name != "seconds"}


def _watched_model(run: TrainingRun) -> keras.Model:
    """Wrap the layers in training in a model with an optimizer, loss and metrics."""
    trained: keras.Model = run.program.model  # type: ignore[attr-defined]
    if getattr(trained, "inputs", None):
        model = keras.Model(trained.inputs[0], trained.outputs[0], name="watched")
    else:
        images = keras.Input(run.network.image_shape)
        model = keras.Model(images, trained(images), name="watched")
    model.compile(
        optimizer=run.plan.optimizer.to_keras(),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    # A saved model is read back with an optimizer that has been built.
    model.optimizer.build(model.trainable_variables)
    # Callbacks ask built metrics whether more is better.
    logits = np.zeros((1, run.network.n_classes), np.float32)
    model.compute_metrics(None, np.zeros(1, np.int32), keras.ops.convert_to_tensor(logits))
    model.reset_metrics()
    return model
