"""
What does it get wrong, and why?
================================

Accuracy is a single number. The mistakes themselves say more: which digits are confused with which,
with what probability, and which strokes cause the mistakes.
"""

# %%
# Each image is classified by a network that was not trained on it: the networks of five folds are
# kept.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.plotting import DigitsDisplay, FiltersDisplay

X, y = load_digits(return_X_y=True)
classifier = make_pipeline(PixelScaler(), KerasDigitClassifier(epochs=8, random_state=0))
folds = cross_validate(classifier, X, y, return_estimator=True, return_indices=True)
probabilities = np.empty((len(X), 10))
fold_of = np.empty(len(X), dtype=int)
for fold, rows in enumerate(folds["indices"]["test"]):
    probabilities[rows] = folds["estimator"][fold].predict_proba(X[rows])
    fold_of[rows] = fold
predictions = probabilities.argmax(axis=1)

# %%
# The mistakes, those with the highest probability first. Many people would make some of them, too.

display = DigitsDisplay.from_predictions(
    X, y, predictions, probabilities=probabilities, mistakes_first=True
)
plt.show()

# %%
# Which digits are confused with which? scikit-learn's confusion matrix shows the same predictions.

ConfusionMatrixDisplay.from_predictions(y, predictions, cmap="Blues", colorbar=False)
plt.show()

# %%
# Why? Hide a part of the digit, and measure the change of the probability. If it falls, the part is
# evidence for the label (red); if it rises, the part is evidence against it (blue). Here are the
# maps of the mistake with the highest probability, for the predicted label and for the true label.

surest = display.indices[0]
reader = folds["estimator"][fold_of[surest]]
for label in (predictions[surest], y[surest]):
    FiltersDisplay.from_occlusion(reader, X[[surest]], label=label)
    plt.show()

# %%
# Are the probabilities reliable? With a probability of more than 99 %, hardly any prediction should
# be wrong.

surest_probability = probabilities.max(axis=1)
is_right = predictions == y
for low, high in [(0, 0.5), (0.5, 0.9), (0.9, 0.99), (0.99, 1)]:
    chosen = (low < surest_probability) & (surest_probability <= high)
    print(
        f"read with {low:.0%} to {high:.0%}: {chosen.sum():5,} images, "
        f"{np.mean(is_right[chosen]):.1%} of them correctly"
    )

# %%
# Uncertain images can therefore be left to a person: for each threshold, the plot shows how many
# images remain, and how many of those are misclassified.

order = np.argsort(-surest_probability)
n_read = np.arange(1, len(order) + 1)
figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
axes.plot(100 * n_read / len(order), 100 * np.cumsum(~is_right[order]) / n_read)
axes.set(xlabel="Images read, the surest first (%)", ylabel="Read wrongly (%)", xlim=(50, 100.5))
axes.grid(alpha=0.3)
plt.show()
