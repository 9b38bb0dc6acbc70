"""architectures/_initializers: distributions of Keras' initializers, drawn in NumPy."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import ks_2samp

from skdigits.architectures._initializers import INITIALIZERS

DRAWN = sorted(set(INITIALIZERS) - {"ones", "zeros", "orthogonal"})
SHAPES = [(90, 110), (3, 5, 16, 40)]


def draw(name, shape, seed=0):
    return INITIALIZERS[name](shape, np.random.RandomState(seed))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", DRAWN)
def test_distribution_is_that_of_keras(name, shape):
    ours = draw(name, shape).ravel()
    theirs = np.asarray(keras.initializers.get(name)(shape)).ravel()
    assert ks_2samp(ours, theirs).pvalue > 1e-4
    # The tails, to which the test of Kolmogorov and Smirnov is blind.
    assert_allclose(abs(ours).max(), abs(theirs).max(), rtol=0.02 if "orm" not in name else 0.35)
    assert_allclose(ours.std(), theirs.std(), rtol=0.03)


@pytest.mark.parametrize("name", ["ones", "zeros"])
def test_constants_are_those_of_keras(name):
    assert_array_equal(draw(name, (3, 2)), keras.initializers.get(name)((3, 2)))


@pytest.mark.parametrize("shape", [(12, 5), (5, 12), (3, 3, 4, 8)])
def test_orthogonal_rows_or_columns(shape):
    matrix = draw("orthogonal", shape).reshape(-1, shape[-1])
    product = matrix.T @ matrix if len(matrix) >= shape[-1] else matrix @ matrix.T
    assert_allclose(product, np.eye(len(product)), atol=1e-12)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_draws_depend_on_the_generator_alone(name):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    assert_array_equal(draw(name, (4, 6)), draw(name, (4, 6)))
    assert draw(name, (4, 6)).shape == (4, 6)
    assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    if name not in ("ones", "zeros"):
        assert (draw(name, (4, 6)) != draw(name, (4, 6), seed=1)).any()
