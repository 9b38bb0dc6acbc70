"""
What do the networks of the tutorials do?
=========================================

LeNet-5 of the 1990s and the two convolutional networks that most tutorials begin with: how large
they are, how they learn, and what their filters make of a digit.
"""

# %%
# The recipes are made for images of 28x28 pixels, as MNIST has them. The digits of scikit-learn are
# enlarged to 24x24 here, which adds no detail but gives the filters room.

import matplotlib.pyplot as plt
from scipy.ndimage import zoom
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.plotting import FiltersDisplay, TrainingCurveDisplay
from skdigits.recipes import make_classifier

digits = load_digits()
X, y = zoom(digits.images, (1, 3, 3), order=1), digits.target
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

networks = {
    "LeNet-5": KerasDigitClassifier("lenet5", epochs=5, random_state=0),
    "small tutorial CNN": make_classifier("small-tutorial-cnn", random_state=0),
    "tutorial CNN": make_classifier("tutorial-cnn", random_state=0),
}

fitted = {}
for name, network in networks.items():
    fitted[name] = make_pipeline(PixelScaler(), network).fit(X_train, y_train)
    accuracy = fitted[name].score(X_test, y_test)
    print(f"{name:>18}: {network.n_parameters_:7,} weights, {accuracy:.1%} of the test images read")

# %%
# How they learn. The third one drops half of its neurons at random in training, and is graded
# while it does so: its training accuracy is lower than what it can do.

TrainingCurveDisplay.from_estimators(fitted)
plt.show()

# %%
# A convolution slides a small filter over the image. The 32 filters of the small network, of 3x3
# pixels: some answer to horizontal, some to vertical or slanting strokes.

FiltersDisplay.from_estimator(fitted["small tutorial CNN"], n_columns=8)
plt.show()

# %%
# What the filters make of a digit, after relu and pooling: maps of where each filter found what it
# looks for. The next layer reads these maps and no longer the pixels.

FiltersDisplay.from_feature_maps(fitted["small tutorial CNN"], X_test[:1], max_maps=15)
plt.show()

# %%
# LeNet-5 convolves twice. Its second convolution combines maps: what it finds are no longer strokes
# but parts of digits.

FiltersDisplay.from_feature_maps(fitted["LeNet-5"], X_test[:1], convolution=2)
plt.show()
