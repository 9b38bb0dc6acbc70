"""
Do distorted digits help?
=========================

A digit that is turned, slanted or shifted a little is still the same digit. Training images that
are distorted anew in each epoch tell the network so.
"""

# %%
# First a look at what the distortions do: the first column holds the originals, the others five
# draws of each distortion.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skdigits.augmentation import Elastic, RandomAffine

digits = load_digits()
images = (digits.images[[3, 4]] / 16)[:, :, :, np.newaxis]
distortions = [RandomAffine(shift=0.05), Elastic(alpha=5, sigma=2)]

figure, axes = plt.subplots(4, 6, figsize=(7.5, 5.2), layout="constrained")
pictures = [(image, distort) for distort in distortions for image in images]
for row, (image, distort) in zip(axes, pictures, strict=True):
    drawn = np.asarray(distort(np.repeat(image[np.newaxis], 5, axis=0), seed=0))
    for cell, picture in zip(row, [image, *drawn], strict=True):
        cell.imshow(picture[:, :, 0], cmap="gray_r", vmin=0, vmax=1)
        cell.set(xticks=[], yticks=[])
    row[0].set_ylabel(type(distort).__name__)
plt.show()

# %%
# Does it help? The first 1,000 images train the network, the rest, mostly by other writers, are
# read. These small digits fill their images: slight distortions are enough.

from skdigits import KerasDigitClassifier

X, y = digits.data / 16, digits.target
slight = RandomAffine(rotation=0.1, zoom=0.05, shear=0.1, shift=0.05)
for name, augmentation in [("as they are", None), ("distorted", slight)]:
    network = KerasDigitClassifier(epochs=60, augmentation=augmentation, random_state=0)
    accuracy = network.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:])
    print(f"trained on images {name}: {accuracy:.1%} of the others read correctly")
