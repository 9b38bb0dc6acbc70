"""Compare classifiers on the same folds: accuracy, significance, times and size.

:func:`compare_classifiers` answers the questions about every new network: is it better than
logistic regression, by how much, is the difference significant, and what does it cost?
:func:`compare_on_datasets` does the same for several datasets.
"""

from skdigits.comparison._baselines import baseline_classifiers
from skdigits.comparison._by_dataset import ComparisonByDataset, compare_on_datasets
from skdigits.comparison._comparison import Comparison, FoldScores
from skdigits.comparison._measurement import compare_classifiers
from skdigits.comparison._significance import PairedTest, corrected_resampled_ttest

__all__ = [
    "Comparison",
    "ComparisonByDataset",
    "FoldScores",
    "PairedTest",
    "baseline_classifiers",
    "compare_classifiers",
    "compare_on_datasets",
    "corrected_resampled_ttest",
]
