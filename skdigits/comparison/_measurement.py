"""How classifiers are measured, fold by fold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.metrics import accuracy_score
from sklearn.model_selection import BaseCrossValidator, check_cv, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.utils.parallel import Parallel, delayed
from threadpoolctl import ThreadpoolController

from skdigits._classifier import KerasDigitClassifier
from skdigits.comparison._comparison import Comparison, FoldScores
from skdigits.programs._backend import is_installed, require_backend
from skdigits.programs._limited_threads import limited_threads

Fold = tuple[NDArray[np.int64], NDArray[np.int64]]

# Longer predictions are not repeated: compilation takes a negligible part of them.
_LONGEST_REPEATED = 10.0  # seconds


def compare_classifiers(
    classifiers: Mapping[str, BaseEstimator],
    X: ArrayLike,
    y: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    cv: int | BaseCrossValidator | Iterable[tuple[ArrayLike, ArrayLike]] = 5,
    n_jobs: int | None = None,
    n_threads: int | None = 1,
    verbose: int = 0,
) -> Comparison:
    """Measure several classifiers on the same folds.

    Every classifier is cloned, fitted and scored on the same training and test sets, so the
    differences are paired. Fitted classifiers are not kept. Read more in
    the :ref:`User Guide <comparison>`.

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
        :func:`joblib.parallel_config` context. Simultaneous folds compete for the processor,
        which is noted below the table.
    n_threads : int or None, default=1
        Number of threads that a fit or prediction may use in linear algebra and loops of OpenMP.
        On several threads, small fits can take many times as long if the processor is busy, because
        threads wait for one another. TensorFlow reads the environment variable `OMP_NUM_THREADS`
        when it starts, and cannot change its number of threads later; if it differs, this is noted
        below the table. None means no limit.
    verbose : int, default=0
        1 prints each classifier's name as it starts, and its accuracy and seconds as it ends.

    Returns
    -------
    comparison : Comparison
        Scores and times of each fold; prints as a table.

    See Also
    --------
    baseline_classifiers : Build the classifiers to compare with.
    corrected_resampled_ttest : The test that computes the p-values.
    sklearn.model_selection.cross_validate : Evaluate a single classifier.

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
    if n_threads is not None and n_threads < 1:
        raise ValueError(f"n_threads must be at least 1, or None for no limit; got {n_threads!r}.")
    folds = choose_folds(cv, X, y, groups)
    scores = {}
    for position, (name, classifier) in enumerate(classifiers.items(), start=1):
        if verbose:
            print(f"[{position}/{len(classifiers)}] {name}", flush=True)
        measured = measure_folds(name, classifier, X, y, folds, n_jobs=n_jobs, n_threads=n_threads)
        scores[name] = join_folds(measured)
        if verbose:
            print(f"      {describe_scores(scores[name])}", flush=True)
    return build_comparison(scores, folds, n_jobs)


def choose_folds(cv: Any, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None) -> list[Fold]:
    """Split the rows as asked, once for all classifiers."""
    folds = list(check_cv(cv, y, classifier=True).split(X, y, groups))
    if not folds:
        raise ValueError("cv must give at least one pair of training and test indices")
    return folds


def measure_folds(
    name: str,
    classifier: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    folds: Sequence[Fold],
    *,
    n_jobs: int | None,
    n_threads: int | None,
) -> Iterator[FoldScores]:
    """Fit and score a classifier on one fold after the other, or on several at the same time."""
    try:
        yield from Parallel(n_jobs=n_jobs, return_as="generator")(
            delayed(_measure_fold)(classifier, X, y, fold, n_threads) for fold in folds
        )
    except Exception as error:
        error.add_note(f"raised by the classifier {name!r}")
        raise


def join_folds(measured: Iterable[FoldScores]) -> FoldScores:
    """Combine the scores of a classifier on all folds."""
    folds = list(measured)
    counts = [fold.n_parameters for fold in folds if fold.n_parameters is not None]
    return FoldScores(
        accuracy=np.concatenate([fold.accuracy for fold in folds]),
        fit_seconds=np.concatenate([fold.fit_seconds for fold in folds]),
        predict_microseconds=np.concatenate([fold.predict_microseconds for fold in folds]),
        n_parameters=max(counts) if counts else None,
        n_threads=folds[0].n_threads,
    )


def describe_scores(scores: FoldScores) -> str:
    """Return one line with the accuracy and the time of a classifier."""
    n_folds = len(scores.accuracy)
    n_fits = "1 fit" if n_folds == 1 else f"{n_folds} fits"
    return f"{100 * scores.accuracy.mean():.2f} %, {n_fits} in {scores.fit_seconds.sum():.1f} s"


def build_comparison(
    scores: dict[str, FoldScores], folds: Sequence[Fold], n_jobs: int | None
) -> Comparison:
    """Combine the scores of all classifiers on the same folds."""
    n_train, n_test = np.array([(len(train), len(test)) for train, test in folds]).T
    n_simultaneous = min(joblib.effective_n_jobs(n_jobs), len(folds))
    return Comparison(scores, n_train=n_train, n_test=n_test, n_jobs=n_simultaneous)


def _measure_fold(
    classifier: BaseEstimator, X: Any, y: Any, fold: Fold, n_threads: int | None
) -> FoldScores:
    parts = [classifier, *classifier.get_params().values()]
    has_network = any(isinstance(part, KerasDigitClassifier) for part in parts)
    # The import of a backend takes seconds in each process, and is not part of a fit.
    backend = require_backend() if has_network and is_installed() else None
    with limited_threads(ThreadpoolController(), n_threads):
        results = cross_validate(
            classifier, X, y, cv=[fold], scoring=_score, n_jobs=1, error_score="raise"
        )
    n_parameters = results["test_n_parameters"][0]
    return FoldScores(
        accuracy=results["test_accuracy"],
        fit_seconds=results["fit_time"],
        predict_microseconds=results["test_predict_microseconds"],
        n_parameters=None if np.isnan(n_parameters) else int(n_parameters),
        # Networks go by their backend's own number.
        n_threads=backend.count_threads() if backend and n_threads is not None else n_threads,
    )


def _score(classifier: Any, X: Any, y: Any) -> dict[str, float]:
    """Score a fitted classifier in the form of scikit-learn's scorers of several metrics."""
    predicted, seconds = _predict(classifier, X)
    if seconds < _LONGEST_REPEATED:
        # The first prediction compiles a network and gets memory.
        predicted, seconds = _predict(classifier, X)
    return {
        "accuracy": accuracy_score(y, predicted),
        "predict_microseconds": 1e6 * seconds / len(predicted),
        "n_parameters": _count_parameters(classifier),
    }


def _predict(classifier: Any, X: Any) -> tuple[Any, float]:
    start = time.perf_counter()
    predicted = classifier.predict(X)
    return predicted, time.perf_counter() - start


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
