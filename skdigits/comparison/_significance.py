"""Significance of the difference between two classifiers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


class PairedTest(NamedTuple):
    """Result of a paired test of the difference between two classifiers.

    Parameters
    ----------
    difference : float
        Mean of the differences.
    statistic : float
        Student's t; NaN for a single difference.
    p_value : float
        Two-sided p-value: the probability that equal classifiers differ by at least as much; NaN
        for a single difference.
    confidence_interval : tuple of (float, float)
        Low and high end of the interval about `difference`; NaN for a single difference.

    Examples
    --------
    >>> from skdigits.comparison import corrected_resampled_ttest
    >>> corrected_resampled_ttest([0.02, 0.03, 0.01], n_train=80, n_test=40).difference
    0.02
    """

    difference: float
    statistic: float
    p_value: float
    confidence_interval: tuple[float, float]


def corrected_resampled_ttest(
    differences: ArrayLike,
    n_train: float,
    n_test: float,
    *,
    confidence_level: float = 0.95,
) -> PairedTest:
    r"""Test whether two classifiers differ, given their differences fold by fold.

    The training sets of different folds overlap, so an ordinary paired t-test finds far too many
    differences significant. The correction of Nadeau and Bengio widens the variance accordingly.

    Parameters
    ----------
    differences : array-like of shape (n_folds,)
        Score of one classifier minus score of the other, both on the same folds.
    n_train : float
        Number of training samples of a fold (the mean if folds differ).
    n_test : float
        Number of test samples of a fold (the mean if folds differ).
    confidence_level : float, default=0.95
        Probability with which the confidence interval covers the true difference.

    Returns
    -------
    test : PairedTest
        Difference, t, two-sided p and confidence interval. A single difference has no spread:
        t, p and interval are NaN. If all differences are equal, t is infinite and p is 0 or,
        if all are zero, t is 0 and p is 1.

    See Also
    --------
    compare_classifiers : Applies the test to several classifiers and a baseline.

    Notes
    -----
    With differences :math:`d_1, \dots, d_k` of mean :math:`\bar{d}` and sample variance
    :math:`s^2`,

    .. math:: t = \bar{d} \Big/ \sqrt{\left(\tfrac{1}{k}
              + \tfrac{n_\mathrm{test}}{n_\mathrm{train}}\right) s^2}

    approximately follows Student's distribution with :math:`k - 1` degrees of freedom.

    References
    ----------
    C. Nadeau and Y. Bengio (2003). Inference for the generalization error. Machine Learning
    52(3), 239-281.

    Examples
    --------
    >>> from skdigits.comparison import corrected_resampled_ttest
    >>> test = corrected_resampled_ttest([0.02, 0.03, 0.01, 0.02, 0.02], n_train=80, n_test=20)
    >>> print(f"t = {test.statistic:.2f}, p = {test.p_value:.3f}")
    t = 4.22, p = 0.014
    """
    differences = np.asarray(differences, dtype=np.float64)
    if differences.ndim != 1 or differences.size == 0 or not np.isfinite(differences).all():
        raise ValueError("differences must be a non-empty, one-dimensional array of finite numbers")
    if not (n_train > 0 and n_test > 0):
        raise ValueError(f"n_train and n_test must be positive, got {n_train} and {n_test}")
    if not 0 < confidence_level < 1:
        raise ValueError(f"confidence_level must be between 0 and 1, got {confidence_level}")

    n_folds = differences.size
    mean = float(differences.mean())
    if n_folds == 1:
        return PairedTest(mean, np.nan, np.nan, (np.nan, np.nan))
    if np.ptp(differences) == 0:
        # The mean of equal numbers is rounded: their computed variance is not quite zero.
        constant = float(differences[0])
        statistic = float(np.copysign(np.inf, constant)) if constant else 0.0
        return PairedTest(constant, statistic, float(constant == 0), (constant, constant))

    standard_error = np.sqrt((1 / n_folds + n_test / n_train) * differences.var(ddof=1))
    student = stats.t(df=n_folds - 1)
    statistic = mean / standard_error
    margin = student.ppf((1 + confidence_level) / 2) * standard_error
    return PairedTest(
        difference=mean,
        statistic=float(statistic),
        p_value=float(2 * student.sf(abs(statistic))),
        confidence_interval=(float(mean - margin), float(mean + margin)),
    )
