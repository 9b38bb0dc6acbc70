"""Training, searches and predictions on a GPU against Keras, and accuracy against time.

Everything computes on the backend that Keras is configured for, on its default device, which has to
be a GPU. With ``--any-device`` it may be a processor, to try the script with few rows.

    KERAS_BACKEND=jax python benchmarks/gpu.py
    KERAS_BACKEND=jax python benchmarks/gpu.py --what training --rounds 3
    KERAS_BACKEND=jax python benchmarks/gpu.py --any-device --rows 500 --rounds 1
"""

import argparse
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from itertools import product

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from mnist import scaled_mnist
from pairs import print_table, seconds_in_turn
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from training_speed import CONTESTS, Contest, fit_keras

from skdigits import KerasDigitClassifier, set_backend
from skdigits.programs._backend import require_backend
from skdigits.recipes import make_classifier

NETWORKS = ("mlp-28x28", "small-cnn", "tutorial-cnn")
LEARNING_RATES, N_FOLDS = (0.0005, 0.001, 0.002, 0.004), 3
BATCH_SIZES = (256, 1024, 4096)  # of Keras' predictions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--what", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--rows", type=int, default=60_000, help="of MNIST's training images")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dtype", default="float32", help="of our networks; Keras' is float32")
    parser.add_argument("--any-device", action="store_true", help="try the script without a GPU")
    arguments = parser.parse_args()
    backend = keras.config.backend()
    n_gpus = count_gpus(backend)
    if not (n_gpus or arguments.any_device):
        parser.error(f"needs a GPU, and {backend} has none: see --any-device")
    set_backend(backend)
    X, y = scaled_mnist("train")
    rows = X[: arguments.rows].reshape(-1, 28, 28, 1), y[: arguments.rows].astype(int)
    device = "a GPU" if n_gpus else "A PROCESSOR, WHICH MEASURES NOTHING ABOUT GPUS"
    print(f"Keras {keras.version()} on {backend}, {device}, {len(rows[1]):,} rows")
    for name in arguments.what:
        print(f"\n{name}, medians of {arguments.rounds} rounds, ours in {arguments.dtype}")
        SECTIONS[name](*rows, arguments.rounds, arguments.dtype)


def count_gpus(backend: str) -> int:
    require_backend()  # Starts JAX without all of the memory.
    if backend == "jax":
        return sum(device.platform != "cpu" for device in import_module("jax").devices())
    if backend == "torch":
        return int(import_module("torch").cuda.device_count())
    return len(import_module("tensorflow").config.list_physical_devices("GPU"))


def ours(contest: Contest, dtype: str) -> KerasDigitClassifier:
    return KerasDigitClassifier(
        contest.ours, epochs=2, batch_size=contest.batch_size, dtype=dtype, random_state=0,
        learning_rate=0.001, learning_rate_schedule="constant",
    )  # fmt: skip


def theirs(contest: Contest, learning_rate: float = 0.001, steps: int = 32) -> keras.Model:
    model = contest.rival((28, 28, 1), 10)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.Adam(learning_rate), loss, metrics=["accuracy"], steps_per_execution=steps
    )
    return model


def compare(contestants: Mapping[str, Callable[[], object]], n_rounds: int) -> list[str]:
    """Time ours and the best of the others, first and later, and give the later ratio."""
    numbers = []
    for n in (1, n_rounds):
        seconds = seconds_in_turn(contestants, n)
        numbers += [seconds.pop("ours"), min(seconds.values())]
    return [*(f"{number:.3f}" for number in numbers), f"{numbers[3] / numbers[2]:.2f}"]


COLUMNS = ["ours, first s", "Keras, first s", "ours s", "Keras s", "ratio"]


def training(X: np.ndarray, y: np.ndarray, n_rounds: int, dtype: str) -> None:
    table = []
    for name in NETWORKS:
        contest = CONTESTS[name]
        rivals = {
            f"keras {n}": fit_keras(theirs(contest, steps=n), X, y, 2, contest.batch_size)
            for n in (1, 32)
        }
        own = {"ours": partial(ours(contest, dtype).fit, X, y)}
        table.append([name, *compare(own | rivals, n_rounds)])
    print_table(["2 epochs", *COLUMNS], table)


def search(X: np.ndarray, y: np.ndarray, n_rounds: int, dtype: str) -> None:
    contest, folds = CONTESTS["small-cnn"], list(StratifiedKFold(N_FOLDS).split(X, y))

    def by_hand() -> None:
        for rate, (train, test) in product(LEARNING_RATES, folds):
            model = theirs(contest, rate)
            fit_keras(model, X[train], y[train], 2, contest.batch_size)()
            model.evaluate(X[test], y[test], batch_size=1024, verbose=0)

    grid = {"learning_rate": LEARNING_RATES}
    own = GridSearchCV(ours(contest, dtype), grid, cv=folds, refit=False)
    row = compare({"ours": partial(own.fit, X, y), "keras": by_hand}, n_rounds)
    print_table([f"{len(LEARNING_RATES)} x {N_FOLDS} fits", *COLUMNS], [["small-cnn", *row]])


def prediction(X: np.ndarray, y: np.ndarray, n_rounds: int, dtype: str) -> None:
    table = []
    for name in NETWORKS:
        model, classifier = theirs(CONTESTS[name]), ours(CONTESTS[name], dtype)
        own = {"ours": partial(classifier.fit(X[:1000], y[:1000]).predict_proba, X)}
        rivals = {
            f"keras {n}": partial(model.predict, X, batch_size=n, verbose=0) for n in BATCH_SIZES
        }
        table.append([name, *compare(own | rivals, n_rounds)])
    print_table(["all rows", *COLUMNS], table)


def accuracy(X: np.ndarray, y: np.ndarray, n_rounds: int, dtype: str) -> None:
    X_test, y_test = scaled_mnist("test")
    table = []
    for name, classifier, asked in [
        ("default, 1 epoch", KerasDigitClassifier(epochs=1), "99.0 % in 0.5 s"),
        ("strong", make_classifier("strong"), "99.7 % in 10 s"),
    ]:
        seconds, scores = [], []
        for seed in range(n_rounds + 1):
            classifier.set_params(random_state=seed, dtype=dtype)
            started = time.perf_counter()
            classifier.fit(X, y)
            seconds.append(time.perf_counter() - started)
            scores.append(classifier.score(X_test.reshape(-1, 28, 28, 1), y_test.astype(int)))
        later = float(np.median(seconds[1:]))
        score = f"{100 * np.mean(scores):.2f}"
        table.append([name, f"{seconds[0]:.2f}", f"{later:.2f}", score, asked])
    print_table(["on MNIST", "first fit s", "later fit s", "accuracy %", "asked"], table)


SECTIONS = {
    "training": training, "search": search, "prediction": prediction, "accuracy": accuracy
}  # fmt: skip


if __name__ == "__main__":
    main()
