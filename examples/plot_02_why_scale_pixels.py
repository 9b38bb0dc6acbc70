"""
Why do pixels have to be scaled?
================================

A camera gives grey levels from 0 to 255. A network wants numbers around one: here is the
arithmetic, and what happens without it.
"""

# %%
# The digits of scikit-learn go from 0 to 16. Stretched to 0 to 255 they are as a camera gives them.
# `PixelScaler` learns the pixel range from the training images and maps it to 0 to 1.

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.plotting import DigitsDisplay, TrainingCurveDisplay

X, y = load_digits(return_X_y=True)
X = np.round(X * 255 / 16)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
scaler = PixelScaler().fit(X_train)
print(scaler.pixel_range_)

figure, (left, right) = plt.subplots(ncols=2, figsize=(8, 4.4), layout="constrained")
DigitsDisplay.from_images(X_train[:1], include_values=True, ax=left)
DigitsDisplay.from_images(scaler.transform(X_train[:1]), include_values=True, ax=right)
plt.show()

# %%
# A neuron multiplies each pixel by a weight and adds up. The weights of an untrained network are
# drawn at random; Glorot and Bengio (2010) chose their size such that inputs of about one give sums
# of about one, and Keras does as they say. Inputs of 255 give sums that are 255 times as large.

rng = np.random.default_rng(0)
limit = np.sqrt(6 / (64 + 10))
weights = rng.uniform(-limit, limit, size=(64, 10))
for name, pixels in [("raw", X_train), ("scaled", scaler.transform(X_train))]:
    print(f"{name:>6}: the sums of ten neurons have the size {np.abs(pixels @ weights).mean():.2f}")

# %%
# The softmax turns the ten sums into probabilities: :math:`e^{z_i} / \sum_j e^{z_j}`. Of sums that
# are hundreds apart, the largest takes all. An untrained network should not know anything, and
# spread its probabilities evenly, at a loss of :math:`\ln 10 = 2.3`. On raw pixels it is certain of
# nonsense.

losses = {}
for name, pixels in [("raw", X_train), ("scaled", scaler.transform(X_train))]:
    log_probabilities = log_softmax(pixels @ weights, axis=1)
    losses[name] = -log_probabilities[np.arange(len(y_train)), y_train]
    surest = np.exp(log_probabilities.max(axis=1))
    print(f"{name:>6}: loss {losses[name].mean():6.2f}, surest probability {surest.mean():.2f}")

# %%
# What training makes of it: the same network from the same seed. On raw pixels the loss begins
# where the arithmetic says, far too high, and leaps about; both end up knowing the training images.


def classifiers(seed):
    network = KerasDigitClassifier("mlp", epochs=15, random_state=seed)
    return {
        "raw pixels": make_pipeline(network),
        "scaled pixels": make_pipeline(PixelScaler(), clone(network)),
    }


fitted = {name: each.fit(X_train, y_train) for name, each in classifiers(seed=0).items()}
display = TrainingCurveDisplay.from_estimators(fitted, panels=["loss", "accuracy"])
display.axes_[0].set_yscale("log")
plt.show()

# %%
# The test images tell them apart. Three seeds each:

for name in fitted:
    scores = [
        classifiers(seed)[name].fit(X_train, y_train).score(X_test, y_test) for seed in range(3)
    ]
    print(f"{name:>13}: " + ", ".join(f"{score:.1%}" for score in scores))

# %%
# The scaler is the first step of a pipeline, and not something done to all data beforehand: so each
# fold of a cross-validation learns its range from its own training images, and new images are
# scaled like those of the training.
