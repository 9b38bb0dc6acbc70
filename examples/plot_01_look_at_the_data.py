"""
What does a handwritten digit look like to a computer?
======================================================

Look before you fit: a digit is a small table of numbers, and the numbers are the picture.
"""

# %%
# scikit-learn ships 1,797 handwritten digits. Each row of `X` is a digit, and `y` holds its label.
# The line above the picture summarises the data: the number of images and their size, the range of
# grey levels, and whether some digits are rarer than others.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skdigits.plotting import DigitsDisplay

X, y = load_digits(return_X_y=True)
DigitsDisplay.from_images(X, y)
plt.show()

# %%
# One digit, enlarged. Each cell shows the number in the data: 0 is paper, 16 is ink, and the values
# in between are the edges of strokes.

DigitsDisplay.from_images(X[3:4], y[3:4], include_values=True)
plt.show()

# %%
# The same digit as input of scikit-learn's classifiers: a row of 64 numbers, one line of pixels
# after the other. The row does not show which pixels are neighbours; for a convolutional network,
# it is reshaped to an image of 8x8 pixels.

print(X[3].astype(int))
print(X[3].astype(int).reshape(8, 8))

# %%
# The mean of all images of each digit. It is sharp where people write alike, and blurred where
# their handwriting differs. A 0 is much the same for everyone, but the strokes of an 8 or a 9 vary.

means = np.array([X[y == digit].mean(axis=0) for digit in range(10)])
DigitsDisplay(
    means.reshape(10, 8, 8, 1), labels=np.arange(10), pixel_range=(0, 16), summary="mean images"
).plot()
plt.show()

# %%
# One digit in several handwritings. A classifier has to read them all.

DigitsDisplay.from_images(X[y == 7], y[y == 7], max_images=18)
plt.show()
