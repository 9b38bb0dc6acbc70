"""How classifiers are measured, fold by fold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.metrics import accuracy_score
from sklearn.model_selection import BaseCrossValidator, check_cv, cross_validate
from sklearn.pipeline import Pipeline

from skdigits.comparison._comparison import Comparison, FoldScores


def compare_classifiers(
    classifiers: Mapping[str, BaseEstimator],
    X: ArrayLike,
    y: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    cv: int | BaseCrossValidator | Iterable[tuple[ArrayLike, ArrayLike]] = 5,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Comparison:
    """Measure several classifiers on the same folds.

    Every classifier is cloned, fitted and scored on each of the same training and test sets, so
    that their differences are paired. Only numbers are kept, no fitted classifier.

    Parameters
    ----------
    classifiers : dict of str to estimator
        Classifiers or pipelines by the name they get in the table; the others are compared with
        the first. See :func:`baseline_classifiers` for a ready set.
    X : array-like of shape (n_samples, n_pixels) or (n_samples, height, width)
        Images, of any shape that the classifiers take.
    y : array-like of shape (n_samples,)
        Labels.
    groups : array-like of shape (n_samples,) or None, default=None
        Groups for splitters that keep them together, such as one writer's images by
        :class:`~sklearn.model_selection.GroupKFold`.
    cv : int, cross-validation generator or iterable, default=5
        - int: the number of folds of a :class:`~sklearn.model_selection.StratifiedKFold`.
        - a splitter, such as :class:`~sklearn.model_selection.RepeatedStratifiedKFold`.
        - an iterable of (train, test) index arrays; a single pair has no spread and no p-value.
    n_jobs : int or None, default=None
        Number of folds that run at the same time; None is 1 unless in a
        :func:`joblib.parallel_config` context. Folds at the same time compete for the processor:
        their times say so in the table.
    verbose : int, default=0
        1 prints each classifier's name as it starts, and its accuracy and seconds as it ends.

    Returns
    -------
    comparison : Comparison
        Scores and times of each fold; prints as a table.

    See Also
    --------
    baseline_classifiers : The classifiers to beat.
    corrected_resampled_ttest : The test behind the p-values.
    sklearn.model_selection.cross_validate : Measures a single classifier.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skdigits.comparison import compare_classifiers
    >>> X, y = load_digits(return_X_y=True)
    >>> classifiers = {"softmax": LogisticRegression(max_iter=5000), "naive Bayes": GaussianNB()}
    >>> comparison = compare_classifiers(classifiers, X[:500] / 16, y[:500], cv=3)
    >>> comparison.scores["softmax"].n_parameters
    650
    >>> print(f"{comparison.paired_tests()['naive Bayes'].difference:+.2f}")
    -0.09
    """
    if not isinstance(classifiers, Mapping) or not classifiers:
        raise ValueError(
            "classifiers must be a non-empty dict of names and classifiers, such as "
            f"{{'logistic regression': LogisticRegression()}}; got {classifiers!r}"
        )
    folds = list(check_cv(cv, y, classifier=True).split(X, y, groups))
    if not folds:
        raise ValueError("cv must give at least one pair of training and test indices")

    scores = {}
    for position, (name, classifier) in enumerate(classifiers.items(), start=1):
        if verbose:
            print(f"[{position}/{len(classifiers)}] {name}", flush=True)
        scores[name] = _score_folds(name, classifier, X, y, folds, n_jobs)
        if verbose:
            accuracy, seconds = scores[name].accuracy.mean(), scores[name].fit_seconds.sum()
            n_fits = "1 fit" if len(folds) == 1 else f"{len(folds)} fits"
            print(f"      {100 * accuracy:.2f} %, {n_fits} in {seconds:.1f} s", flush=True)
    n_train, n_test = np.array([(len(train), len(test)) for train, test in folds]).T
    n_simultaneous = min(joblib.effective_n_jobs(n_jobs), len(folds))
    return Comparison(scores, n_train=n_train, n_test=n_test, n_jobs=n_simultaneous)


def _score_folds(
    name: str,
    classifier: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    folds: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    n_jobs: int | None,
) -> FoldScores:
    try:
        results = cross_validate(
            classifier, X, y, cv=folds, scoring=_score_fold, n_jobs=n_jobs, error_score="raise"
        )
    except Exception as error:
        error.add_note(f"raised by the classifier {name!r}")
        raise
    n_parameters = results["test_n_parameters"].max()
    return FoldScores(
        accuracy=results["test_accuracy"],
        fit_seconds=results["fit_time"],
        predict_microseconds=results["test_predict_microseconds"],
        n_parameters=None if np.isnan(n_parameters) else int(n_parameters),
    )


def _score_fold(classifier: Any, X: Any, y: Any) -> dict[str, float]:
    """Score a fitted classifier in the form of scikit-learn's scorers of several metrics."""
    start = time.perf_counter()
    predicted = classifier.predict(X)
    seconds = time.perf_counter() - start
    return {
        "accuracy": accuracy_score(y, predicted),
        "predict_microseconds": 1e6 * seconds / len(predicted),
        "n_parameters": _count_parameters(classifier),
    }


def _count_parameters(classifier: Any) -> float:
    """Count the fitted weights of a classifier or a pipeline's last step, NaN if it has none."""
    final = classifier[-1] if isinstance(classifier, Pipeline) else classifier
    counts = (count(final) for name, count in _PARAMETER_COUNTS.items() if hasattr(final, name))
    return next(counts, np.nan)


# By the fitted attribute that tells the kind of classifier.
_PARAMETER_COUNTS: dict[str, Callable[[Any], float]] = {
    "n_parameters_": lambda network: network.n_parameters_,
    "coefs_": lambda network: sum(array.size for array in network.coefs_ + network.intercepts_),
    "coef_": lambda linear: linear.coef_.size + np.size(linear.intercept_),
}
