"""Probabilities that sum to one, losses, and logits that cannot be computed."""

import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax
from sklearn.metrics import log_loss

from skdigits.programs._logits import loss_and_accuracy, overflowing_rows, probabilities

# What numpy.allclose grants the sum of a row of float64, as scikit-learn's log_loss asks it.
ALLOWED = 1e-8 + np.sqrt(np.finfo(np.float64).eps)


def deviation(found):
    return np.abs(1 - found.sum(axis=1, dtype=np.float64)).max()


@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12),
        elements=st.floats(-50, 50, width=32),
    )
)
def test_rows_sum_to_one_and_are_the_softmax(logits):
    found, expected = probabilities(logits), softmax(logits.astype(np.float64), axis=1)
    assert found.dtype == np.float32
    assert deviation(found) < ALLOWED
    assert (found >= 0).all()
    # Two roundings of a number below one.
    assert_allclose(found, expected, rtol=0, atol=2**-23)
    assert_array_equal(np.sign(found), np.sign(expected.astype(np.float32)))


@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12),
        elements=st.sampled_from([0.0, -0.0, 1e-45, 1e-9, 1e-8, 6e-8, -3e-8, 0.5, 1.0, 2.0, 15.0]),
    )
)
def test_the_order_is_that_of_the_logits_also_of_ties_and_near_ties(logits):
    found = probabilities(logits)
    assert_array_equal(found.argmax(axis=1), logits.argmax(axis=1))
    order = np.argsort(-logits, axis=1, kind="stable")
    assert (np.diff(np.take_along_axis(found, order, axis=1), axis=1) <= 0).all()
    assert deviation(found) < ALLOWED
    assert_allclose(found, softmax(logits.astype(np.float64), axis=1), rtol=0, atol=2**-23)


@pytest.mark.parametrize("n_classes", range(2, 12))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ties_go_to_the_first(n_classes, dtype):
    logits = np.zeros((n_classes, n_classes), dtype)
    np.fill_diagonal(logits[:, 1:], 1e-45 if dtype == np.float32 else 1e-300)
    found = probabilities(logits)
    assert_array_equal(found.argmax(axis=1), logits.argmax(axis=1))
    assert deviation(found) <= 2e-8


@pytest.mark.parametrize("n_classes", [2, 3, 10, 100])
def test_a_sure_network_keeps_its_small_probabilities(n_classes):
    others = np.geomspace(1e-12, 1e-6, 5_000)[:, np.newaxis]
    exact = np.hstack([1 - others, np.repeat(others / (n_classes - 1), n_classes - 1, axis=1)])
    found = probabilities(np.log(exact).astype(np.float32))
    assert deviation(found) < ALLOWED
    ratio = found[:, 1:] / exact[:, 1:]
    assert (ratio > 0.4).all()
    assert (ratio < 2.5).all()


def test_float64_stays_as_it_is():
    logits = np.random.default_rng(0).normal(size=(50, 10))
    assert_array_equal(probabilities(logits), softmax(logits, axis=1))


def test_many_rows_take_little_memory_and_do_not_depend_on_each_other():
    logits = np.random.default_rng(0).normal(size=(100_000, 10)).astype(np.float32)
    tracemalloc.start()
    try:
        found = probabilities(logits)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * logits.nbytes
    assert_array_equal(found[-100:], probabilities(logits[-100:]))


def test_averages_of_float32_probabilities_please_log_loss():
    rng = np.random.default_rng(0)
    y = rng.integers(10, size=5_000)
    for scale in (0.1, 1, 5, 20):
        logits = rng.normal(size=(2, 5_000, 10)).astype(np.float32) * np.float32(scale)
        # As ensembles of scikit-learn average.
        average = np.mean([probabilities(one).astype(np.float64) for one in logits], axis=0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            log_loss(y, average)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_overflow_is_found_row_by_row(dtype):
    largest = np.finfo(dtype).max
    logits = np.array(
        [[0, 1], [np.nan, 0], [np.inf, 0], [-np.inf, 0], [largest, -largest], [largest / 2, 0]],
        dtype,
    )
    assert_array_equal(overflowing_rows(logits), [1, 2, 3, 4])


def test_loss_and_accuracy_are_weighted():
    logits = np.log(np.array([[0.5, 0.5], [0.25, 0.75], [0.9, 0.1]], np.float32))
    targets, weights = np.array([0, 1, 1], np.int32), np.array([1.0, 2.0, 1.0])
    loss, accuracy = loss_and_accuracy(logits, targets, weights)
    assert loss == pytest.approx(-(np.log(0.5) + 2 * np.log(0.75) + np.log(0.1)) / 4, rel=1e-6)
    assert accuracy == pytest.approx(3 / 4)


def test_loss_of_what_overflows_is_infinite():
    logits = np.array([[0, 1], [np.nan, 0]], np.float32)
    assert loss_and_accuracy(logits, np.zeros(2, np.int32), np.ones(2)) == (np.inf, 0.0)
