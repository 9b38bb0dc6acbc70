"""The computation of a training step, with Keras' operations: the same on every backend.

The backends implement the gradient, the update of the weights, and the loop over the steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
from keras import ops

from skdigits.augmentation import Augmentation
from skdigits.programs._contract import StepSettings
from skdigits.programs._keras_network import all_layers


class Losses(NamedTuple):
    """The minimised loss, and the reported loss and accuracy."""

    penalized: Any
    loss: Any
    accuracy: Any


def distort(images: Any, augmentation: Sequence[Augmentation], seed: Any) -> Any:
    """Apply the distortions one after the other."""
    for distortion in augmentation:
        images = distortion(images, seed)
    return images


def compute_losses(
    model: keras.Model, images: Any, targets: Any, row_weights: Any, settings: StepSettings
) -> Losses:
    """Compute the weighted cross-entropy of a batch, and add the penalties of the layers."""
    dtype = row_weights.dtype
    logits = ops.cast(model(images, training=True), dtype) / settings.temperature
    n_classes = logits.shape[-1]
    labels = ops.one_hot(targets, n_classes, dtype=dtype)
    labels = labels * (1 - settings.label_smoothing) + settings.label_smoothing / n_classes
    loss = ops.sum(row_weights * ops.categorical_crossentropy(labels, logits, from_logits=True))
    penalized = sum((ops.cast(penalty, dtype) for penalty in model.losses), loss)
    # On JAX, Keras looks for the largest of float64 among numbers rounded to float32.
    is_largest = ops.cast(logits == ops.max(logits, axis=1, keepdims=True), "int32")
    correct = ops.cast(ops.argmax(is_largest, axis=1) == targets, dtype)
    return Losses(penalized, loss, ops.sum(row_weights * correct))


def share_of_batch(row_weights: Any, dtype: Any) -> Any:
    """Compute the fraction of a batch that is not padding."""
    return ops.sum(ops.cast(row_weights != 0, dtype)) / row_weights.shape[0]


@contextmanager
def warmed_up_averages(model: keras.Model, n_batches: Any, share: Any) -> Iterator[None]:
    """Replace moving averages with plain means as long as they are over only a few batches.

    Otherwise, predictions after a dozen updates would use the zeros and ones with which the
    averages began. `n_batches` is the number of previous batches; this batch has the weight of the
    fraction of it that is not padding. Both are tensors, or numbers on a backend that computes step
    by step.
    """
    layers = [it for it in all_layers(model) if isinstance(it, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in layers]
    try:
        for layer, momentum in zip(layers, momenta, strict=True):
            slow, warm = (1 - momentum) * share, share / (n_batches + share)
            if isinstance(n_batches, float):
                layer.momentum = 1 - max(slow, warm)
            else:
                layer.momentum = ops.cast(1 - ops.maximum(slow, warm), layer.variable_dtype)
        yield
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum


def decay(variables: Sequence[keras.Variable], rate: Any) -> None:
    """Decay the matrices and kernels, decoupled from the gradient (Loshchilov and Hutter 2019)."""
    for variable in variables:
        if len(variable.shape) > 1:
            value = variable.value
            factor = rate if isinstance(rate, float) else ops.cast(rate, variable.dtype)
            variable.assign(value - value * factor)
