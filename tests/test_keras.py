"""Prediction on any Keras backend, here on TensorFlow and wherever another one is installed."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

pytest.importorskip("keras")

import keras

from skdigits.architectures import MLP, ConvNet, in_precision
from skdigits.programs import _keras
from skdigits.programs._cache import PROGRAMS
from skdigits.programs._keras_network import build_network, describe_network

pytestmark = pytest.mark.usefixtures("on_keras")

SHAPE = (8, 8, 1)


def make(architecture, dtype="float32"):
    network = describe_network(architecture, SHAPE, 10, dtype)
    model = build_network(network)
    return network, model, network.draw_weights(np.random.RandomState(0))


@pytest.mark.parametrize("n_rows", [1, 2, 5, 40])
@pytest.mark.parametrize("architecture", [MLP((16,)), ConvNet((2,), kernel_size=3)])
def test_predicts_what_the_compiled_program_predicts(architecture, n_rows, X):
    network, _, weights = make(architecture)
    found = _keras.ForwardProgram(network)(weights, X[:n_rows])
    assert found.shape == (n_rows, 10)
    # Sums of float32 products, taken in another order.
    assert_allclose(
        found, PROGRAMS.forward(network, n_rows)(weights, X[:n_rows]), rtol=0, atol=1e-5
    )


def test_few_numbers_of_rows_are_computed(X, monkeypatch):
    network, model, weights = make(MLP((16,)))
    program, computed = _keras.ForwardProgram(network), set()
    monkeypatch.setattr(
        program, "_model", lambda images, training: computed.add(images.shape[0]) or model(images)
    )
    monkeypatch.setattr(program._model, "weights", model.weights, raising=False)
    monkeypatch.setattr(program, "_n_rows_per_call", 24)
    for n_rows in range(1, 61):
        assert program(weights, X[:n_rows]).shape == (n_rows, 10)
    assert computed == {1, 2, 4, 8, 16, 24}


def test_rounding_of_the_backend_is_told(monkeypatch):
    double, single = make(MLP((16,)), "float64"), make(MLP((16,)))
    with in_precision("float64"):
        monkeypatch.setattr(keras.config, "backend", lambda: "torch")
        with pytest.warns(UserWarning, match=r"in float32 on PyTorch.*dtype='float64'"):
            _keras.ForwardProgram(double[0])
    _keras.ForwardProgram(single[0])


ELSEWHERE = """if True:
    import sys
    import warnings

    import numpy as np

    from skdigits.architectures import MLP
    from skdigits.programs._keras_network import describe_network
    from skdigits.programs._cache import PROGRAMS

    architecture = MLP((16,))
    network = describe_network(architecture, (8, 8, 1), 10, "float64")
    generator = np.random.RandomState(0)
    weights = [
        generator.normal(size=it.shape) for it in architecture.network((8, 8, 1), 10).weights
    ]
    rows = generator.uniform(size=(21, 64))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        logits = PROGRAMS.forward(network, len(rows))(tuple(weights), rows)
    expected = np.maximum(rows @ weights[0] + weights[1], 0) @ weights[2] + weights[3]
    told = any("in float32" in str(it.message) for it in caught)
    print(logits.dtype, abs(logits - expected).max() < 1e-12 or told)
"""


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_float64_is_float64_or_said_not_to_be(backend):
    pytest.importorskip(backend)
    result = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        env={**os.environ, "SKDIGITS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "float64 True\n"
