"""The loss of networks that read texts along frames, by TensorFlow's own kernel."""

from __future__ import annotations

import tensorflow as tf


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
