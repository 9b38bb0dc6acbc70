"""
Is a neural network better than logistic regression?
====================================================

A difference between two accuracies proves little, because the folds differ as well. Here all
classifiers use the same folds, and a test shows whether the difference is significant.
"""

# %%
# The baseline comes first; the others are compared with it. There are five folds, stratified by
# digit.

from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.comparison import baseline_classifiers, compare_classifiers

X, y = load_digits(return_X_y=True)

classifiers = {
    "logistic regression": baseline_classifiers()["logistic regression"],
    "dense network": make_pipeline(PixelScaler(), KerasDigitClassifier("mlp", random_state=0)),
    "convolutional network": make_pipeline(
        PixelScaler(), KerasDigitClassifier("convnet", random_state=0)
    ),
}
folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)
comparison = compare_classifiers(classifiers, X, y, cv=folds)
print(comparison)

# %%
# The last column is the p-value of the corrected resampled t-test: the probability that two equally
# good classifiers would differ by at least as much. An interval says more than a p-value: if the
# whole interval is to the right of zero, chance alone hardly explains the difference. With only
# five folds, the intervals are wide.

import matplotlib.pyplot as plt

tests = comparison.paired_tests()
figure, axes = plt.subplots(figsize=(7, 2.2), layout="constrained")
for row, test in enumerate(tests.values()):
    low, high = test.confidence_interval
    axes.plot([100 * low, 100 * high], [row, row], color="C0")
    axes.plot(100 * test.difference, row, "o", color="C0")
axes.axvline(0, color="gray", linestyle=":")
axes.set_yticks(range(len(tests)), list(tests))
axes.set_ylim(len(tests) - 0.5, -0.5)
axes.set_title("Difference to logistic regression, with its 95 % interval", fontsize="medium")
axes.set_xlabel("Percentage points of accuracy")
plt.show()

# %%
# The cost: accuracy against fit time. The first fold of a network includes its compilation, which
# is the long bar to the right.

from skdigits.plotting import ComparisonDisplay

ComparisonDisplay.from_comparison(comparison)
plt.show()
