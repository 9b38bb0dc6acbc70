"""Networks in NumPy against the programs of TensorFlow."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax
from small_networks import SMALL_ARCHITECTURES

pytest.importorskip("tensorflow")

from skdigits.architectures import MLP, ConvNet, Network, SpikingNet, layers
from skdigits.programs._numpy._forward import ForwardProgram, count_products, fold
from skdigits.programs._tensorflow import ForwardProgram as TensorFlowProgram

ARCHITECTURES = {
    **SMALL_ARCHITECTURES,
    "default": ConvNet(),
    "layers": ConvNet(normalization="layer"),
}


def drawn(network):
    """Draw weights of a network that has been trained: averages and scales are not one."""
    random_state = np.random.RandomState(0)
    return tuple(
        (weight + random_state.uniform(-0.1, 0.1, weight.shape)).astype(weight.dtype)
        for weight in network.draw_weights(random_state)
    )


def frozen(weights):
    for weight in weights:
        weight.setflags(write=False)
    return weights


@pytest.mark.parametrize("side", [8, 28])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_probabilities_are_those_of_tensorflow(name, side):
    network = ARCHITECTURES[name].network((side, side, 1), 10)
    weights = drawn(network)
    rows = np.random.default_rng(0).random((50, side * side), np.float32)
    logits = ForwardProgram(network)(weights, rows)
    expected = TensorFlowProgram(network)(weights, rows)
    assert logits.dtype == expected.dtype == np.float32
    assert_allclose(softmax(logits, axis=1), softmax(expected, axis=1), rtol=0, atol=1e-5)
    assert_array_equal(logits.argmax(axis=1), expected.argmax(axis=1))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_logits_are_those_of_tensorflow_in_float64(name):
    network = ARCHITECTURES[name].network((8, 8, 1), 10, "float64")
    weights, rows = drawn(network), np.random.default_rng(0).random((50, 64))
    logits = ForwardProgram(network)(weights, rows)
    expected = TensorFlowProgram(network)(weights, rows)
    assert_allclose(logits, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_normalization_is_folded_only_into_sums_right_before_it(activation):
    network = Network(
        (
            layers.Conv2D(3, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(4, activation),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(10),
        ),
        (8, 8, 1),
        "float64",
    )
    weights, rows = drawn(network), np.random.default_rng(0).normal(size=(9, 64))
    kinds = [type(layer).__name__ for layer, _ in fold(network, weights)]
    n_folded = 1 + (activation == "linear")
    assert kinds.count("BatchNormalization") == 3 - n_folded
    assert "Dropout" not in kinds
    expected = TensorFlowProgram(network)(weights, rows)
    assert_allclose(ForwardProgram(network)(weights, rows), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n_rows", [2, 7, 20, 33, 49, 300])
@pytest.mark.parametrize("sizes", [(), (16,), (128,), (40, 128)])
def test_what_a_dense_network_makes_of_a_row_does_not_depend_on_its_place(sizes, n_rows):
    rows = np.random.default_rng(0).random((n_rows, 64), np.float32)
    network = MLP(sizes).network((8, 8, 1), 10)
    program, weights = ForwardProgram(network), drawn(network)
    order = np.random.RandomState(0).permutation(n_rows)
    assert_array_equal(program(weights, rows[order]), program(weights, rows)[order])


@pytest.mark.parametrize("name", ["convnet", "mlp", "spikingnet"])
def test_many_rows_are_computed_in_parts_and_keep_their_order(name):
    network = SMALL_ARCHITECTURES[name].network((28, 28, 1), 10)
    program, weights = ForwardProgram(network), drawn(network)
    rows = np.random.default_rng(0).random((700, 784), np.float32)
    parts = [program(weights, rows[i : i + 7]) for i in range(0, 700, 7)]
    assert_allclose(program(weights, rows), np.concatenate(parts), rtol=0, atol=1e-4)


def test_changed_weights_are_seen_in_the_next_call():
    network = MLP((16,)).network((8, 8, 1), 10, "float64")
    program, weights = ForwardProgram(network), drawn(network)
    rows = np.random.default_rng(0).random((5, 64))
    before = program(weights, rows)
    weights[-1][:] += 1.0  # Not frozen: the caller may change them in place.
    assert_allclose(program(weights, rows), before + 1.0, rtol=0, atol=1e-13)


def test_weights_that_nobody_can_change_are_folded_once(monkeypatch):
    network = ConvNet().network((8, 8, 1), 10)
    program, weights = ForwardProgram(network), frozen(drawn(network))
    rows = np.random.default_rng(0).random((5, 64), np.float32)
    before = program(weights, rows)
    monkeypatch.setattr("skdigits.programs._numpy._forward.fold", None)
    assert_array_equal(program(weights, rows), before)


def test_rows_are_left_alone():
    network = Network((layers.Activation("relu"), layers.Flatten(), layers.Dense(3)), (2, 2, 1))
    rows = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    before = rows.copy()
    for n_rows in (1, 60):
        ForwardProgram(network)(drawn(network), rows[:n_rows])
    assert_array_equal(rows, before)


def test_threads_share_a_program():
    network = ConvNet().network((8, 8, 1), 10)
    program, weights = ForwardProgram(network), drawn(network)
    chunks = np.random.default_rng(0).random((12, 30, 64), np.float32)
    expected = [program(weights, chunk) for chunk in chunks]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda chunk: program(weights, chunk), chunks))
    assert_array_equal(results, expected)


def test_products_are_counted():
    assert count_products(MLP((16,)).network((8, 8, 1), 10)) == 64 * 16 + 16 * 10
    convolutional = Network(
        (layers.Conv2D(3, 3), layers.BatchNormalization(), layers.Flatten(), layers.Dense(10)),
        (8, 8, 1),
    )
    assert count_products(convolutional) == 36 * 9 * 3 + 108 * 10
    spiking = SpikingNet((2, 3), kernel_size=3, n_steps=4).network((8, 8, 1), 10)
    assert count_products(spiking) == 64 * 9 * 2 + 4 * 16 * 9 * 2 * 3 + 12 * 10
