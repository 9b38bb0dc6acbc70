"""Fits against scikit-learn's MLPClassifier, and against skorch where it is installed.

The same layers, epochs, batch size and Adam at a constant learning rate. MNIST is needed for the
larger comparison (see ``skdigits.datasets.fetch_mnist``). Every fit is cold in the first round and
warm in the others; both are printed.

    python benchmarks/against_peers.py
"""

import argparse
import os
import statistics
import time
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from figures import WRITING, written_to
from mnist import scaled_mnist
from pairs import print_table
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP
from skdigits.recipes import make_classifier

N_ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[WRITING])
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    with written_to(arguments.write):
        compare()


def compare() -> None:
    rows = []
    X, y = load_digits(return_X_y=True)
    rows += compare_mlp("MLP 64-64-10, load_digits, 20 epochs", X / 16, y, (64,), 64, 20)
    try:
        X, y = scaled_mnist("train")
    except OSError as error:
        print(f"MNIST is left out: {error}")
    else:
        rows += compare_mlp("MLP 784-128-10, MNIST, 5 epochs", X, y, (128,), 128, 5)
        rows += compare_skorch("small CNN, 10,000 of MNIST, 2 epochs", X[:12_000], y[:12_000])
    print_table(
        ["network and data", "rival", "ours s", "rival s", "ratio", "first fit s", "accuracy %",
         "rival %"],
        rows,
    )  # fmt: skip


def compare_mlp(
    name: str, X: np.ndarray, y: np.ndarray, sizes: tuple[int, ...], batch_size: int, epochs: int
) -> list[list[object]]:
    ours = KerasDigitClassifier(
        MLP(sizes), epochs=epochs, batch_size=batch_size, learning_rate=0.001,
        learning_rate_schedule="constant", random_state=0,
    )  # fmt: skip
    rival = MLPClassifier(
        sizes, max_iter=epochs, batch_size=batch_size, alpha=0, tol=0, n_iter_no_change=epochs,
        random_state=0,
    )  # fmt: skip
    return [[name, "MLPClassifier", *measure(ours, rival, X, y)]]


def compare_skorch(name: str, X: np.ndarray, y: np.ndarray) -> list[list[object]]:
    try:
        import torch
        from skorch import NeuralNetClassifier
    except ModuleNotFoundError as error:
        print(f"skorch is left out: {error}")
        return []

    def network() -> torch.nn.Module:
        return torch.nn.Sequential(
            torch.nn.Unflatten(1, (1, 28, 28)),
            torch.nn.Conv2d(1, 32, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
            torch.nn.Flatten(), torch.nn.Linear(5408, 128), torch.nn.ReLU(),
            torch.nn.Linear(128, 10),
        )  # fmt: skip

    ours = make_classifier("small-tutorial-cnn", random_state=0).set_params(
        epochs=2, batch_size=128
    )
    rival = NeuralNetClassifier(
        network, criterion=torch.nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=0.001,
        max_epochs=2, batch_size=128, train_split=None, iterator_train__shuffle=True, verbose=0,
    )  # fmt: skip
    return [[name, "skorch", *measure(ours, rival, X.astype(np.float32), y.astype(np.int64))]]


def measure(ours: BaseEstimator, rival: BaseEstimator, X: np.ndarray, y: np.ndarray) -> list[str]:
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=1 / 6, random_state=0)
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(N_ROUNDS + 1):
        fitted = []
        for contestant, times in zip((ours, rival), seconds, strict=True):
            estimator = clone(contestant)
            started = time.perf_counter()
            fitted.append(estimator.fit(X_train, y_train))
            times.append(time.perf_counter() - started)
    accuracies = [100 * estimator.score(X_test, y_test) for estimator in fitted]
    warm = [statistics.median(times[1:]) for times in seconds]
    return [
        f"{warm[0]:.2f}", f"{warm[1]:.2f}", f"{warm[1] / warm[0]:.2f}", f"{seconds[0][0]:.2f}",
        *(f"{accuracy:.2f}" for accuracy in accuracies),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
