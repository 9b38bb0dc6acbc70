"""Keras layers computed by TensorFlow's fused kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import keras
import tensorflow as tf

from skdigits.programs._keras_network import all_layers


@contextmanager
def fused_layers(model: keras.Model) -> Iterator[None]:
    """Use TensorFlow's kernels for the layers of a network that suit one, while it is traced."""
    replaced = [(layer, call) for layer in all_layers(model) if (call := _call_of(layer))]
    for layer, call in replaced:
        layer.call = partial(call, layer)
    try:
        yield
    finally:
        for layer, _ in replaced:
            del layer.call


def _call_of(layer: keras.Layer) -> Callable[..., tf.Tensor] | None:
    if _suits_fused_batch_normalization(layer):
        return _normalize_batch
    return _multiply_rows if type(layer) is keras.layers.Dense else None


def _multiply_rows(
    layer: keras.layers.Dense, inputs: tf.Tensor, training: bool | None = None
) -> tf.Tensor:
    """Multiply the rows of images in one product.

    TensorFlow's kernel for one product per image reads beyond the weights (tensorflow#117700), and
    Keras takes it before 3.15.
    """
    if len(inputs.shape) == 2:
        return type(layer).call(layer, inputs, training=training)
    rows = tf.reshape(inputs, (-1, inputs.shape[-1]))
    outputs = type(layer).call(layer, rows, training=training)
    outputs = tf.reshape(outputs, tf.concat([tf.shape(inputs)[:-1], [layer.units]], axis=0))
    return tf.ensure_shape(outputs, (*inputs.shape[:-1], layer.units))


def _normalize_batch(
    layer: keras.layers.BatchNormalization,
    inputs: tf.Tensor,
    training: bool | None = None,
    mask: tf.Tensor | None = None,
) -> tf.Tensor:
    """Normalise images in training with one kernel instead of a dozen operations."""
    if not training:
        return type(layer).call(layer, inputs, training=training, mask=mask)
    outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=inputs,
        scale=layer.gamma.value,
        offset=layer.beta.value,
        mean=tf.zeros([0]),
        variance=tf.zeros([0]),
        epsilon=layer.epsilon,
        is_training=True,
    )
    # The kernel's variance is the unbiased one, that of Keras' moving variance is not.
    n_values = tf.cast(tf.size(inputs) // inputs.shape[-1], variance.dtype)
    variance *= (n_values - 1) / n_values
    for moving, batch in [(layer.moving_mean, mean), (layer.moving_variance, variance)]:
        moving.assign(moving * layer.momentum + batch * (1 - layer.momentum))
    return outputs


def _suits_fused_batch_normalization(layer: keras.Layer) -> bool:
    return (
        type(layer) is keras.layers.BatchNormalization
        and layer.compute_dtype == "float32"
        and layer.input_spec.ndim == 4
        and layer.axis in (-1, 3)
        and layer.scale
        and layer.center
        and layer.trainable
        and not layer.synchronized
        and not getattr(layer, "renorm", False)
    )
