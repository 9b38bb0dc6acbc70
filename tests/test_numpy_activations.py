"""Activations in NumPy against Keras' functions, and their derivatives against TensorFlow's."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from skdigits.programs._numpy._activations import ACTIVATIONS  # noqa: E402

# TensorFlow rounds a constant of these to float32.
ROUGH = {"gelu": 1e-7, "leaky_relu": 1e-7}
# No number at which an activation has a corner.
NUMBERS = np.random.default_rng(0).normal(0, 3, (40, 7))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_functions_are_those_of_keras(name, dtype):
    numbers = NUMBERS.astype(dtype)
    result = ACTIVATIONS[name].function(numbers)
    assert result.dtype == dtype
    tolerance = max(4 * np.finfo(dtype).eps, ROUGH.get(name, 0))
    expected = keras.activations.get(name)(keras.ops.convert_to_tensor(numbers, dtype))
    assert_allclose(result, expected, rtol=tolerance, atol=10 * tolerance)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivatives_are_those_of_tensorflow(name):
    function, derivative = ACTIVATIONS[name]
    if derivative is None:
        assert name in ("softmax", "log_softmax")
        return
    numbers = tf.constant(NUMBERS)
    with tf.GradientTape() as tape:
        tape.watch(numbers)
        total = tf.reduce_sum(keras.activations.get(name)(numbers))
    result = derivative(NUMBERS, function(NUMBERS))
    expected = tape.gradient(total, numbers)
    assert_allclose(
        result, expected, rtol=max(1e-12, ROUGH.get(name, 0)), atol=1e-7 if name in ROUGH else 1e-13
    )


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if ACTIVATIONS[n].derivative])
def test_derivatives_keep_the_precision(name):
    function, derivative = ACTIVATIONS[name]
    numbers = NUMBERS.astype(np.float32)
    assert derivative(numbers, function(numbers)).dtype == np.float32


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_numbers_given_are_left_alone(name):
    numbers = NUMBERS.copy()
    ACTIVATIONS[name].function(numbers)
    assert (numbers == NUMBERS).all()
