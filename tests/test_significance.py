"""The corrected resampled t-test of Nadeau and Bengio."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from sklearn.datasets import make_moons
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.svm import SVC

from skdigits.comparison import corrected_resampled_ttest

differences = st.lists(st.floats(-1, 1).map(lambda number: round(number, 6)), min_size=2)
sizes = st.integers(1, 100_000)


def test_ttest_by_hand():
    # Mean 0.02, sample variance 0.0001, 3 folds: t = 0.02 / sqrt((1/3 + 1/2) * 0.0001), and
    # Student's distribution with 2 degrees of freedom in closed form.
    test = corrected_resampled_ttest([0.01, 0.02, 0.03], n_train=80, n_test=40)
    t = 0.02 / np.sqrt(5 / 6 * 0.0001)
    assert test.difference == pytest.approx(0.02)
    assert test.statistic == pytest.approx(t)
    assert test.p_value == pytest.approx(1 - t / np.sqrt(2 + t**2))
    margin = 4.302652729911275 * np.sqrt(5 / 6 * 0.0001)
    assert test.confidence_interval == pytest.approx((0.02 - margin, 0.02 + margin))


def test_ttest_against_scikit_learns_worked_example():
    # "Statistical comparison of models using grid search" in scikit-learn's gallery publishes
    # t = 0.750 and a one-sided p of 0.227 for these two kernels.
    moons = make_moons(noise=0.352, random_state=1, n_samples=100)
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    rbf, linear = (
        cross_val_score(SVC(kernel=kernel, random_state=0), *moons, cv=folds, scoring="roc_auc")
        for kernel in ("rbf", "linear")
    )
    test = corrected_resampled_ttest(rbf - linear, n_train=90, n_test=10)
    assert round(test.statistic, 3) == 0.750
    assert round(test.p_value / 2, 3) == 0.227


def test_ttest_without_overlap_is_the_ordinary_one():
    scores = np.random.default_rng(0).normal(0.1, 0.2, size=12)
    test = corrected_resampled_ttest(scores, n_train=1e15, n_test=1)
    expected = stats.ttest_1samp(scores, 0)
    assert (test.statistic, test.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert test.confidence_interval == pytest.approx(tuple(expected.confidence_interval()))


@given(differences, sizes, sizes)
def test_ttest_properties(differences, n_train, n_test):
    test = corrected_resampled_ttest(differences, n_train, n_test)
    low, high = test.confidence_interval
    assert 0 <= test.p_value <= 1
    assert low <= test.difference <= high
    assert np.sign(test.statistic) == np.sign(test.difference)

    mirrored = corrected_resampled_ttest(np.negative(differences), n_train, n_test)
    assert mirrored.p_value == pytest.approx(test.p_value)
    assert mirrored.statistic == pytest.approx(-test.statistic)
    assert mirrored.confidence_interval == pytest.approx((-high, -low))


@given(differences, sizes, sizes)
def test_ttest_does_not_depend_on_the_unit(differences, n_train, n_test):
    assume(np.ptp(differences) > 0)
    test = corrected_resampled_ttest(differences, n_train, n_test)
    scaled = corrected_resampled_ttest(np.multiply(128, differences), n_train, n_test)
    assert scaled.statistic == pytest.approx(test.statistic)
    assert scaled.p_value == pytest.approx(test.p_value)


@given(differences, sizes, sizes)
def test_interval_excludes_zero_where_the_difference_is_significant(differences, n_train, n_test):
    test = corrected_resampled_ttest(differences, n_train, n_test, confidence_level=0.9)
    assume(abs(test.p_value - 0.1) > 1e-9)
    low, high = test.confidence_interval
    assert (low <= 0 <= high) == (test.p_value > 0.1)


@pytest.mark.parametrize(
    ("difference", "statistic", "p_value"), [(0.0, 0, 1), (0.1, np.inf, 0), (-0.1, -np.inf, 0)]
)
def test_ttest_of_equal_differences(difference, statistic, p_value):
    test = corrected_resampled_ttest([difference] * 3, n_train=2, n_test=1)
    assert test == (difference, statistic, p_value, (difference, difference))


def test_ttest_of_a_single_difference_is_undefined():
    test = corrected_resampled_ttest([0.1], n_train=2, n_test=1)
    assert test.difference == 0.1
    assert np.isnan([test.statistic, test.p_value, *test.confidence_interval]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 2, 1), "non-empty"),
        (([[0.1, 0.2]], 2, 1), "one-dimensional"),
        (([0.1, np.nan], 2, 1), "finite"),
        (([0.1, 0.2], 0, 1), "n_train and n_test must be positive"),
        (([0.1, 0.2], 2, np.nan), "n_train and n_test must be positive"),
    ],
)
def test_ttest_refuses_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        corrected_resampled_ttest(*arguments)


def test_ttest_refuses_an_impossible_confidence():
    with pytest.raises(ValueError, match="between 0 and 1"):
        corrected_resampled_ttest([0.1, 0.2], 2, 1, confidence_level=95)
