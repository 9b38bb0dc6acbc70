"""
What does it get wrong, and why?
================================

An accuracy is one number. The mistakes themselves say more: which digits are taken for which, how
surely, and which strokes misled the network.
"""

# %%
# Each image is read by a network that was not trained on it: five folds, whose networks are kept.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.plotting import DigitsDisplay, FiltersDisplay

X, y = load_digits(return_X_y=True)
classifier = make_pipeline(PixelScaler(), KerasDigitClassifier(epochs=15, random_state=0))
folds = cross_validate(classifier, X, y, return_estimator=True, return_indices=True)
probabilities = np.empty((len(X), 10))
fold_of = np.empty(len(X), dtype=int)
for fold, rows in enumerate(folds["indices"]["test"]):
    probabilities[rows] = folds["estimator"][fold].predict_proba(X[rows])
    fold_of[rows] = fold
predictions = probabilities.argmax(axis=1)

# %%
# The mistakes, the surest first. Some of them many people would make.

display = DigitsDisplay.from_predictions(
    X, y, predictions, probabilities=probabilities, mistakes_first=True
)
plt.show()

# %%
# Which digit is taken for which? scikit-learn's confusion matrix takes the same predictions.

ConfusionMatrixDisplay.from_predictions(y, predictions, cmap="Blues", colorbar=False)
plt.show()

# %%
# Why? Hide a part of the digit, and see what becomes of the probability. Where it falls, the part
# speaks for the label (red); where it rises, the part speaks against it (blue). Here, for the
# surest mistake: what speaks for the digit that was read, and what for the digit that it is.

surest = display.indices[0]
reader = folds["estimator"][fold_of[surest]]
for label in (predictions[surest], y[surest]):
    FiltersDisplay.from_occlusion(reader, X[[surest]], label=label)
    plt.show()

# %%
# Is it right to be sure? Of the images read with more than 99 %, hardly any should be wrong.

surest_probability = probabilities.max(axis=1)
is_right = predictions == y
for low, high in [(0, 0.5), (0.5, 0.9), (0.9, 0.99), (0.99, 1)]:
    chosen = (low < surest_probability) & (surest_probability <= high)
    print(
        f"read with {low:.0%} to {high:.0%}: {chosen.sum():5,} images, "
        f"{np.mean(is_right[chosen]):.1%} of them correctly"
    )

# %%
# So the doubtful ones can be set aside for a person: how many are left, and how many of those are
# read wrongly, for each threshold.

order = np.argsort(-surest_probability)
n_read = np.arange(1, len(order) + 1)
figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
axes.plot(100 * n_read / len(order), 100 * np.cumsum(~is_right[order]) / n_read)
axes.set(xlabel="Images read, the surest first (%)", ylabel="Read wrongly (%)", xlim=(50, 100.5))
axes.grid(alpha=0.3)
plt.show()
