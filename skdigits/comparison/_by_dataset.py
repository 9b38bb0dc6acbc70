"""Several classifiers on several sets of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata
from sklearn.base import BaseEstimator
from sklearn.model_selection import BaseCrossValidator

from skdigits.comparison._comparison import Comparison, format_accuracy, format_p_value
from skdigits.comparison._measurement import compare_classifiers
from skdigits.comparison._printed_table import PrintedTable

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ComparisonByDataset(PrintedTable):
    """The same classifiers compared on several datasets: a table when printed.

    You can also combine comparisons that were made separately, for example with different folds for
    each dataset.

    Parameters
    ----------
    comparisons : dict of str to Comparison
        The comparison on each dataset, by the name of the dataset. All must have the same
        classifiers, the baseline first.

    References
    ----------
    J. Demšar (2006). Statistical comparisons of classifiers over multiple data sets. Journal of
    Machine Learning Research 7, 1-30.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.comparison import Comparison, ComparisonByDataset, FoldScores
    >>> def compare(softmax, network):
    ...     return Comparison(
    ...         {
    ...             "softmax": FoldScores(np.array(softmax), np.ones(3), np.ones(3), 650),
    ...             "network": FoldScores(np.array(network), np.ones(3), np.ones(3), 9_098),
    ...         },
    ...         n_train=np.array([80, 80, 80]),
    ...         n_test=np.array([40, 40, 40]),
    ...     )
    >>> found = ComparisonByDataset(
    ...     {
    ...         "forms": compare([0.95, 0.93, 0.94], [0.98, 0.97, 0.97]),
    ...         "cheques": compare([0.90, 0.91, 0.92], [0.90, 0.92, 0.91]),
    ...     }
    ... )
    >>> print(found)
    classifier       forms %         p     cheques %         p  mean rank
    softmax     94.00 ± 0.82  baseline  91.00 ± 0.82  baseline       1.75
    network     97.33 ± 0.47     0.024  91.00 ± 0.82     1.000       1.25
    <BLANKLINE>
    forms: 3 folds of 80 training and 40 test images.
    cheques: 3 folds of 80 training and 40 test images.
    Accuracy: mean ± standard deviation; p by the corrected resampled t-test; rank 1 is the best.
    >>> found.mean_ranks()["network"]
    1.25
    """

    comparisons: Mapping[str, Comparison]

    def __post_init__(self) -> None:
        names = {tuple(comparison.scores) for comparison in self.comparisons.values()}
        if len(names) != 1:
            raise ValueError(
                "comparisons must be of the same classifiers in the same order, and at least one; "
                f"got {sorted(names)}"
            )

    def mean_ranks(self) -> dict[str, float]:
        """Rank the classifiers by their mean accuracy on each dataset, and average the ranks.

        Returns
        -------
        ranks : dict of str to float
            Mean rank of each classifier, 1 for one that is best on all datasets. Equal
            accuracies get the mean of their ranks.
        """
        ranks = np.mean(
            [
                # Sums of equal accuracies in another order may differ in the last bit.
                rankdata([-round(scores.accuracy.mean(), 12) for scores in it.scores.values()])
                for it in self.comparisons.values()
            ],
            axis=0,
        )
        return dict(zip(self._classifiers, map(float, ranks), strict=True))

    def to_frame(self) -> pd.DataFrame:
        """Return all figures as a pandas DataFrame, one row per dataset and classifier.

        Returns
        -------
        frame : DataFrame
            Indexed by dataset and classifier, with the columns of :meth:`Comparison.to_frame` and
            `rank`, from 1 for the best on this dataset.
        """
        frames = {name: it.to_frame() for name, it in self.comparisons.items()}
        import pandas as pd

        frame = pd.concat(frames, names=["dataset"])
        accuracy = frame["accuracy"].round(12)
        frame["rank"] = accuracy.groupby(level="dataset").rank(ascending=False)
        return frame

    def _cells(self) -> Sequence[Sequence[str]]:
        header, rows = ["classifier"], {name: [name] for name in self._classifiers}
        for dataset, comparison in self.comparisons.items():
            header += [f"{dataset} %", "p"]
            tests = comparison.paired_tests()
            for name, scores in comparison.scores.items():
                p = format_p_value(tests[name].p_value) if name in tests else "baseline"
                rows[name] += [format_accuracy(scores.accuracy), p]
        ranks = self.mean_ranks()
        return [[*header, "mean rank"]] + [[*row, f"{ranks[it]:.2f}"] for it, row in rows.items()]

    def _notes(self) -> list[str]:
        return [
            *(f"{dataset}: {it.folds}." for dataset, it in self.comparisons.items()),
            "Accuracy: mean ± standard deviation; p by the corrected resampled t-test; rank 1 is "
            "the best.",
        ]

    @property
    def _classifiers(self) -> tuple[str, ...]:
        return tuple(next(iter(self.comparisons.values())).scores)


def compare_on_datasets(
    classifiers: Mapping[str, BaseEstimator],
    datasets: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    cv: int | BaseCrossValidator = 5,
    n_jobs: int | None = None,
    n_threads: int | None = 1,
    verbose: int = 0,
) -> ComparisonByDataset:
    """Measure several classifiers on several datasets, each on the same folds.

    Parameters
    ----------
    classifiers : dict of str to estimator
        Classifiers or pipelines by the name they get in the table; the others are compared with
        the first. See :func:`baseline_classifiers` for a ready set.
    datasets : dict of str to tuple of (array-like, array-like)
        Images and labels `(X, y)` by the name of the dataset. Their images may differ in size.
    cv : int or cross-validation generator, default=5
        The number of folds of a :class:`~sklearn.model_selection.StratifiedKFold`, or a splitter,
        such as :class:`~sklearn.model_selection.RepeatedStratifiedKFold`.
    n_jobs : int or None, default=None
        Number of folds that run at the same time; None is 1 unless in a
        :func:`joblib.parallel_config` context.
    n_threads : int or None, default=1
        Number of threads that a fit or prediction may use, as in :func:`compare_classifiers`.
    verbose : int, default=0
        1 prints the name of each dataset and classifier as it starts.

    Returns
    -------
    comparison : ComparisonByDataset
        A :class:`Comparison` of each dataset, and mean ranks; prints as a table.

    Raises
    ------
    ValueError
        If the classifiers or the datasets are not a dict, or a dataset is not a pair.

    See Also
    --------
    compare_classifiers : Compare classifiers on a single dataset.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import RepeatedStratifiedKFold
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skdigits.comparison import compare_on_datasets
    >>> X, y = load_digits(return_X_y=True)
    >>> found = compare_on_datasets(
    ...     {"softmax": LogisticRegression(max_iter=5000), "naive Bayes": GaussianNB()},
    ...     {"all pixels": (X[:300] / 16, y[:300]), "upper half": (X[:300, :32] / 16, y[:300])},
    ...     cv=RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0),
    ... )
    >>> found.mean_ranks()
    {'softmax': 1.0, 'naive Bayes': 2.0}
    >>> found.comparisons["upper half"].scores["softmax"].accuracy.size
    4
    """
    if not isinstance(datasets, Mapping) or not datasets:
        raise ValueError(
            "datasets must be a non-empty dict of names and pairs (X, y), such as "
            f"{{'digits': load_digits(return_X_y=True)}}; got {type(datasets).__name__}"
        )
    comparisons = {}
    for name, data in datasets.items():
        if not isinstance(data, tuple) or len(data) != 2:
            raise ValueError(f"datasets[{name!r}] must be a pair (X, y)")
        if verbose:
            print(name, flush=True)
        try:
            comparisons[name] = compare_classifiers(
                classifiers, *data, cv=cv, n_jobs=n_jobs, n_threads=n_threads, verbose=verbose
            )
        except Exception as error:
            error.add_note(f"on the dataset {name!r}")
            raise
    return ComparisonByDataset(comparisons)
