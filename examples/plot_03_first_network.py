"""
How do I classify handwritten digits?
=====================================

A pipeline of two steps: one scales the pixels, the other is a neural network.
"""

# %%
# scikit-learn ships 1,797 handwritten digits as rows of 64 pixels, from 0 (paper) to 16 (ink).

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
print(X_train.shape, X_test.shape)

# %%
# The default network depends on the shape of the images: for squares of at least 8x8 pixels, it is
# a small convolutional network. It is fitted and scored like any scikit-learn classifier.

from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler

classifier = make_pipeline(PixelScaler(), KerasDigitClassifier(random_state=0))
classifier.fit(X_train, y_train)
print(f"{classifier.score(X_test, y_test):.1%} of the test images are labelled correctly")
print(classifier[-1].architecture_)

# %%
# The predictions, and their probabilities.

import matplotlib.pyplot as plt

from skdigits.plotting import DigitsDisplay, TrainingCurveDisplay

DigitsDisplay.from_estimator(classifier, X_test, y_test, max_images=15)
plt.show()

# %%
# The image with the least certain prediction, and the probabilities of all digits.

probabilities = classifier.predict_proba(X_test)
doubtful = probabilities.max(axis=1).argmin()

figure, (left, right) = plt.subplots(ncols=2, figsize=(8, 3.2), layout="constrained")
DigitsDisplay.from_images(X_test[[doubtful]], y_test[[doubtful]], ax=left)
left.set_title("")
bars = right.bar(classifier.classes_.astype(str), probabilities[doubtful])
right.bar_label(bars, fmt="%.2f", fontsize=8)
right.set(title="Predicted probabilities", xlabel="Digit", ylabel="Probability", ylim=(0, 1.05))
plt.show()

# %%
# The course of the training: the loss after each epoch, and the learning rate, which rises in the
# first quarter and then falls towards zero.

display = TrainingCurveDisplay.from_estimator(classifier)
display.axes_[0].set_yscale("log")
plt.show()
