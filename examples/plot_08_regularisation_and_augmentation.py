"""
What helps if there are only a few images?
==========================================

A network with more weights than training data overfits. Dropout, weight decay and distorted images
prevent this.
"""

# %%
# A hundred training images, ten of each digit, and a network with ten thousand weights. The
# validation images are passed to `fit` as well: they are evaluated after each epoch, but not used
# for training.

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import zoom
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP
from skdigits.augmentation import (
    Elastic,
    RandomAffine,
    RandomContrast,
    RandomFilter,
    RandomNoise,
    RandomPatch,
)
from skdigits.plotting import DigitsDisplay, TrainingCurveDisplay

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=100, stratify=y, random_state=0
)

# %%
# A digit that is slightly rotated, slanted or shifted is still the same digit. The picture shows
# the originals and, beside them, the distorted images in five epochs of training.

distort = RandomAffine(rotation=0.2, zoom=0.1, shear=0.2, shift=0.1)
DigitsDisplay.from_augmentation(distort, X_train[:3])
plt.show()

# %%
# All kinds of distortions, on a 7 that is enlarged to the size of MNIST's images. Some depend on
# the writer, others on paper, pens and cameras.

large = np.pad(zoom(X[7].reshape(8, 8), 2.5, order=1), 4)[np.newaxis, :, :, np.newaxis]
kinds = [
    RandomAffine(),
    Elastic(),
    RandomContrast(probability=1),
    RandomPatch(probability=1),
    RandomNoise(probability=1),
    RandomFilter(probability=1),
]
figure, axes = plt.subplots(len(kinds), figsize=(6.4, 7.5), layout="constrained")
for ax, kind in zip(axes, kinds, strict=True):
    DigitsDisplay.from_augmentation(kind, large, ax=ax)
    ax.set_title(type(kind).__name__, fontsize="medium")
plt.show()

# %%
# Four ways to train the same network: without any regularisation; with half of the neurons dropped
# at random in each step; with weights that decay towards zero; on images distorted anew in each
# epoch.

alike = {"epochs": 100, "random_state": 0}
networks = {
    "plain": KerasDigitClassifier(MLP((128,)), **alike),
    "dropout": KerasDigitClassifier(MLP((128,), dropout=0.5), **alike),
    "weight decay": KerasDigitClassifier(MLP((128,)), weight_decay=0.1, **alike),
    "augmentation": KerasDigitClassifier(MLP((128,)), augmentation=distort, **alike),
}
for network in networks.values():
    network.fit(X_train, y_train, X_val=X_test, y_val=y_test)

display = TrainingCurveDisplay.from_estimators(networks, panels=["loss", "accuracy"])
display.axes_[0].set_yscale("log")
plt.show()

# %%
# The dashed training loss of the plain network falls towards zero: it fits its training images
# perfectly. The solid lines are what matters. If the dashed line is far below the solid one, the
# network has learned features of its training images only. Distorted images never occur twice, so
# the network cannot memorise them: their two lines stay together.
#
# One seed proves little. Three seeds each, the first of them above:

for name, network in networks.items():
    accuracies = [network.score(X_test, y_test)]
    for seed in (1, 2):
        network.set_params(random_state=seed).fit(X_train, y_train)
        accuracies.append(network.score(X_test, y_test))
    spread = ", ".join(f"{accuracy:.1%}" for accuracy in accuracies)
    print(f"{name:>12}: {np.mean(accuracies):.1%}  ({spread})")
