"""Threads and processes: the bits of a loop, and no deadlock."""

import faulthandler
import multiprocessing
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from joblib import Parallel, delayed
from numpy.testing import assert_array_equal
from sklearn.base import clone
from small_networks import assert_same_weights, small

from skdigits.architectures import MLP, ConvNet, Softmax, SpikingNet
from skdigits.training import clear_cache

N_THREADS = 8
PATIENCE = 300  # Seconds after which we speak of a deadlock.

ESTIMATORS = [
    small(),
    small(random_state=1),
    small(learning_rate=0.001),
    small(architecture=MLP((16,), dropout=0.5)),
    small(architecture=Softmax()),
    small(architecture=ConvNet((2,), kernel_size=3)),
    small(architecture=SpikingNet((2,), n_steps=2)),
    small(optimizer="sgd", dtype="float64"),
]


@pytest.fixture(autouse=True)
def show_deadlocks():
    """Say where every thread stands, and end the process: a lock cannot be interrupted."""
    faulthandler.dump_traceback_later(2 * PATIENCE, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def together(functions):
    """Call all functions at once, each in its own thread, and return what they return."""
    start = threading.Barrier(len(functions))

    def call(function):
        start.wait(PATIENCE)
        return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        futures = [pool.submit(call, function) for function in functions]
        return [future.result(PATIENCE) for future in futures]


@pytest.fixture(scope="module")
def alone(X, y):
    """Weights and probabilities of each estimator, fitted when nothing else ran."""
    fitted = [clone(estimator).fit(X, y) for estimator in ESTIMATORS]
    return [(classifier, classifier.predict_proba(X)) for classifier in fitted]


@pytest.mark.parametrize("compiled", [False, True])
def test_different_estimators_in_threads(compiled, alone, X, y):
    if not compiled:
        clear_cache()

    def work(estimator):
        results = []
        for _ in range(3):
            classifier = clone(estimator).fit(X, y)
            results.append((classifier, classifier.predict_proba(X)))
        return results

    works = [lambda estimator=estimator: work(estimator) for estimator in ESTIMATORS]
    assert len(works) == N_THREADS
    for results, (classifier, probabilities) in zip(together(works), alone, strict=True):
        for found, found_probabilities in results:
            assert_same_weights(found, classifier)
            assert_array_equal(found_probabilities, probabilities)


@pytest.mark.parametrize("number", range(len(ESTIMATORS)))
def test_one_estimator_in_threads(number, alone, X):
    classifier, probabilities = alone[number]

    def work(first):
        for i in range(15):
            row = (first + i) % len(X)
            assert_array_equal(classifier.predict_proba(X), probabilities)
            classifier.predict(X[row : row + 1])

    together([lambda first=first: work(first) for first in range(N_THREADS)])


def test_training_and_prediction_of_one_program(alone, X, y):
    """Others train the very network that is predicting."""
    classifier, probabilities = alone[0]

    def predict():
        for _ in range(15):
            assert_array_equal(classifier.predict_proba(X), probabilities)

    def train(seed):
        return small(random_state=seed).fit(X, y)

    trainings = [lambda seed=seed: train(seed) for seed in range(4)]
    trained = together([predict] * 4 + trainings)[4:]
    for seed, found in enumerate(trained):
        assert_same_weights(found, train(seed))


def test_cache_cleared_by_another_thread(alone, X, y):
    def clear():
        for _ in range(20):
            clear_cache()

    fits = [lambda e=estimator: clone(e).fit(X, y) for estimator in ESTIMATORS[:7]]
    for found, (classifier, _) in zip(together([*fits, clear]), alone, strict=False):
        if found is not None:
            assert_same_weights(found, classifier)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_backends_of_joblib(backend, alone, X, y):
    estimators = ESTIMATORS[:3]
    fitted = Parallel(n_jobs=2, backend=backend)(
        delayed(clone(estimator).fit)(X, y) for estimator in estimators
    )
    for found, (classifier, _) in zip(fitted, alone, strict=False):
        assert_same_weights(found, classifier)
    probabilities = Parallel(n_jobs=2, backend=backend)(
        delayed(classifier.predict_proba)(X) for classifier, _ in alone[:3]
    )
    for found, (_, expected) in zip(probabilities, alone, strict=False):
        assert_array_equal(found, expected)


def build_after_a_fit(image_shape, n_classes):
    """Build as wide a network as suits a first classifier."""
    X, y = np.eye(64, dtype=np.float32), np.arange(64) % n_classes
    first = small(epochs=1).fit(X, y)
    return MLP((8 + first.n_iter_,))(image_shape, n_classes)


def test_build_functions_that_fit_in_threads(X, y):
    """Each makes the very program that the other needs, while it builds."""
    expected = small(architecture=build_after_a_fit).fit(X, y)
    for _ in range(3):
        clear_cache()
        works = [
            lambda: small(architecture=build_after_a_fit).fit(X, y),
            lambda: small(epochs=1).fit(X, y),
        ]
        for found in together(4 * works)[::2]:
            assert_same_weights(found, expected)


def test_a_scorer_that_fits_the_same_network_in_threads(X, y):
    def score(estimator, X_val, y_val):
        fits = [lambda seed=seed: small(random_state=seed).fit(X, y) for seed in range(2)]
        return min(fit.score(X_val, y_val) for fit in together(fits))

    classifier = small(early_stopping=True, scoring=score, validation_fraction=0.5).fit(X, y)
    assert len(classifier.history_["val_score"]) == 2
    # What was fitted in between leaves no trace.
    plain = small(early_stopping=True, scoring="accuracy", validation_fraction=0.5).fit(X, y)
    assert classifier.history_["loss"] == plain.history_["loss"]


@pytest.mark.parametrize("n_nested", [1, 3])
def test_a_callback_that_fits_the_same_network(n_nested, X, y):
    import keras  # Here, so that a spawned process does not import it with this module.

    class Fitting(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            fits = [
                lambda seed=seed: small(random_state=seed).fit(X, y) for seed in range(n_nested)
            ]
            together(fits)

    alone = small(callbacks=[keras.callbacks.Callback()]).fit(X, y)
    assert_same_weights(small(callbacks=[Fitting()]).fit(X, y), alone)


FORK = """
import os
import sys
import numpy as np
from skdigits import KerasDigitClassifier
from skdigits.architectures import ConvNet, Softmax

architecture, *works = sys.argv[1:]
X, y = np.eye(64), np.arange(64) % 2
network = {"ConvNet": ConvNet((2,), kernel_size=3), "Softmax": Softmax()}[architecture]
classifier = KerasDigitClassifier(network, epochs=1, random_state=0)
for work in works:
    child = os.fork()
    if child == 0:
        try:
            arguments = {"fit": (X, y), "predict": (X,), "to_keras": ()}[work]
            getattr(classifier, work)(*arguments)
        except RuntimeError as error:
            print(error, flush=True)
            os._exit(3)
        os._exit(0)
    classifier.fit(X, y).predict(X)  # The parent is none the worse.
    _, status = os.waitpid(child, 0)
    print("status", os.waitstatus_to_exitcode(status), flush=True)
"""


@cache
def run_forks(architecture):
    """Status of each child and what it said; the first is born before its parent fits."""
    works = ["fit", "fit", "to_keras", "predict"]
    result = subprocess.run(
        [sys.executable, "-c", FORK, architecture, *works],
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    said = re.findall(r"(.*?)^status (-?\d+)\n", result.stdout, re.DOTALL | re.MULTILINE)
    assert len(said) == len(works)
    names = ["first fit", *works[1:]]
    return {name: (int(code), words) for name, (words, code) in zip(names, said, strict=True)}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
class TestFork:
    @pytest.mark.parametrize("work", ["fit", "to_keras"])
    def test_work_of_a_backend_says_what_to_do(self, work):
        status, said = run_forks("ConvNet")[work]
        assert status == 3
        assert "loky" in said
        assert "spawn" in said

    @pytest.mark.parametrize(
        ("architecture", "work"),
        [
            ("ConvNet", "first fit"),
            ("ConvNet", "predict"),
            ("Softmax", "first fit"),
            ("Softmax", "fit"),
            ("Softmax", "predict"),
        ],
    )
    def test_other_work_succeeds(self, architecture, work):
        assert run_forks(architecture)[work] == (0, "")


def fit_and_predict(X, y):
    return small().fit(X, y).predict_proba(X)


def test_spawned_processes_work(alone, X, y):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply_async(fit_and_predict, (X, y)).get(PATIENCE)
    assert_array_equal(found, alone[0][1])
