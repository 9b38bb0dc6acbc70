"""programs/_step: a step of training against NumPy, on whichever backend there is."""

import keras
import numpy as np
import pytest
from keras import ops
from numpy.testing import assert_allclose
from scipy.special import log_softmax

from skdigits.programs._contract import StepSettings
from skdigits.programs._step import (
    compute_losses,
    decay,
    distort,
    share_of_batch,
    warmed_up_averages,
)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
@pytest.mark.parametrize("penalty", [None, 0.5])
def test_losses_are_those_of_numpy(label_smoothing, penalty, temperature):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(6, 5)).astype(np.float32)
    targets = generator.integers(4, size=6)
    row_weights = np.array([0.5, 0.1, 0, 0.2, 0.2, 0], np.float32)
    regularizer = None if penalty is None else keras.regularizers.L2(penalty)
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(4, kernel_regularizer=regularizer)]
    )
    kernel, bias = model.get_weights()

    found = compute_losses(
        model,
        ops.convert_to_tensor(X),
        ops.convert_to_tensor(targets.astype(np.int32)),
        ops.convert_to_tensor(row_weights),
        StepSettings(
            label_smoothing=ops.convert_to_tensor(np.float32(label_smoothing)),
            temperature=ops.convert_to_tensor(np.float32(temperature)),
        ),
    )

    logits = (X @ kernel + bias) / temperature
    labels = np.eye(4)[targets] * (1 - label_smoothing) + label_smoothing / 4
    loss = row_weights @ -(labels * log_softmax(logits, axis=1)).sum(axis=1)
    accuracy = row_weights @ (logits.argmax(axis=1) == targets)
    penalized = loss + (penalty or 0) * (kernel**2).sum()
    expected = [penalized, loss, accuracy]
    assert_allclose([ops.convert_to_numpy(it) for it in found], expected, rtol=1e-5)


def test_distortions_come_one_after_the_other():
    def doubled(images, seed):
        return images * 2

    def shifted(images, seed):
        return images + seed

    assert distort(1, [doubled, shifted], 3) == 5
    assert distort(1, [], 3) == 1


def test_a_share_of_a_batch_is_padding():
    row_weights = ops.convert_to_tensor(np.array([0.5, 0.5, 0, 0], np.float32))
    assert float(share_of_batch(row_weights, "float32")) == 0.5


def test_only_matrices_and_kernels_decay():
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4)])
    model.set_weights([np.ones((5, 4)), np.ones(4)])
    decay(model.trainable_variables, ops.convert_to_tensor(0.25))
    kernel, bias = model.get_weights()
    assert_allclose(kernel, 0.75)
    assert_allclose(bias, 1)


def averaged(layer, model, batch, n_batches, share=1.0):
    n_batches, share = (ops.convert_to_tensor(it, "float32") for it in (n_batches, share))
    with warmed_up_averages(model, n_batches, share):
        model(batch, training=True)
    return ops.convert_to_numpy(layer.moving_mean)


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


class Interrupting(float):
    """A share of a batch at which Ctrl-C is pressed, the second time."""

    n_times = 0

    def __rmul__(self, factor):
        self.n_times += 1
        if self.n_times == 2:
            raise KeyboardInterrupt
        return factor


def test_momenta_are_restored_after_an_interrupt():
    layers = [keras.layers.BatchNormalization(momentum=0.5) for _ in range(2)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    with pytest.raises(KeyboardInterrupt), warmed_up_averages(model, 1.0, Interrupting(1.0)):
        pass
    assert [layer.momentum for layer in layers] == [0.5, 0.5]
