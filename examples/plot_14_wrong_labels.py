"""
Which labels are wrong?
=======================

People who label thousands of digits make mistakes. A network that has not seen a digit finds most
of them: it gives the wrong label a low probability.
"""

# %%
# Eighteen labels, one per cent, are changed to the digit that comes next, so that there is
# something to find. Nothing below is told which ones.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.plotting import DigitsDisplay

X, y_true = load_digits(return_X_y=True)
changed = np.random.default_rng(0).choice(len(y_true), 18, replace=False)
y = y_true.copy()
y[changed] = (y[changed] + 1) % 10

# %%
# Each digit gets its probabilities from a network that was trained on the other folds: a network
# that has seen a digit with a wrong label may have learned it by heart.

classifier = make_pipeline(PixelScaler(), KerasDigitClassifier("mlp", random_state=0))
folds = StratifiedKFold(5, shuffle=True, random_state=0)
probabilities = cross_val_predict(classifier, X, y, cv=folds, method="predict_proba")

# %%
# The probability of the given label is the *self-confidence* of confident learning (Northcutt,
# Jiang and Chuang 2021). The lower it is, the more suspicious is the label. Columns are in the
# order of the sorted labels, which here are the digits themselves.

self_confidence = probabilities[np.arange(len(y)), y]
suspicious = np.argsort(self_confidence)
predictions = probabilities.argmax(axis=1)

# %%
# The most suspicious labels. Above each digit is its label, and what a network read instead, with
# the probability.

top = suspicious[:24]
DigitsDisplay(
    X[top].reshape(-1, 8, 8, 1),
    labels=y[top],
    predictions=predictions[top],
    probabilities=probabilities[top].max(axis=1),
).plot()
plt.show()

found = np.isin(changed, top).sum()
print(f"{found} of {len(changed)} changed labels are among the 24 most suspicious of {len(y):,}")

# %%
# The others are digits that are hard to read. The probability does not tell the two apart, a person
# does: the networks only say where to look first.

figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
is_changed = np.isin(suspicious[:60], changed)
for chosen, name, color in [
    (np.flatnonzero(is_changed), "changed", "#D55E00"),
    (np.flatnonzero(~is_changed), "as given", "#0072B2"),
]:
    axes.plot(chosen + 1, self_confidence[suspicious[chosen]], "o", label=name, color=color)
axes.set(xlabel="Rank of suspicion", ylabel="Probability of the label")
axes.legend()
plt.show()

# %%
# cleanlab, if it is installed, goes on from here, and estimates which labels are wrong:
# ``cleanlab.filter.find_label_issues(y, probabilities)``.
