"""
What do the networks of the tutorials do?
=========================================

LeNet-5 from the 1990s and the two convolutional networks that most tutorials begin with: their
size, their training curves, and the output of their filters for a digit.
"""

# %%
# The recipes are designed for images of 28x28 pixels, like MNIST's. Here the digits of scikit-learn
# are enlarged to 16x16, which adds no detail, but makes them large enough for the filters.

import matplotlib.pyplot as plt
from scipy.ndimage import zoom
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.plotting import FiltersDisplay, TrainingCurveDisplay
from skdigits.recipes import make_classifier

digits = load_digits()
X, y = zoom(digits.images, (1, 2, 2), order=1), digits.target
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
# The training curves. The third network drops half of its neurons at random in training, also while
# the training accuracy is measured, which is therefore lower than that of the whole network.

TrainingCurveDisplay.from_estimators(fitted)
plt.show()

# %%
# A convolution slides a small filter over the image. These are the 32 filters of the small network,
# of 3x3 pixels: some respond to horizontal, some to vertical or slanting strokes.

FiltersDisplay.from_estimator(fitted["small tutorial CNN"], n_columns=8)
plt.show()

# %%
# The output of the filters for a digit, after relu and pooling: maps of where each filter responds.
# The input of the next layer is these maps, no longer the pixels.

FiltersDisplay.from_feature_maps(fitted["small tutorial CNN"], X_test[:1], max_maps=15)
plt.show()

# %%
# LeNet-5 has two convolutions. The second one combines maps: it responds to parts of digits instead
# of strokes.

FiltersDisplay.from_feature_maps(fitted["LeNet-5"], X_test[:1], convolution=2)
plt.show()
