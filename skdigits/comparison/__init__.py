"""Several classifiers on the same folds: accuracy, significance, seconds and size.

One call, :func:`compare_classifiers`, answers the question asked of every new network: is it
better than logistic regression, by how much, is that more than luck, and what does it cost?
:func:`compare_on_datasets` asks it of several sets of images.
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
