"""export/_onnx_graph: every layer and activation that NumPy computes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from small_networks import small

from skdigits.architectures import Sequential, layers
from skdigits.export import to_onnx
from skdigits.export._onnx_graph import ACTIVATIONS, APPEND
from skdigits.programs._numpy import _activations
from skdigits.programs._numpy._layers import COMPUTE

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def test_all_layers_and_activations_are_there():
    assert APPEND.keys() == COMPUTE.keys()
    assert ACTIVATIONS.keys() == _activations.ACTIVATIONS.keys()


def differences(hidden_layers, X, y, folder):
    classifier = small(architecture=Sequential(hidden_layers)).fit(X, y)
    to_onnx(classifier, folder / "digits.onnx")
    session = onnxruntime.InferenceSession(folder / "digits.onnx")
    (found,) = session.run(None, {"images": X.reshape(-1, 8, 8, 1)})
    assert_allclose(found, classifier.predict_proba(X), rtol=0, atol=5e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations(activation, X, y, tmp_path):
    hidden = [
        layers.Flatten(),
        layers.Dense(20, activation, use_bias=False),
        layers.Rescaling(3, -1),
        layers.Activation(activation),
    ]
    differences(hidden, X, y, tmp_path)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [(1, 1), (1, 2), (3, 2)])
def test_convolutions(padding, strides, X, y, tmp_path):
    hidden = [
        layers.Conv2D(3, (2, 3), "relu", strides=strides, padding=padding),
        layers.BatchNormalization(),
        layers.LayerNormalization(),
        layers.Conv2D(4, 2, use_bias=False),
        layers.BatchNormalization(),
        layers.Dense(5, "tanh"),
        layers.Dropout(0.2),
        layers.GlobalAveragePooling2D(),
    ]
    differences(hidden, X, y, tmp_path)


@pytest.mark.parametrize("pool", [layers.AveragePooling2D, layers.MaxPooling2D])
def test_pooling_leaves_out_what_is_left_over(pool, X, y, tmp_path):
    differences([pool((3, 2)), layers.Conv2D(2, 2), layers.Flatten()], X, y, tmp_path)


@pytest.mark.parametrize("n_steps", [1, 3])
def test_spikes(n_steps, X, y, tmp_path):
    hidden = [
        layers.RepeatOverTime(n_steps),
        layers.Conv2D(4, 3),
        layers.LeakyIntegrateAndFire(n_steps, 0.5),
        layers.Flatten(),
        layers.Dense(20),
        layers.LeakyIntegrateAndFire(n_steps, 0.9),
        layers.AverageOverTime(n_steps),
    ]
    differences(hidden, 4 * np.asarray(X), y, tmp_path)
