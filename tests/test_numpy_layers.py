"""Each function of a layer in NumPy against Keras' own layer."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

keras = pytest.importorskip("keras")

from skdigits.architectures import LAYERS, in_precision, layers  # noqa: E402
from skdigits.architectures._keras_model import as_keras_layer  # noqa: E402
from skdigits.programs._numpy._layers import COMPUTE, convolve, pool_largest  # noqa: E402

IMAGES = (7, 9, 3)
CASES = [
    (layers.Activation("silu"), IMAGES),
    (layers.AveragePooling2D((2, 3)), IMAGES),
    (layers.AverageOverTime(3), (4,)),
    (layers.Conv2D(5, 3, "relu"), IMAGES),
    (layers.Conv2D(5, (3, 2), use_bias=False), IMAGES),
    (layers.Conv2D(5, 3), (16, 16, 1)),
    (layers.Conv2D(5, (2, 5), padding="same"), (12, 13, 1)),
    (layers.Conv2D(5, (4, 2), padding="same"), IMAGES),
    (layers.Conv2D(5, 3, strides=2), IMAGES),
    (layers.Conv2D(5, 3, strides=(2, 3), padding="same"), (8, 10, 2)),
    (layers.Conv2D(5, 2, strides=(3, 1), padding="same"), (9, 17, 1)),
    (layers.Conv2D(5, 1), IMAGES),
    (layers.Dense(5), (4,)),
    (layers.Dense(5, "tanh", use_bias=False), (4,)),
    (layers.Dense(5, "softmax"), IMAGES),
    (layers.Flatten(), IMAGES),
    (layers.GlobalAveragePooling2D(), IMAGES),
    (layers.LayerNormalization(), (6,)),
    (layers.LayerNormalization(epsilon=0.1), IMAGES),
    (layers.LeakyIntegrateAndFire(3, 0.5), IMAGES),
    (layers.LeakyIntegrateAndFire(6, 0.9), (5,)),
    (layers.MaxPooling2D(2), IMAGES),
    (layers.MaxPooling2D((3, 1)), IMAGES),
    (layers.RepeatOverTime(3), IMAGES),
    (layers.Rescaling(2.0, -1.0), IMAGES),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("layer", "shape"), CASES, ids=repr)
def test_layers_compute_what_keras_does(layer, shape, dtype):
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(6, *shape)).astype(dtype)
    weights = [generator.normal(size=weight.shape).astype(dtype) for weight in layer.weights(shape)]
    result = COMPUTE[type(layer)](layer, inputs, *weights)
    assert result.dtype == dtype
    with in_precision(dtype):
        built = as_keras_layer(layer, dtype)
        built.build((None, *shape))
        built.set_weights(weights)
        expected = keras.ops.convert_to_numpy(built(inputs))
    # On other backends, Keras computes some layers in float32 even if asked for float64.
    precision = dtype if keras.config.backend() == "tensorflow" else "float32"
    assert_allclose(result, expected, rtol=0, atol=50 * np.finfo(precision).eps)


def test_every_layer_is_tested_but_those_that_prediction_folds():
    assert {type(layer).__name__ for layer, _ in CASES} == LAYERS.keys() - {
        "BatchNormalization",
        "Dropout",
    }
    assert {LAYERS[name] for name in LAYERS.keys() - {"Dropout"}} == COMPUTE.keys()


def test_batch_normalization_is_a_factor_and_a_shift():
    inputs = np.arange(6.0).reshape(2, 3)
    factor, shift = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.0, -1.0])
    result = COMPUTE[layers.BatchNormalization](layers.BatchNormalization(), inputs, factor, shift)
    assert_array_equal(result, inputs * factor + shift)


def test_layers_leave_their_inputs_alone():
    inputs = np.random.default_rng(0).normal(size=(6, 4, 4, 2))
    before = inputs.copy()
    kernel, bias = np.ones((2, 2, 2, 3)), np.ones(3)
    convolve(inputs, kernel, bias, padding="same")
    pool_largest(inputs, (2, 2))
    for layer in (layers.Activation("relu"), layers.Rescaling(2.0), layers.RepeatOverTime(2)):
        COMPUTE[type(layer)](layer, inputs)
    assert_array_equal(inputs, before)


def test_images_that_do_not_lie_side_by_side_in_memory_are_convolved():
    images = np.random.default_rng(0).normal(size=(2, 10, 10, 3))
    kernel = np.random.default_rng(1).normal(size=(3, 3, 3, 4))
    cut = images[:, ::2, 1::2]
    assert_array_equal(convolve(cut, kernel), convolve(cut.copy(), kernel))
