"""What NumPy computes for each frame, against Keras."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import log_softmax

from skdigits.architectures._keras_model import build_model
from skdigits.reading._frame_scores import frames_of
from skdigits.reading._line_network import line_network


@pytest.mark.parametrize("widths", [[48], [16, 64, 16, 160]])
def test_frames_are_those_of_keras(widths):
    random = np.random.RandomState(0)
    network = line_network((4, 5, 6, 7, 8, 9, 10), 11, dropout=0.1)
    weights = [
        (weight + 0.1 * random.uniform(size=weight.shape)).astype(np.float32)
        for weight in network.draw_weights(random)
    ]
    pictures = [random.normal(size=(32, width)).astype(np.float32) for width in widths]
    model = build_model(network, draws=False, is_wide_open=True)
    model.set_weights(weights)
    for picture, frames in zip(pictures, frames_of(network, weights, pictures), strict=True):
        expected = keras.ops.convert_to_numpy(model(picture[None, ..., None]))[0, 0]
        assert frames.shape == (picture.shape[1] // 2, 12)
        assert_allclose(frames, log_softmax(expected, axis=-1), rtol=1e-4, atol=1e-4)
