"""training/_tensorflow_layers: fused kernels against Keras' own layers."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from skdigits.training._tensorflow_layers import fuse_layers, warmed_up_averages  # noqa: E402


def _pair(images, **options):
    """Build a fused and a plain batch normalisation with equal weights."""
    models = []
    for _ in range(2):
        layer = keras.layers.BatchNormalization(**options)
        models.append(keras.Sequential([keras.Input(images.shape[1:]), layer]))
    generator = np.random.default_rng(1)
    weights = [generator.uniform(0.5, 2, array.shape) for array in models[0].get_weights()]
    for model in models:
        model.set_weights(weights)
    fuse_layers(models[0])
    return models


def is_fused(model):
    return "call" in vars(model.layers[0])


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(2, 3, (16, 5, 4, 3)).astype(np.float32)


def test_training_gives_what_keras_gives(images):
    fused, plain = _pair(images, momentum=0.9, epsilon=1e-2)
    weighting = np.random.default_rng(2).normal(size=images.shape).astype(np.float32)
    results = []
    for model in (fused, plain):
        pixels = tf.constant(images)
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            outputs = model(pixels, training=True)
            loss = tf.reduce_sum(outputs * weighting)
        variables = [variable.value for variable in model.trainable_variables]
        gradients = tape.gradient(loss, [pixels, *variables])
        results.append([outputs, *gradients, *model.get_weights()])
    assert is_fused(fused)
    assert not is_fused(plain)
    for ours, reference in zip(*results, strict=True):
        np.testing.assert_allclose(ours, reference, rtol=2e-4, atol=2e-5)


def test_prediction_is_that_of_keras(images):
    fused, plain = _pair(images)
    np.testing.assert_array_equal(fused(images), plain(images))


@pytest.mark.parametrize("options", [{"scale": False}, {"center": False}, {"axis": 1}])
def test_what_the_kernel_lacks_stays_with_keras(images, options):
    fused, _ = _pair(images, **options)
    assert not is_fused(fused)
    rows = images[:, 0, 0]
    fused, _ = _pair(rows)
    assert not is_fused(fused)


def test_averages_are_means_over_few_batches_and_moving_over_many():
    layer = keras.layers.BatchNormalization(momentum=0.8)
    model = keras.Sequential([keras.Input((3,)), layer])
    batches = np.random.default_rng(0).normal(2, 3, (12, 16, 3)).astype(np.float32)
    means = batches.mean(axis=1)
    expected = np.zeros(3)
    for n_updates, batch in enumerate(batches):
        with warmed_up_averages(model, tf.constant(n_updates, tf.int64)):
            model(batch, training=True)
        if n_updates < 5:
            expected = means[: n_updates + 1].mean(axis=0)
        else:
            expected = 0.8 * expected + 0.2 * means[n_updates]
        np.testing.assert_allclose(layer.moving_mean.numpy(), expected, rtol=1e-5)
    assert layer.momentum == 0.8
