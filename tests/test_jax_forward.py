"""programs/_jax/_forward against NumPy's program."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_networks import SMALL_ARCHITECTURES

keras = pytest.importorskip("keras")
jax = pytest.importorskip("jax")
if keras.config.backend() != "jax":
    pytest.skip("Keras runs on another backend than JAX", allow_module_level=True)

from skdigits.architectures import MLP, LeNet5, SpikingNet  # noqa: E402
from skdigits.programs import _numpy  # noqa: E402
from skdigits.programs._jax import ForwardProgram  # noqa: E402

SHAPE = (8, 8, 1)


def draw(network):
    return network.draw_weights(np.random.RandomState(0))


@pytest.mark.parametrize("name", SMALL_ARCHITECTURES)
def test_logits_are_those_of_numpy(name, X):
    network = SMALL_ARCHITECTURES[name].network(SHAPE, 10)
    weights = draw(network)
    for n_rows in (1, 7, 60):
        found = ForwardProgram(network)(weights, X[:n_rows])
        expected = _numpy.ForwardProgram(network)(weights, X[:n_rows])
        assert found.shape == (n_rows, 10)
        assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_few_numbers_of_rows_are_compiled(X):
    network = MLP((16,)).network(SHAPE, 10)
    program, weights = ForwardProgram(network), draw(network)
    many = np.tile(X, (20, 1))
    expected = program(weights, many)
    for n_rows in (1, 3, 8, 9, 20, 63, 64, 65, 600, 1_100):
        assert_allclose(program(weights, many[:n_rows]), expected[:n_rows], rtol=0, atol=1e-5)
    assert program.n_compilations == 4


def test_more_rows_than_a_call_takes_keep_their_order(X):
    network = MLP((16,)).network((512, 512, 1), 10)
    weights = draw(network)
    rows = np.random.default_rng(0).random((6, 512 * 512), dtype=np.float32)
    found = ForwardProgram(network)(weights, rows)
    expected = _numpy.ForwardProgram(network)(weights, rows)
    assert_allclose(found, expected, rtol=0, atol=1e-3)


def test_threads_that_compile_at_once_get_the_same_bits(X):
    network = LeNet5().network(SHAPE, 10)
    program, weights = ForwardProgram(network), draw(network)
    numbers = [1, 5, 8, 30, 60] * 4
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n_rows: program(weights, X[:n_rows]), numbers))
    for n_rows, logits in zip(numbers, found, strict=True):
        assert_array_equal(logits, program(weights, X[:n_rows]))
    assert "call" not in vars(program._model.layers[0])


def test_rounding_of_float64_is_told():
    def program(architecture):
        network = architecture.network(SHAPE, 10, "float64")
        weights = draw(network)
        return lambda: ForwardProgram(network)(weights, np.zeros((2, 64)))

    rounding = program(SpikingNet((2,), n_steps=2))
    for _ in range(2):
        with pytest.warns(UserWarning, match=r"float32 on JAX.*dtype='float64'"):
            rounding()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program(LeNet5())()
