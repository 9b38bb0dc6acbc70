"""programs/_tensorflow/_layers: fused kernels against Keras' own layers and NumPy."""

from contextlib import nullcontext

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from skdigits.programs._tensorflow._layers import fused_layers  # noqa: E402


def _pair(images, **options):
    """Build a batch normalisation to be fused, and a plain one with equal weights."""
    models = []
    for _ in range(2):
        layer = keras.layers.BatchNormalization(**options)
        models.append(keras.Sequential([keras.Input(images.shape[1:]), layer]))
    generator = np.random.default_rng(1)
    weights = [generator.uniform(0.5, 2, array.shape) for array in models[0].get_weights()]
    for model in models:
        model.set_weights(weights)
    return models


def is_fused(model):
    with fused_layers(model):
        return "call" in vars(model.layers[0])


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(2, 3, (16, 5, 4, 3)).astype(np.float32)


def test_training_gives_what_keras_gives(images):
    fused, plain = _pair(images, momentum=0.9, epsilon=1e-2)
    weighting = np.random.default_rng(2).normal(size=images.shape).astype(np.float32)
    results = []
    for model, context in ((fused, fused_layers(fused)), (plain, nullcontext())):
        pixels = tf.constant(images)
        with context, tf.GradientTape() as tape:
            tape.watch(pixels)
            outputs = model(pixels, training=True)
            loss = tf.reduce_sum(outputs * weighting)
        variables = [variable.value for variable in model.trainable_variables]
        gradients = tape.gradient(loss, [pixels, *variables])
        results.append([outputs, *gradients, *model.get_weights()])
    assert is_fused(fused)
    for ours, reference in zip(*results, strict=True):
        np.testing.assert_allclose(ours, reference, rtol=2e-4, atol=2e-5)


def test_prediction_is_that_of_keras(images):
    fused, plain = _pair(images)
    with fused_layers(fused):
        np.testing.assert_array_equal(fused(images), plain(images))


def test_layers_are_their_own_again_afterwards(images):
    model, _ = _pair(images)
    (layer,) = model.layers
    before = set(vars(layer))
    with pytest.raises(KeyboardInterrupt), fused_layers(model):
        raise KeyboardInterrupt
    assert set(vars(layer)) == before
    assert layer.call.__func__ is keras.layers.BatchNormalization.call


@pytest.mark.parametrize("options", [{"scale": False}, {"center": False}, {"axis": 1}])
def test_what_the_kernel_lacks_stays_with_keras(images, options):
    fused, _ = _pair(images, **options)
    assert not is_fused(fused)
    rows = images[:, 0, 0]
    fused, _ = _pair(rows)
    assert not is_fused(fused)


def test_dense_layers_of_images_multiply_rows():
    images = np.random.default_rng(0).normal(size=(4, 1, 16, 64)).astype(np.float32)
    layer = keras.layers.Dense(11, activation="relu")
    model = keras.Sequential([keras.Input((1, None, 64)), layer])

    @tf.function(input_signature=[tf.TensorSpec((None, 1, None, 64))])
    def run(images):
        with fused_layers(model):
            return model(images, training=True)

    kernel, bias = model.get_weights()
    expected = np.maximum(images @ kernel + bias, 0)
    # The kernel that Keras took before 3.15 was right only now and then.
    for _ in range(10):
        np.testing.assert_allclose(run(images), expected, rtol=1e-4, atol=1e-5)
    assert run.get_concrete_function().output_shapes.as_list() == [None, 1, None, 11]
    with fused_layers(model):
        assert model(images[:0]).shape == (0, 1, 16, 11)
