"""training/_tensorflow_layers: fused kernels against Keras' own layers."""

from contextlib import nullcontext

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from skdigits.programs._tensorflow._layers import fused_layers, warmed_up_averages  # noqa: E402


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


def averaged(layer, model, batch, n_batches, share=1.0):
    n_batches, share = (tf.constant(it, tf.float64) for it in (n_batches, share))
    with warmed_up_averages(model, n_batches, share):
        model(batch, training=True)
    return layer.moving_mean.numpy()


def test_averages_are_means_over_few_batches_and_moving_over_many():
    layer = keras.layers.BatchNormalization(momentum=0.8)
    model = keras.Sequential([keras.Input((3,)), layer])
    batches = np.random.default_rng(0).normal(2, 3, (12, 16, 3)).astype(np.float32)
    means = batches.mean(axis=1)
    expected = np.zeros(3)
    for n_batches, batch in enumerate(batches):
        found = averaged(layer, model, batch, n_batches)
        if n_batches < 5:
            expected = means[: n_batches + 1].mean(axis=0)
        else:
            expected = 0.8 * expected + 0.2 * means[n_batches]
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert layer.momentum == 0.8


def test_a_batch_of_few_rows_counts_for_as_much_in_the_averages():
    layer = keras.layers.BatchNormalization(momentum=0.8)
    model = keras.Sequential([keras.Input((3,)), layer])
    first, second, third = np.random.default_rng(0).normal(2, 3, (3, 16, 3)).astype(np.float32)
    found = averaged(layer, model, first, 0, share=0.25)
    np.testing.assert_allclose(found, first.mean(axis=0), rtol=1e-5)
    found = averaged(layer, model, second, 0.25, share=0.75)
    expected = 0.25 * first.mean(axis=0) + 0.75 * second.mean(axis=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    found = averaged(layer, model, third, 100, share=0.25)
    expected = 0.95 * expected + 0.05 * third.mean(axis=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
