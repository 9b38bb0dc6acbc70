"""
Which network, and which learning rate?
=======================================

An architecture is a parameter like any other: a grid search can try several, each with several
learning rates.
"""

# %%
# The pixels are scaled within the pipeline, so the range in each fold is that of its own training
# images.

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP, ConvNet, LeNet5, Softmax
from skdigits.training import cache_info, clear_cache

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

network = KerasDigitClassifier(epochs=4, random_state=0)
pipeline = Pipeline([("scale", PixelScaler()), ("classify", network)])

# %%
# Four architectures and three learning rates: twelve candidates, each fitted on three folds.

architectures = [Softmax(), MLP((64,)), LeNet5(), ConvNet()]
learning_rates = [0.001, 0.008, 0.064]
grid = {
    "classify__architecture": architectures,
    "classify__learning_rate": learning_rates,
}
clear_cache()  # so that the last lines count the programs of this search alone
search = GridSearchCV(pipeline, grid, cv=3).fit(X_train, y_train)

# %%
# The accuracies as a picture: one row per architecture, one column per learning rate, and a
# frame around the best.

import matplotlib.pyplot as plt

from skdigits.plotting import SearchDisplay

SearchDisplay.from_search(search)
plt.show()

# %%
# Each network has its own best learning rate: it would be unfair to compare all networks at the
# same one. Here are the same scores as lines.

accuracies = search.cv_results_["mean_test_score"].reshape(len(architectures), len(learning_rates))
figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
for architecture, marker, row in zip(architectures, "os^D", accuracies, strict=True):
    axes.plot(learning_rates, 100 * row, marker=marker, label=type(architecture).__name__)
axes.set_xscale("log")
axes.set_xticks(learning_rates, [str(rate) for rate in learning_rates])
axes.minorticks_off()
axes.set(xlabel="Learning rate", ylabel="Accuracy over three folds (%)")
axes.legend()
plt.show()

# %%
# The best accuracy of a search is the best of many scores, and therefore slightly optimistic.
# Images that were not used in the search give an unbiased estimate.

print(search.best_params_)
print(f"{search.best_score_:.1%} in the search, {search.score(X_test, y_test):.1%} on new images")

# %%
# All candidates with the same architecture share one compiled program, for all folds and learning
# rates: the cache contains one training and one prediction program per architecture.

print(cache_info())
