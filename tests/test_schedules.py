import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP
from skdigits.training._schedules import (
    INITIAL_FACTOR,
    SCHEDULES,
    constant,
    cosine,
    linear,
    one_cycle,
)

falling = pytest.mark.parametrize("name", ["cosine", "linear"])
every = pytest.mark.parametrize("name", SCHEDULES)


@every
@given(n_updates=st.integers(1, 500))
def test_factors_are_positive_and_never_above_the_peak(name, n_updates):
    factors = SCHEDULES[name](n_updates)
    assert factors.shape == (n_updates,)
    assert factors.min() > 0
    assert factors.max() == 1


@falling
@given(n_updates=st.integers(2, 500))
def test_falling_schedules_start_at_the_peak_and_fall_towards_zero(name, n_updates):
    factors = SCHEDULES[name](n_updates)
    assert factors[0] == 1
    assert (np.diff(factors) < 0).all()
    # The factor after the last would be zero, and no step of half a cosine is longer than pi / 2n.
    assert factors[-1] <= np.pi / 2 / n_updates + 1e-12


def test_names_are_those_of_the_documentation():
    documented = {"constant": constant, "cosine": cosine, "linear": linear, "one_cycle": one_cycle}
    assert documented == SCHEDULES


def test_constant_stays_at_the_peak():
    assert_array_equal(constant(7), np.ones(7))


def test_cosine_by_hand():
    assert_allclose(cosine(4), [1, 0.5 + 0.5**1.5, 0.5, 0.5 - 0.5**1.5], rtol=1e-15)


@given(n_updates=st.integers(4, 500))
def test_one_cycle_rises_for_a_quarter_and_then_falls(n_updates):
    factors = one_cycle(n_updates)
    peak = int(factors.argmax())
    assert peak == n_updates // 4
    assert factors[0] == INITIAL_FACTOR
    assert (np.diff(factors[: peak + 1]) > 0).all()
    assert (np.diff(factors[peak:]) < 0).all()


def test_one_cycle_by_hand():
    rise = [0.04, 0.52]
    assert_allclose(one_cycle(8), [*rise, *(1 - np.arange(6) / 6)], rtol=1e-15)


@every
def test_estimator_follows_the_schedule(name, digits):
    X, y = digits
    classifier = KerasDigitClassifier(
        MLP((16,)), epochs=3, batch_size=32, learning_rate=0.01, learning_rate_schedule=name
    ).fit(X[:80], y[:80])
    factors = SCHEDULES[name](9)
    assert_allclose(classifier.history_["learning_rate"], 0.01 * factors[2::3], rtol=1e-12)
