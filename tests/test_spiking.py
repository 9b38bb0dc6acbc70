"""SpikingNet: its neurons against a simulation in NumPy, and its learning."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

keras = pytest.importorskip("keras")

from skdigits import KerasDigitClassifier  # noqa: E402
from skdigits.architectures import SpikingNet  # noqa: E402
from skdigits.architectures._spiking_layers import (  # noqa: E402
    AverageOverTime,
    LeakyIntegrateAndFire,
    RepeatOverTime,
)

to_numpy = keras.ops.convert_to_numpy


def simulate(currents, decay):
    """Neuron by neuron, step by step: currents and spikes of shape (n_steps, n_neurons)."""
    potential, spikes = np.zeros(currents.shape[1]), []
    for current in currents:
        potential = decay * potential + current
        fired = potential > 1
        potential = potential - fired
        spikes.append(fired)
    return np.array(spikes, dtype=np.float32)


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.9])
def test_neurons_fire_as_in_a_simulation(decay):
    currents = np.random.default_rng(0).normal(0.5, 1, (3, 6, 7)).astype(np.float32)
    spikes = LeakyIntegrateAndFire(6, decay)(currents.reshape(18, 7))
    expected = [simulate(image, decay) for image in currents]
    assert_array_equal(to_numpy(spikes).reshape(3, 6, 7), expected)


def test_a_steady_current_fires_at_its_own_rate():
    """Without a leak, the potential left in the end is less than one spike."""
    currents = np.repeat(np.linspace(0, 0.9, 10, dtype=np.float32)[np.newaxis], 100, axis=0)
    rates = np.mean(to_numpy(LeakyIntegrateAndFire(100, 1.0)(currents)), axis=0)
    assert_allclose(rates, currents[0], atol=0.02)


def differentiate_in_tensorflow(compute, values):
    import tensorflow as tf

    values = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(values)
        total = keras.ops.sum(compute(values))
    return tape.gradient(total, values)


def differentiate_in_jax(compute, values):
    import jax

    return jax.grad(lambda values: keras.ops.sum(compute(values)))(values)


def differentiate_in_torch(compute, values):
    import torch

    values = torch.tensor(values, requires_grad=True)
    return torch.autograd.grad(keras.ops.sum(compute(values)), values)[0]


DIFFERENTIATE = {
    "jax": differentiate_in_jax,
    "tensorflow": differentiate_in_tensorflow,
    "torch": differentiate_in_torch,
}


def test_gradient_is_that_of_the_arc_tangent():
    excess = np.linspace(-2, 2, 9, dtype=np.float32)
    differentiate = DIFFERENTIATE[keras.config.backend()]
    gradient = differentiate(LeakyIntegrateAndFire(1, 0.5), (1 + excess)[np.newaxis])[0]
    assert_allclose(to_numpy(gradient), 1 / (1 + (np.pi * excess) ** 2), rtol=1e-5)


def test_time_is_folded_into_the_batch_and_averaged_out():
    images = np.random.default_rng(0).random((3, 5)).astype(np.float32)
    repeated = RepeatOverTime(4)(images)
    assert_array_equal(to_numpy(repeated), np.repeat(images, 4, axis=0))
    assert_allclose(to_numpy(AverageOverTime(4)(repeated)), images, rtol=1e-6)


@pytest.fixture(scope="module")
def fitted(digits):
    X, y = digits
    classifier = KerasDigitClassifier(SpikingNet((8, 16), kernel_size=3), epochs=20, random_state=0)
    return classifier.fit(X[:1200] / 16, y[:1200])


def test_learns_digits(fitted, digits):
    X, y = digits
    assert fitted.score(X[1200:] / 16, y[1200:]) > 0.93


def test_images_do_not_depend_on_their_neighbours_in_the_batch(fitted, digits):
    X = digits[0] / 16
    together = fitted.predict_proba(X[:100])
    backwards = fitted.predict_proba(X[99::-1])[::-1]
    # Rounding at the threshold may flip a spike, which is an eighth of a rate.
    assert np.median(np.abs(together - backwards)) < 1e-5
    assert np.mean(together.argmax(axis=1) == backwards.argmax(axis=1)) > 0.98


def test_no_stage_is_refused(digits):
    with pytest.raises(ValueError, match=r"filters must not be empty, got \(\)"):
        SpikingNet(())((8, 8, 1), 10)
