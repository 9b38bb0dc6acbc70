"""
Why do pixels have to be scaled?
================================

A camera produces grey levels from 0 to 255, but networks train best on inputs of about one. This
example shows why, and what happens without scaling.
"""

# %%
# The digits of scikit-learn range from 0 to 16. Here they are stretched to the range of a camera.
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
# A neuron multiplies each pixel by a weight and adds up the products. The weights of an untrained
# network are random; Keras chooses their size as proposed by Glorot and Bengio (2010), so that
# inputs of about one give sums of about one. Inputs of 255 give sums that are 255 times as large.

rng = np.random.default_rng(0)
limit = np.sqrt(6 / (64 + 10))
weights = rng.uniform(-limit, limit, size=(64, 10))
for name, pixels in [("raw", X_train), ("scaled", scaler.transform(X_train))]:
    print(f"{name:>6}: the sums of ten neurons have the size {np.abs(pixels @ weights).mean():.2f}")

# %%
# The softmax turns the ten sums into probabilities: :math:`e^{z_i} / \sum_j e^{z_j}`. If the sums
# are hundreds apart, the largest one gets all the probability. The probabilities of an untrained
# network should be almost equal, with a loss of :math:`\ln 10 = 2.3`. With raw pixels they are
# close to 0 and 1, and mostly wrong.

losses = {}
for name, pixels in [("raw", X_train), ("scaled", scaler.transform(X_train))]:
    log_probabilities = log_softmax(pixels @ weights, axis=1)
    losses[name] = -log_probabilities[np.arange(len(y_train)), y_train]
    surest = np.exp(log_probabilities.max(axis=1))
    print(f"{name:>6}: loss {losses[name].mean():6.2f}, surest probability {surest.mean():.2f}")

# %%
# The same network, trained from the same seed on both. With raw pixels the loss begins far too
# high, as computed above, and fluctuates; in the end, both networks fit the training images.


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
# The accuracy on the test images differs. Three seeds each:

for name in fitted:
    scores = [
        classifiers(seed)[name].fit(X_train, y_train).score(X_test, y_test) for seed in range(3)
    ]
    print(f"{name:>13}: " + ", ".join(f"{score:.1%}" for score in scores))

# %%
# Use the scaler as the first step of a pipeline, instead of scaling all data beforehand: in a
# cross-validation, each fold then learns its range from its own training images, and new images are
# scaled like the training images.
