"""Keras layers computed by TensorFlow's fused kernels."""

from __future__ import annotations

import keras
import tensorflow as tf


class _FusedBatchNormalization(keras.layers.BatchNormalization):
    """Batch normalisation of images in training: one kernel instead of a dozen operations."""

    def call(
        self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None
    ) -> tf.Tensor:
        if not training:
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma.value,
            offset=self.beta.value,
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
            is_training=True,
        )
        # The kernel's variance is the unbiased one, that of Keras' moving variance is not.
        n_values = tf.cast(tf.size(inputs) // inputs.shape[-1], variance.dtype)
        variance *= (n_values - 1) / n_values
        for moving, batch in [(self.moving_mean, mean), (self.moving_variance, variance)]:
            moving.assign(moving * self.momentum + batch * (1 - self.momentum))
        return outputs


def fuse_layers(model: keras.Model) -> None:
    """Let the layers of a network that have a fused kernel compute by it."""
    for layer in model.layers:
        if _suits_fused_batch_normalization(layer):
            layer.__class__ = _FusedBatchNormalization


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
