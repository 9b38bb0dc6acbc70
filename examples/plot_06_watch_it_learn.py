"""
How does a network learn?
=========================

Epoch by epoch: what the weights look like, how accurate the network is on new images, and when to
stop.
"""

# %%
# The templates of the simplest network after one, three, ten and a hundred epochs. `partial_fit`
# trains for one epoch. At first there is only noise, from which the shapes of digits emerge.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import LearningCurveDisplay, cross_validate, train_test_split
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP
from skdigits.plotting import FiltersDisplay, LiveTrainingCurve, TrainingCurveDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
scaler = PixelScaler().fit(X_train)

templates = KerasDigitClassifier("softmax", learning_rate=0.003, random_state=0)
moments = [1, 3, 10, 100]
figure, axes = plt.subplots(len(moments), figsize=(9, 6.4), layout="constrained")
for epoch in range(1, max(moments) + 1):
    templates.partial_fit(scaler.transform(X_train), y_train, classes=range(10))
    if epoch in moments:
        ax = axes[moments.index(epoch)]
        FiltersDisplay.from_estimator(templates, ax=ax, n_columns=10)
        accuracy = templates.score(scaler.transform(X_test), y_test)
        ax.set_title(f"epoch {epoch}: {accuracy:.0%} of the test images read", fontsize=10)
plt.show()

# %%
# A deeper network overfits the training images. `early_stopping` sets a tenth of them aside and
# monitors the loss on these: when it no longer falls, training ends, and the weights of the best
# epoch are kept. The callback `LiveTrainingCurve` shows the progress while `fit` runs: one line per
# epoch here, or a picture that is redrawn in a notebook.

network = KerasDigitClassifier(
    MLP((128, 128)),
    epochs=100,
    learning_rate=0.002,
    learning_rate_schedule="constant",
    early_stopping=True,
    random_state=0,
)
network.set_callbacks(LiveTrainingCurve())
classifier = make_pipeline(PixelScaler(), network).fit(X_train, y_train)
print(f"stopped after {network.n_iter_} of {network.epochs} epochs, kept {network.best_epoch_}")

TrainingCurveDisplay.from_estimator(classifier, panels=["loss", "accuracy"])
plt.show()

# %%
# Does this depend on which images are set aside? The folds of a cross-validation in one picture.

network = KerasDigitClassifier(MLP((32,)), epochs=20, early_stopping=True, random_state=0)
folds = cross_validate(
    make_pipeline(PixelScaler(), network), X_train, y_train, cv=4, return_estimator=True
)
TrainingCurveDisplay.from_cv_results(folds, panels=["loss", "accuracy"])
plt.show()

# %%
# Would more images help? scikit-learn's learning curve works with any classifier.

network = KerasDigitClassifier(MLP((32,)), epochs=20, random_state=0)
LearningCurveDisplay.from_estimator(
    make_pipeline(PixelScaler(), network),
    X_train,
    y_train,
    train_sizes=[100, 200, 400, 800],
    cv=3,
    score_name="Accuracy",
)
plt.show()
