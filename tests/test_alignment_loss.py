"""The loss of texts along frames, against Keras' and against sums over all alignments."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import log_softmax
from test_alignments import all_texts

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
