"""
What if only a few digits are labelled?
=======================================

Pictures of digits are cheap, labels are not. A network can label the digits that it is sure of by
itself, and learn from them, too.
"""

# %%
# Fifty digits are labelled, five of each. 850 others are not, which scikit-learn marks by -1. The
# remaining ones are the test images.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.semi_supervised import SelfTrainingClassifier

from skdigits import KerasDigitClassifier
from skdigits.plotting import DigitsDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=900, stratify=y, random_state=0
)
is_labelled = np.zeros(len(y_train), dtype=bool)
labelled, _ = train_test_split(np.arange(900), train_size=50, stratify=y_train, random_state=0)
is_labelled[labelled] = True
y_known = np.where(is_labelled, y_train, -1)

# %%
# A dense network that learns from the labelled digits alone. With `pixel_range`, it scales the
# pixels itself.

network = KerasDigitClassifier("mlp", pixel_range=(0, 16), label_smoothing=0.05, random_state=0)
network.fit(X_train[is_labelled], y_train[is_labelled])
print(f"50 labels: {network.score(X_test, y_test):.1%} of the test images are read correctly")

# %%
# `SelfTrainingClassifier` labels the digits whose probability is above the threshold, fits the
# network again, and so on. Its labels stay as they are, so the threshold should be high enough to
# keep mistakes out, but low enough to let difficult digits in.

self_training = SelfTrainingClassifier(network, threshold=0.8, max_iter=3)
self_training.fit(X_train, y_known)
print(f"and {(~is_labelled).sum()} unlabelled digits: {self_training.score(X_test, y_test):.1%}")

# %%
# How many digits were labelled in each round, and how many labels were wrong?

rounds = self_training.labeled_iter_
is_wrong = self_training.transduction_ != y_train
for i in range(1, rounds.max() + 1):
    print(f"round {i}: {np.sum(rounds == i)} labels, {np.sum(is_wrong[rounds == i])} of them wrong")
print(f"never labelled: {np.sum(rounds == -1)}")

# %%
# The digits that were never labelled are the difficult ones. These are worth a person's time:
# their labels would help the network most.

unsure = rounds == -1
DigitsDisplay.from_estimator(self_training, X_train[unsure], y_train[unsure])
plt.show()
