"""
What does a handwritten digit look like to a computer?
======================================================

Look before you fit: a digit is a small table of numbers, and the numbers are the picture.
"""

# %%
# scikit-learn ships 1,797 handwritten digits. A row of `X` is a digit, `y` says which one it is.
# The line above the picture tells what else there is to know before fitting: how many images there
# are and of what size, between which grey levels, and whether some digits are rarer than others.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skdigits.plotting import DigitsDisplay

X, y = load_digits(return_X_y=True)
DigitsDisplay.from_images(X, y)
plt.show()

# %%
# One digit, large. Each cell shows the number that stands in the data: 0 is paper, 16 is ink, and
# what lies between is the edge of a stroke.

DigitsDisplay.from_images(X[3:4], y[3:4], include_values=True)
plt.show()

# %%
# The same digit as scikit-learn's classifiers get it: a row of 64 numbers, one line of pixels after
# the other. That some pixels are neighbours is lost; a convolutional network gets it back by
# knowing that the row is an image of 8x8 pixels.

print(X[3].astype(int))
print(X[3].astype(int).reshape(8, 8))

# %%
# The mean of all images of a digit. Where it is sharp, people write alike; where it is blurred,
# they differ. A 0 is much the same everywhere, whereas the strokes of an 8 or a 9 wander.

means = np.array([X[y == digit].mean(axis=0) for digit in range(10)])
DigitsDisplay(
    means.reshape(10, 8, 8, 1), labels=np.arange(10), pixel_range=(0, 16), summary="mean images"
).plot()
plt.show()

# %%
# And one digit by several hands. A classifier has to read them all.

DigitsDisplay.from_images(X[y == 7], y[y == 7], max_images=18)
plt.show()
