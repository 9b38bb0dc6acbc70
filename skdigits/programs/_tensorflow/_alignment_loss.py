"""The loss of networks that read texts along frames, and a step that lowers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from skdigits.programs._tensorflow._layers import fused_layers


def alignment_loss(labels: tf.Tensor, scores: tf.Tensor) -> tf.Tensor:
    """Compute the negative log-likelihood of each text, summed over its alignments (CTC).

    The same as :class:`keras.losses.CTC`, which takes a path through TensorFlow that is five times
    slower on a processor.

    Parameters
    ----------
    labels : tensor of shape (n_lines, n_characters)
        Columns of the scores, from 1 on, filled up with 0.
    scores : tensor of shape (n_lines, 1, n_frames, 1 + n_characters)
        Logits; column 0 is that of no character.

    Returns
    -------
    losses : tensor of shape (n_lines,)
        One per line.
    """
    scores = tf.squeeze(scores, axis=1)
    n_frames = tf.fill([tf.shape(scores)[0]], tf.shape(scores)[1])
    return tf.nn.ctc_loss(
        labels=tf.sparse.from_dense(tf.cast(labels, tf.int32)),
        logits=scores,
        label_length=None,
        logit_length=n_frames,
        logits_time_major=False,
        blank_index=0,
    )


def alignment_step(
    model: keras.Model, optimizer: keras.Optimizer
) -> Callable[[Any, Any], tf.Tensor]:
    """Give a function of images and labels that updates a model once and gives the mean loss.

    It is traced once, for batches and images of any size: Keras' own traces anew for several.
    """

    @tf.function(
        input_signature=[
            tf.TensorSpec(model.inputs[0].shape, tf.float32),
            tf.TensorSpec((None, None), tf.int32),
        ]
    )
    def step(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with fused_layers(model), tf.GradientTape() as tape:
            loss = tf.reduce_mean(alignment_loss(labels, model(images, training=True)))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    update: Callable[[Any, Any], tf.Tensor] = step
    return update
