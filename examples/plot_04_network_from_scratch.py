"""
What happens inside a neural network?
=====================================

A network in thirty lines of NumPy: forward pass, backward pass, a check of the gradients, and
training. Then the same network in Keras, with the same loss after every step.
"""

# %%
# Forward
# -------
#
# The network has two layers. The first multiplies the 64 pixels by a matrix, adds a bias and sets
# negative numbers to zero (relu). The second computes ten sums of the 32 results, the logits, one
# per digit. The softmax turns the logits into probabilities, and the loss is minus the logarithm of
# the probability of the true label.

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import log_softmax
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)

rng = np.random.default_rng(0)
start = {
    "W1": rng.normal(scale=np.sqrt(2 / 64), size=(64, 32)),
    "b1": np.zeros(32),
    "W2": rng.normal(scale=np.sqrt(2 / 32), size=(32, 10)),
    "b2": np.zeros(10),
}


def forward(weights, X):
    hidden = np.maximum(X @ weights["W1"] + weights["b1"], 0)
    return hidden, hidden @ weights["W2"] + weights["b2"]


def loss(weights, X, y):
    _, logits = forward(weights, X)
    return -log_softmax(logits, axis=1)[np.arange(len(y)), y].mean()


print(f"loss before training: {loss(start, X_train, y_train):.3f}; ln 10 = {np.log(10):.3f}")

# %%
# Backward
# --------
#
# How does the loss change with each weight? The chain rule gives the answer, from the last layer to
# the first. The gradient of softmax and cross-entropy together is simple: the probabilities, minus
# one for the true digit. For a matrix, the gradient is multiplied by its transpose; for relu, it is
# kept where the output was positive, and zero elsewhere.


def gradients(weights, X, y):
    hidden, logits = forward(weights, X)
    d_logits = np.exp(log_softmax(logits, axis=1))
    d_logits[np.arange(len(y)), y] -= 1
    d_logits /= len(y)
    d_hidden = (d_logits @ weights["W2"].T) * (hidden > 0)
    return {
        "W1": X.T @ d_hidden,
        "b1": d_hidden.sum(axis=0),
        "W2": hidden.T @ d_logits,
        "b2": d_logits.sum(axis=0),
    }


# %%
# Is it right?
# ------------
#
# A gradient can be measured without any calculus, although slowly: change a weight a little, and
# compute how much the loss changes. If the two disagree, the backward pass has a mistake.

few = X_train[:50], y_train[:50]
step = 1e-6
for name, gradient in gradients(start, *few).items():
    steepest = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    moved = {sign: {key: value.copy() for key, value in start.items()} for sign in (-1, 1)}
    for sign, weights in moved.items():
        weights[name][steepest] += sign * step
    measured = (loss(moved[1], *few) - loss(moved[-1], *few)) / (2 * step)
    print(f"{name}: computed {gradient[steepest]:+.8f}, measured {measured:+.8f}")
    assert np.isclose(gradient[steepest], measured, atol=1e-8)

# %%
# Training
# --------
#
# In each step, all weights move a little against their gradient: down the slope of the loss.

n_steps, learning_rate = 200, 0.5
weights, losses = start, []
for _ in range(n_steps):
    losses.append(loss(weights, X_train, y_train))
    slope = gradients(weights, X_train, y_train)
    weights = {name: value - learning_rate * slope[name] for name, value in weights.items()}

_, logits = forward(weights, X_test)
print(f"{np.mean(logits.argmax(axis=1) == y_test):.1%} of the test images classified correctly")

# %%
# The same in Keras
# -----------------
#
# `MLP` is this network. The function that builds it sets its weights, so that both start equal;
# with all rows in one batch and the optimizer "sgd", the steps are the same. Normally you would
# write `KerasDigitClassifier("mlp")` and use the defaults.

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP


def same_start(image_shape, n_classes):
    network = MLP((32,))(image_shape, n_classes)
    network.set_weights(list(start.values()))
    return network


classifier = KerasDigitClassifier(
    same_start,
    epochs=n_steps,
    batch_size=len(X_train),
    optimizer="sgd",
    learning_rate=learning_rate,
    learning_rate_schedule="constant",
    random_state=0,
).fit(X_train, y_train)

difference = np.abs(np.subtract(losses, classifier.history_["loss"])).max()
print(f"largest difference of the losses in {n_steps} steps: {difference:.1e}")
agreement = np.mean(classifier.predict(X_test) == logits.argmax(axis=1))
print(f"{agreement:.1%} of the test images read alike by both")
assert difference < 1e-4

# %%
# The two curves lie on top of each other.

from skdigits.plotting import TrainingCurveDisplay

display = TrainingCurveDisplay({"Keras": classifier.history_, "NumPy": {"loss": losses}}).plot(
    panels=["loss"]
)
display.lines_["Keras", "loss"].set_linewidth(6)
display.lines_["Keras", "loss"].set_alpha(0.5)
display.axes_[0].legend()
plt.show()

# %%
# The learned weights of some hidden neurons, as images. Each neuron responds to ink in some places
# (red) and to paper in others (blue).

from skdigits.plotting import FiltersDisplay

FiltersDisplay.from_estimator(classifier, max_filters=16)
plt.show()
