"""Accuracy on MNIST and load_digits: fixed recipes, last epoch, mean and spread over seeds.

MNIST's test images choose nothing. The default and the strong recipe were tuned on folds of other
writers, as `writers` makes them: of the last 10,000 training images, which are often set aside,
4,080 are by writers of the others. The figures on test images are computed once per seed; the first
half of these was written by students, the second by employees of the Census Bureau. Beside accuracy
stand the seconds of a fit (tracing included, importing not), the negative log-likelihood and the
expected calibration error.

    python benchmarks/accuracy.py writers
    python benchmarks/accuracy.py one-epoch default
    python benchmarks/accuracy.py strong
    python benchmarks/accuracy.py load-digits little
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from figures import WRITING, written_to
from mnist import scaled_mnist
from pairs import print_table
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import SpikingNet
from skdigits.datasets import fetch_mnist
from skdigits.recipes import make_classifier
from skdigits.training import clear_cache

HEADER = [
    "on MNIST", "accuracy %", "sd", "students", "employees", "fit s", "log loss",
    "calibration error",
]  # fmt: skip
N_BY_STUDENTS = 5_001  # the first test images
N_CALIBRATION_BINS = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[WRITING])
    parser.add_argument("what", nargs="+", choices=SECTIONS)
    parser.add_argument("--seeds", type=int, help="how many, instead of each section's number")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    with written_to(arguments.write):
        for name in arguments.what:
            SECTIONS[name](*([arguments.seeds] if arguments.seeds else []))
            print(flush=True)


def one_epoch(n_seeds: int = 5) -> None:
    def one(seed: int) -> KerasDigitClassifier:
        return KerasDigitClassifier(epochs=1, random_state=seed)

    rows = [
        measure("epochs=1", one, range(n_seeds)),
        measure("LogisticRegression(max_iter=50)", lambda _: LogisticRegression(max_iter=50), [0]),
    ]
    print_table(HEADER, rows)
    seconds = [float(row[HEADER.index("fit s")]) for row in rows]
    print(f"fit seconds, ratio: {seconds[0] / seconds[1]:.2f}")


def default(n_seeds: int = 5) -> None:
    rows = [
        measure("default", lambda seed: KerasDigitClassifier(random_state=seed), range(n_seeds))
    ]
    seconds, accuracy = fit_keras_tutorial()
    rows.append(by_keras("small tutorial CNN, keras fit", accuracy, seconds))
    print_table(HEADER, rows)


def tutorials(n_seeds: int = 3) -> None:
    seconds, accuracy = fit_keras_tutorial()
    rows = [
        measure("small-tutorial-cnn", recipe("small-tutorial-cnn"), range(n_seeds)),
        by_keras("the same, keras fit", accuracy, seconds),
        measure("tutorial-cnn", recipe("tutorial-cnn"), range(n_seeds)),
    ]
    print_table(HEADER, rows)


def strong(n_seeds: int = 1) -> None:
    """Fit ensembles of strong networks, and look at the members one by one."""
    (X, y), (X_test, y_test) = mnist()
    votes, seconds_of_votes, members = [], [], []
    for seed in range(n_seeds):
        started = time.perf_counter()
        ensemble = make_classifier("ensemble", random_state=seed).fit(X, y)
        seconds_of_votes.append(time.perf_counter() - started)
        votes.append(ensemble.predict_proba(X_test))
        members += ensemble.estimators_
    probabilities = [member.predict_proba(X_test) for member in members]
    seconds = [sum(member.history_["seconds"]) for member in members]
    print_table(
        HEADER,
        [
            summary("strong", probabilities, y_test, seconds),
            summary(
                f"ensemble, {n_seeds} fit{'s' * (n_seeds > 1)}", votes, y_test, seconds_of_votes
            ),
        ],
    )


def load_digits_both_ways(n_repeats: int = 4) -> None:
    X, y = load_digits(return_X_y=True)
    rows = []
    for name, classifier in [
        ("recipe small-images", make_pipeline(PixelScaler(), recipe("small-images")(0))),
        ("default", make_pipeline(PixelScaler(), KerasDigitClassifier(random_state=0))),
        ("SVC(gamma=0.001, C=10), on 0 to 16", SVC(gamma=0.001, C=10)),
    ]:
        unshuffled = 100 * cross_val_score(classifier, X, y, cv=5)
        folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=n_repeats, random_state=0)
        shuffled = 100 * cross_val_score(classifier, X, y, cv=folds)
        rows.append([
            name, f"{unshuffled.mean():.2f}", f"{unshuffled.std():.2f}", f"{shuffled.mean():.2f}",
            f"{shuffled.std():.2f}",
        ])  # fmt: skip
    print_table(
        ["on load_digits, accuracy %", "cv=5", "sd", f"shuffled, {n_repeats} repeats", "sd"], rows
    )


def little(n_seeds: int = 1) -> None:
    """Learn from the first rows of the training images, which are in no order."""
    (X, y), (X_test, y_test) = mnist()
    contestants: dict[str, Callable[[int], object]] = {
        "KerasDigitClassifier()": lambda seed: KerasDigitClassifier(random_state=seed),
        "recipe strong, 1,000 updates or more": few_images,
        "SVC(C=10)": lambda _: SVC(C=10),
        "LogisticRegression": lambda _: LogisticRegression(max_iter=50),
    }
    sizes = (100, 1_000, 10_000)

    def accuracy(make: Callable[[int], object], n: int) -> float:
        fitted = [make(seed).fit(X[:n], y[:n]) for seed in range(n_seeds)]
        return 100 * float(np.mean([classifier.score(X_test, y_test) for classifier in fitted]))

    rows = [
        [name, *(f"{accuracy(make, n):.2f}" for n in sizes)] for name, make in contestants.items()
    ]
    print_table(["accuracy %, training images", *map(str, sizes)], rows)


def few_images(seed: int) -> KerasDigitClassifier:
    return recipe("strong")(seed).set_params(epochs="auto", batch_size="auto")


def spiking(n_seeds: int = 3) -> None:
    classifiers = []

    def make(seed: int) -> KerasDigitClassifier:
        classifiers.append(KerasDigitClassifier(SpikingNet(), epochs=4, random_state=seed))
        return classifiers[-1]

    print_table(HEADER, [measure("SpikingNet, epochs=4", make, range(n_seeds))])
    _, (X_test, _) = mnist()
    counts = [count_spikes(classifier, X_test).mean() for classifier in classifiers]
    print(f"spikes per image, all neurons and steps: {np.mean(counts):.0f}")


def count_spikes(classifier: KerasDigitClassifier, X: np.ndarray) -> np.ndarray:
    """Count the spikes of all neurons over all steps, for each image."""
    model = classifier.architecture_(classifier.image_shape_, len(classifier.classes_))
    model.set_weights(classifier.weights_)
    neurons = [layer.output for layer in model.layers if "Fire" in type(layer).__name__]
    spikes = keras.Model(model.inputs[0], neurons)
    counts = [
        sum(fired.reshape(len(images), -1).sum(axis=1) for fired in spikes.predict_on_batch(images))
        for images in np.split(X.reshape(-1, *classifier.image_shape_), range(256, len(X), 256))
    ]
    return np.concatenate(counts)


def writers(n_folds: int = 5) -> None:
    """Cross-validate on training images: folds of other writers, and folds of other images."""
    X, y = scaled_mnist("train", download_if_missing=True)
    *_, of_images = fetch_mnist(subset="train", return_X_y=True, writers=True)
    splits = {
        "other writers": GroupKFold(n_folds, shuffle=True, random_state=0).split(X, y, of_images),
        "other images": StratifiedKFold(n_folds, shuffle=True, random_state=0).split(X, y),
        "the last 10,000": [(np.arange(50_000), np.arange(50_000, 60_000))],
    }
    contestants: dict[str, Callable[[int], Any]] = {
        "epochs=1": lambda seed: KerasDigitClassifier(epochs=1, random_state=seed),
        "default": lambda seed: KerasDigitClassifier(random_state=seed),
        "LogisticRegression(max_iter=50)": lambda _: LogisticRegression(max_iter=50),
    }
    rows = []
    for how, split in splits.items():
        folds = list(split)
        for name, make in contestants.items():
            accuracies = [
                100 * make(seed).fit(X[fitted], y[fitted]).score(X[held_out], y[held_out])
                for seed, (fitted, held_out) in enumerate(folds)
            ]
            spread = f"{np.std(accuracies, ddof=1):.2f}" if len(folds) > 1 else ""
            rows.append([f"{name}, on {how}", f"{np.mean(accuracies):.2f}", spread])
    print_table(["on MNIST's training images", "accuracy %", "sd"], rows)


def recipe(name: str) -> Callable[[int], KerasDigitClassifier]:
    return lambda seed: make_classifier(name, random_state=seed)


SECTIONS = {
    "writers": writers,
    "one-epoch": one_epoch,
    "default": default,
    "tutorials": tutorials,
    "strong": strong,
    "load-digits": load_digits_both_ways,
    "little": little,
    "spiking": spiking,
}


def measure(name: str, make: Callable[[int], object], seeds: Iterable[int]) -> list[str]:
    """Fit once per seed, each time as if it were the first fit of the process."""
    (X, y), (X_test, y_test) = mnist()
    probabilities, seconds = [], []
    for seed in seeds:
        clear_cache()
        classifier = make(seed)
        started = time.perf_counter()
        classifier.fit(X, y)
        seconds.append(time.perf_counter() - started)
        probabilities.append(classifier.predict_proba(X_test))
    return summary(name, probabilities, y_test, seconds)


def summary(
    name: str,
    probabilities: list[np.ndarray],
    y: np.ndarray,
    seconds: list[float],
) -> list[str]:
    accuracies = [100 * np.mean(p.argmax(axis=1) == y) for p in probabilities]
    log_losses = [-np.log(p[np.arange(len(y)), y]).mean() for p in probabilities]
    errors = [expected_calibration_error(p, y) for p in probabilities]
    spread = f"{np.std(accuracies, ddof=1):.3f}" if len(accuracies) > 1 else ""
    is_right = np.mean([p.argmax(axis=1) == y for p in probabilities], axis=0)
    halves = [is_right[:N_BY_STUDENTS].mean(), is_right[N_BY_STUDENTS:].mean()]
    return [
        f"{name}, {len(accuracies)} seeds" if spread else name, f"{np.mean(accuracies):.3f}",
        spread, *(f"{100 * half:.2f}" for half in halves), f"{np.median(seconds):.1f}",
        f"{np.mean(log_losses):.4f}", f"{np.mean(errors):.4f}",
    ]  # fmt: skip


def by_keras(name: str, accuracy: float, seconds: float) -> list[str]:
    row = {"on MNIST": name, "accuracy %": f"{accuracy:.2f}", "fit s": f"{seconds:.1f}"}
    return [row.get(column, "") for column in HEADER]


def expected_calibration_error(probabilities: np.ndarray, y: np.ndarray) -> float:
    """Average |accuracy - confidence| over bins of equal width (Guo et al. 2017)."""
    confidence = probabilities.max(axis=1)
    gaps = (probabilities.argmax(axis=1) == y) - confidence
    bins = np.minimum((confidence * N_CALIBRATION_BINS).astype(int), N_CALIBRATION_BINS - 1)
    return float(np.abs(np.bincount(bins, gaps)).sum() / len(y))


def fit_keras_tutorial() -> tuple[float, float]:
    """Train the small tutorial CNN as the tutorials do; give seconds and accuracy in %."""
    (X, y), (X_test, y_test) = mnist()
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    started = time.perf_counter()
    model.fit(X.reshape(-1, 28, 28, 1), y, batch_size=32, epochs=5, verbose=0)
    seconds = time.perf_counter() - started
    _, accuracy = model.evaluate(X_test.reshape(-1, 28, 28, 1), y_test, verbose=0)
    return seconds, 100 * accuracy


def mnist() -> list[tuple[np.ndarray, ...]]:
    return [scaled_mnist(subset, download_if_missing=True) for subset in ("train", "test")]


if __name__ == "__main__":
    main()
