"""Results of a comparison of several classifiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from skdigits._extras import describe_missing
from skdigits.comparison._printed_table import PrintedTable
from skdigits.comparison._significance import PairedTest, corrected_resampled_ttest

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class FoldScores:
    """Scores and times of one classifier, fold by fold.

    Parameters
    ----------
    accuracy : ndarray of shape (n_folds,)
        Fraction of the fold's test images that were labelled correctly.
    fit_seconds : ndarray of shape (n_folds,)
        Time of `fit` in seconds.
    predict_microseconds : ndarray of shape (n_folds,)
        Time of `predict` for all of the fold's test images, in microseconds per image.
    n_parameters : int or None
        Number of fitted weights, the largest over the folds; None for classifiers without weights,
        such as nearest neighbours.
    n_threads : int or None, default=None
        Largest number of threads of a fit or prediction; None if it is unknown.

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
    n_threads: int | None = None


@dataclass(frozen=True, eq=False)
class Comparison(PrintedTable):
    """Several classifiers measured on the same folds: a table when printed.

    Parameters
    ----------
    scores : dict of str to FoldScores
        Scores and times of each classifier by name; the first is the baseline.
    n_train : ndarray of shape (n_folds,)
        Number of training images of each fold.
    n_test : ndarray of shape (n_folds,)
        Number of test images of each fold.
    n_jobs : int, default=1
        Number of folds that ran at the same time.

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

        The p-values are not corrected for multiple tests: if you choose the best of many
        classifiers, require smaller p-values.

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
        """Return the table as a pandas DataFrame, one row per classifier.

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
                describe_missing("Comparison.to_frame", ["pandas"], "pip install pandas")
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

    def _cells(self) -> Sequence[Sequence[str]]:
        tests = self.paired_tests()
        return [_HEADER] + [
            (
                name,
                format_accuracy(scores.accuracy),
                f"{np.median(scores.fit_seconds):,.2f}",
                f"{np.median(scores.predict_microseconds):,.1f}",
                "-" if scores.n_parameters is None else f"{scores.n_parameters:,}",
                f"{100 * tests[name].difference:+.2f}" if name in tests else "baseline",
                format_p_value(tests[name].p_value) if name in tests else "",
            )
            for name, scores in self.scores.items()
        ]

    @property
    def folds(self) -> str:
        """How many folds there were, and of how many images."""
        images = f"{self.n_train.mean():,.0f} training and {self.n_test.mean():,.0f} test images"
        n_folds = len(self.n_train)
        return f"One split: {images}" if n_folds == 1 else f"{n_folds} folds of {images}"

    def _notes(self) -> list[str]:
        if len(self.n_train) == 1:
            notes = [f"{self.folds}; so no spread and no significance."]
        else:
            notes = [
                f"{self.folds}: mean ± standard deviation, median times.",
                "difference in percentage points; p by the corrected resampled t-test.",
            ]
        notes += _describe_threads(self.scores)
        if self.n_jobs != 1:
            notes.append(f"{self.n_jobs} folds ran at the same time: alone, each is faster.")
        return notes


def _describe_threads(scores: dict[str, FoldScores]) -> list[str]:
    """Return a line about the number of threads, if it is known for all classifiers."""
    limits = {name: one.n_threads for name, one in scores.items() if one.n_threads is not None}
    if not limits or len(limits) < len(scores):
        return []
    fewest = min(limits.values())
    others = {name: n_threads for name, n_threads in limits.items() if n_threads != fewest}
    plural = "s" * (fewest > 1)
    if not others:
        return [f"Each fit and prediction ran on {fewest} thread{plural}."]
    named = ", ".join(f"{name} on {n_threads}" for name, n_threads in others.items())
    return [f"Threads: {named}, the others on {fewest}; so their times cannot be compared."]


_HEADER = ("classifier", "accuracy %", "fit s", "predict µs/image", "parameters", "difference", "p")


def format_accuracy(accuracy: NDArray[np.float64]) -> str:
    """Write the mean over folds in percent, with the standard deviation if there is one."""
    mean = f"{100 * accuracy.mean():.2f}"
    return mean if accuracy.size == 1 else f"{mean} ± {100 * accuracy.std():.2f}"


def format_p_value(p_value: float) -> str:
    """Write a p-value to three places, or a dash for an undefined one."""
    if np.isnan(p_value):
        return "-"
    return "<0.001" if p_value < 0.001 else f"{p_value:.3f}"
