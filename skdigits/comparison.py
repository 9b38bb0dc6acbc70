"""Several classifiers on the same folds: accuracy, significance, seconds and size.

One call, :func:`compare_classifiers`, answers the question asked of every new network: is it
better than logistic regression, by how much, is that more than luck, and what does it cost?
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import BaseCrossValidator, check_cv, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC

from skdigits._significance import PairedTest, corrected_resampled_ttest
from skdigits.preprocessing import PixelScaler

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Comparison",
    "FoldScores",
    "PairedTest",
    "baseline_classifiers",
    "compare_classifiers",
    "corrected_resampled_ttest",
]


def baseline_classifiers(random_state: int | np.random.RandomState | None = None) -> dict[str, Any]:
    """Build the scikit-learn classifiers that a network for digits has to beat.

    Each is a :class:`~sklearn.pipeline.Pipeline` of a
    :class:`~skdigits.preprocessing.PixelScaler` and a classifier that keeps scikit-learn's
    defaults; only the limits on iterations are raised, so that fits run until they converge.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None
        Seeds the initial weights and the batches of the `MLPClassifier`; the others draw no
        random numbers. Pass an int for the same results in every call.

    Returns
    -------
    classifiers : dict of str to Pipeline
        Unfitted pipelines by name: "logistic regression", "k-nearest neighbours", "RBF SVC"
        and "scikit-learn MLPClassifier". The first is the usual baseline.

    See Also
    --------
    compare_classifiers : Measures them, and yours, on the same folds.

    Examples
    --------
    >>> from skdigits.comparison import baseline_classifiers
    >>> list(baseline_classifiers())
    ['logistic regression', 'k-nearest neighbours', 'RBF SVC', 'scikit-learn MLPClassifier']
    """
    classifiers = {
        "logistic regression": LogisticRegression(max_iter=1000),
        "k-nearest neighbours": KNeighborsClassifier(),
        "RBF SVC": SVC(),
        "scikit-learn MLPClassifier": MLPClassifier(max_iter=1000, random_state=random_state),
    }
    return {
        name: make_pipeline(PixelScaler(), classifier) for name, classifier in classifiers.items()
    }


@dataclass(frozen=True, eq=False)
class FoldScores:
    """What one classifier scored and took, fold by fold.

    Parameters
    ----------
    accuracy : ndarray of shape (n_folds,)
        Fraction of the fold's test images that were labelled correctly.
    fit_seconds : ndarray of shape (n_folds,)
        Seconds that `fit` took.
    predict_microseconds : ndarray of shape (n_folds,)
        Microseconds an image that one `predict` of all the fold's test images took.
    n_parameters : int or None
        Number of fitted weights, the largest over the folds; None for classifiers that have none,
        such as nearest neighbours.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.comparison import FoldScores
    >>> scores = FoldScores(np.array([0.9, 0.8]), np.array([2.0, 3.0]), np.array([5.0, 4.0]), 650)
    >>> print(f"{scores.accuracy.mean():.2f}")
    0.85
    """

    accuracy: NDArray[np.float64]
    fit_seconds: NDArray[np.float64]
    predict_microseconds: NDArray[np.float64]
    n_parameters: int | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several classifiers measured on the same folds: a table when printed.

    Parameters
    ----------
    scores : dict of str to FoldScores
        Scores and times of each classifier by name; the first is the baseline.
    n_train : ndarray of shape (n_folds,)
        Number of images that each fold trained on.
    n_test : ndarray of shape (n_folds,)
        Number of images that each fold was scored on.
    n_jobs : int, default=1
        Number of folds that ran at the same time, competing for the processor.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.comparison import Comparison, FoldScores
    >>> seconds = np.array([1.0, 2.0, 2.0])
    >>> comparison = Comparison(
    ...     {
    ...         "softmax": FoldScores(np.array([0.95, 0.93, 0.94]), seconds, seconds, 650),
    ...         "network": FoldScores(np.array([0.98, 0.97, 0.97]), seconds, seconds, 9_098),
    ...     },
    ...     n_train=np.array([80, 80, 80]),
    ...     n_test=np.array([40, 40, 40]),
    ... )
    >>> print(comparison)
    classifier    accuracy %  fit s  predict µs/image  parameters  difference      p
    softmax     94.00 ± 0.82   2.00               2.0         650    baseline
    network     97.33 ± 0.47   2.00               2.0       9,098       +3.33  0.024
    <BLANKLINE>
    3 folds of 80 training and 40 test images: mean ± standard deviation, median times.
    difference in percentage points; p by the corrected resampled t-test.
    >>> comparison.paired_tests()["network"].p_value < 0.05
    True
    """

    scores: dict[str, FoldScores]
    n_train: NDArray[np.int64]
    n_test: NDArray[np.int64]
    n_jobs: int = 1

    def paired_tests(self, baseline: str | None = None) -> dict[str, PairedTest]:
        """Test each classifier's accuracy against a baseline's, paired by fold.

        The p-values are those of single tests: who picks the best of many classifiers should
        ask for smaller ones.

        Parameters
        ----------
        baseline : str or None, default=None
            Name of the classifier that the others are tested against; None is the first.

        Returns
        -------
        tests : dict of str to PairedTest
            The test of each classifier but the baseline; a positive difference is in its favour.
        """
        baseline = next(iter(self.scores)) if baseline is None else baseline
        reference = self.scores[baseline].accuracy
        return {
            name: corrected_resampled_ttest(
                scores.accuracy - reference, float(self.n_train.mean()), float(self.n_test.mean())
            )
            for name, scores in self.scores.items()
            if name != baseline
        }

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a pandas DataFrame, one row a classifier.

        Returns
        -------
        frame : DataFrame
            Indexed by classifier. Columns: `accuracy` and `accuracy_std` (mean and standard
            deviation over folds, as fractions), `fit_seconds` and `predict_microseconds` (medians
            over folds), `n_parameters`, and, against the first classifier, `difference`,
            `confidence_low`, `confidence_high` (95 %) and `p_value`.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "Comparison.to_frame needs pandas: install it with `pip install pandas`."
            ) from error
        tests = self.paired_tests()
        undefined = PairedTest(np.nan, np.nan, np.nan, (np.nan, np.nan))
        rows = {
            name: {
                "accuracy": scores.accuracy.mean(),
                "accuracy_std": scores.accuracy.std(),
                "fit_seconds": np.median(scores.fit_seconds),
                "predict_microseconds": np.median(scores.predict_microseconds),
                "n_parameters": scores.n_parameters,
                "difference": (test := tests.get(name, undefined)).difference,
                "confidence_low": test.confidence_interval[0],
                "confidence_high": test.confidence_interval[1],
                "p_value": test.p_value,
            }
            for name, scores in self.scores.items()
        }
        frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("classifier")
        return frame.astype({"n_parameters": "Int64"})

    def __str__(self) -> str:
        tests = self.paired_tests()
        rows = [_HEADER] + [
            (
                name,
                _format_accuracy(scores.accuracy),
                f"{np.median(scores.fit_seconds):,.2f}",
                f"{np.median(scores.predict_microseconds):,.1f}",
                "-" if scores.n_parameters is None else f"{scores.n_parameters:,}",
                f"{100 * tests[name].difference:+.2f}" if name in tests else "baseline",
                _format_p_value(tests[name].p_value) if name in tests else "",
            )
            for name, scores in self.scores.items()
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                [row[0].ljust(widths[0])]
                + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
            ).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, "", *self._notes()])

    def _notes(self) -> list[str]:
        """Say, in the lines below the table, what its numbers mean."""
        images = f"{self.n_train.mean():,.0f} training and {self.n_test.mean():,.0f} test images"
        if len(self.n_train) == 1:
            notes = [f"One split: {images}; so no spread and no significance."]
        else:
            notes = [
                f"{len(self.n_train)} folds of {images}: mean ± standard deviation, median times.",
                "difference in percentage points; p by the corrected resampled t-test.",
            ]
        if self.n_jobs != 1:
            notes.append(f"{self.n_jobs} folds ran at the same time: alone, each is faster.")
        return notes


_HEADER = ("classifier", "accuracy %", "fit s", "predict µs/image", "parameters", "difference", "p")


def _format_accuracy(accuracy: NDArray[np.float64]) -> str:
    mean = f"{100 * accuracy.mean():.2f}"
    return mean if accuracy.size == 1 else f"{mean} ± {100 * accuracy.std():.2f}"


def _format_p_value(p_value: float) -> str:
    if np.isnan(p_value):
        return "-"
    return "<0.001" if p_value < 0.001 else f"{p_value:.3f}"


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
