"""
Are several networks better than one?
=====================================

Networks that start from different weights make different mistakes. Their mean makes fewer.
"""

# %%
# scikit-learn's `VotingClassifier` averages the probabilities of any classifiers. Here they only
# differ in their seeds. There is one scaler before all of them.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.plotting import DigitsDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=500, stratify=y, random_state=0
)

n_networks = 7
networks = [
    (f"seed {seed}", KerasDigitClassifier("lenet5", epochs=15, random_state=seed))
    for seed in range(n_networks)
]
ensemble = make_pipeline(PixelScaler(), VotingClassifier(networks, voting="soft"))
ensemble.fit(X_train, y_train)

# %%
# The accuracy of each network alone, and of the mean of the first two, three, and so on.

scaled = ensemble[0].transform(X_test)
each = np.array([network.predict_proba(scaled) for network in ensemble[1].estimators_])
alone = np.mean(each.argmax(axis=2) == y_test, axis=1)
means = np.cumsum(each, axis=0) / np.arange(1, n_networks + 1)[:, np.newaxis, np.newaxis]
together = np.mean(means.argmax(axis=2) == y_test, axis=1)
print(f"alone: {alone.mean():.1%} ({alone.min():.1%} to {alone.max():.1%})")
print(f"all {n_networks} together: {ensemble.score(X_test, y_test):.1%}")

figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
numbers = np.arange(1, n_networks + 1)
axes.plot(numbers, 100 * alone, "s", label="this network alone", color="#D55E00")
axes.plot(numbers, 100 * together, "o-", label="mean of the networks up to here", color="#0072B2")
axes.set(xlabel="Network", ylabel="Accuracy (%)")
axes.legend()
plt.show()

# %%
# The digits on which the networks disagree most. Above each digit is the prediction of the
# ensemble, with its probability.

votes = ensemble[1].classes_[each.argmax(axis=2)]
n_readings = np.array([len(set(column)) for column in votes.T])
disputed = np.argsort(-n_readings, kind="stable")[:12]
DigitsDisplay.from_estimator(ensemble, X_test[disputed], y_test[disputed])
plt.show()
for i in disputed[:4]:
    print(f"a {y_test[i]}, read as {', '.join(map(str, votes[:, i]))}")

# %%
# An ensemble takes as many fits and predictions as it has networks. All of them share one compiled
# program, so the second network starts training immediately.
