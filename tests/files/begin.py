"""Write a classifier in training, and what it predicts after one more epoch on TensorFlow."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from skdigits import KerasDigitClassifier
from skdigits.architectures import ConvNet
from skdigits.persistence import save_estimator


def main() -> None:
    X, y = load_digits(return_X_y=True)
    X, y = (X[:200] / 16).astype(np.float32), y[:200]
    network = ConvNet((4, 6), hidden_layer_sizes=(8,), dropout=0.0)
    classifier = KerasDigitClassifier(network, learning_rate=2**-7, random_state=0)
    classifier.partial_fit(X, y, classes=range(10))
    path = Path(__file__).parent / "begun_on_tensorflow.skops"
    save_estimator(classifier, path)
    np.save(path.with_suffix(".npy"), classifier.partial_fit(X, y).predict_proba(X[:60]))


if __name__ == "__main__":  # Doctests import every module.
    main()
