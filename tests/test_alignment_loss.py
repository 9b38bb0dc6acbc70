"""The loss of texts along frames, against Keras' and against sums over all alignments."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import log_softmax
from test_alignments import all_texts

from skdigits.architectures._keras_model import build_model
from skdigits.reading._line_network import line_network

tf = pytest.importorskip("tensorflow")


def test_it_is_that_of_keras_and_sums_over_all_alignments():
    import keras

    from skdigits.programs._tensorflow._alignment_loss import alignment_loss

    random = np.random.default_rng(0)
    scores = random.normal(size=(3, 1, 5, 4)).astype(np.float32)
    labels = np.array([[1, 1, 0], [3, 2, 1], [2, 0, 0]], np.int32)
    losses = alignment_loss(tf.constant(labels), tf.constant(scores)).numpy()
    assert_allclose(losses, keras.losses.ctc(labels, scores[:, 0]), rtol=1e-5)
    for loss, label, score in zip(losses, labels, scores[:, 0], strict=True):
        text = tuple(label[label > 0].tolist())
        assert np.exp(-loss) == pytest.approx(all_texts(log_softmax(score, axis=1))[text], rel=1e-5)


def test_steps_are_traced_once_for_all_sizes_and_lower_the_loss():
    import keras

    from skdigits.programs._tensorflow._alignment_loss import alignment_step

    random = np.random.RandomState(0)
    network = line_network((4, 4, 4, 4, 4, 4, 4), 2)
    model = build_model(network, draws=False, is_wide_open=True)
    model.set_weights(network.draw_weights(random))
    optimizer = keras.optimizers.AdamW(0.01)
    optimizer.build(model.trainable_variables)
    step = alignment_step(model, optimizer)
    losses = []
    for n_lines, width, n_characters in [(4, 32, 2), (3, 48, 1), (4, 64, 3)] * 12:
        images = np.ones((n_lines, 32, width, 1), np.float32)
        losses.append(float(step(images, np.ones((n_lines, n_characters), np.int32))))
    assert step.experimental_get_tracing_count() == 1
    assert np.mean(losses[-3:]) < 0.5 * np.mean(losses[:3])
