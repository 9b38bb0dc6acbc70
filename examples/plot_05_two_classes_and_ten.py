"""
What changes from two classes to ten?
=====================================

Distinguishing a 3 from an 8 is a binary problem; reading any digit is a problem with ten classes.
The classifier is the same for both.
"""

# %%
# Two digits. The labels can be any two values: here they are words. The simplest network,
# `Softmax`, has one weight per pixel and class.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.plotting import DigitsDisplay, FiltersDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)


def softmax():
    return make_pipeline(PixelScaler(), KerasDigitClassifier("softmax", epochs=60, random_state=0))


words = np.array(["three", "eight"])
is_train, is_test = np.isin(y_train, [3, 8]), np.isin(y_test, [3, 8])
X_two, y_two = X_train[is_train], words[(y_train[is_train] == 8).astype(int)]
X_two_test, y_two_test = X_test[is_test], words[(y_test[is_test] == 8).astype(int)]

two = softmax().fit(X_two, y_two)
print(two.classes_, f"{two.score(X_two_test, y_two_test):.1%} of the 3s and 8s read correctly")

# %%
# With two classes, a single number is enough: the difference of the two logits. `decision_function`
# returns it, positive for the second of `classes_`; `predict_proba` returns the two probabilities.

print(two.decision_function(X_two_test[:3]))
print(two.predict_proba(X_two_test[:3]).round(3))

# %%
# The weights are two templates, one the reverse of the other: red pixels are evidence for the
# digit, blue pixels evidence against it. On the left side, an 8 has strokes where a 3 has paper.

FiltersDisplay.from_estimator(two)
plt.show()

# %%
# There is also a single threshold. If a false 3 is worse than a missed one, move it to the right.

figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for label, color, hatch in [("eight", "#0072B2", "//"), ("three", "#D55E00", "..")]:
    decisions = two.decision_function(X_two_test[y_two_test == label])
    axes.hist(decisions, bins=np.arange(-8, 9), label=label, color=color, hatch=hatch, alpha=0.6)
axes.axvline(0, color="gray", linestyle=":")
axes.set(xlabel="decision_function", ylabel="Test images")
axes.legend()
plt.show()

# %%
# Ten digits: the same code with other labels. There are now ten logits, one per digit, and the
# largest one is the prediction.

ten = softmax().fit(X_train, y_train)
print(f"{ten.score(X_test, y_test):.1%} of all digits read correctly")
print(ten.decision_function(X_test[:3]).shape, ten.predict_proba(X_test[:3]).sum(axis=1))

# %%
# Ten templates. A template no longer shows what a digit looks like, but how it differs from the
# nine others.

FiltersDisplay.from_estimator(ten)
plt.show()

# %%
# A digit that resembles the wrong template most is misclassified. Templates cannot move or bend:
# networks with more layers do better.

DigitsDisplay.from_estimator(ten, X_test, y_test, mistakes_first=True, max_images=12)
plt.show()
