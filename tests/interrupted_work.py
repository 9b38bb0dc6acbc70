"""Ctrl-C at random moments of fits, searches, comparisons and predictions, and what it leaves.

    python tests/interrupted_work.py fit 30

prints how often the estimator was as before, had the weights reached so far, was fitted to the end
or was anything else; how often the next call gave the bits of one that nobody interrupted; and how
often something was left: a program that is lent, a lock, other threads, filters or generators. Of
two interrupts, one comes after a random time and one at a random call of a function.
"""

import json
import random
import signal
import sys
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import joblib
import numpy as np
import sklearn
from process_settings import read_settings
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP, DeepConvNet
from skdigits.architectures._seeded_globals import _building
from skdigits.comparison import compare_classifiers
from skdigits.programs._cache import PROGRAMS
from skdigits.programs._numpy import _threads
from skdigits.training import clear_cache

X, y = load_digits(return_X_y=True)
X, y = (X[:120] / 16).astype(np.float32), y[:120]
DENSE = MLP((8,), normalization="batch", dropout=0.1)
OF_IMAGES = DeepConvNet([2, (3,)], kernel_size=3)


def build(image_shape, n_classes):
    """The function of a user."""
    import keras

    hidden = [keras.layers.Flatten(), keras.layers.BatchNormalization(), keras.layers.Dropout(0.1)]
    return keras.Sequential([keras.Input(image_shape), *hidden, keras.layers.Dense(n_classes)])


class Fit:
    """A fit from the start."""

    def __init__(self, architecture=DENSE, **parameters):
        parameters = {"epochs": 3, "batch_size": 32, "random_state": 0, **parameters}
        self.classifier = KerasDigitClassifier(architecture, **parameters)

    def start(self):
        return sklearn.clone(self.classifier)

    def call(self, estimator):
        estimator.fit(X, y)

    def result(self, estimator, returned):
        return estimator.predict_proba(X)

    def part(self, estimator):
        """What may be fitted in part, or else is as before."""
        return estimator


class PartialFit(Fit):
    """A call that goes on from an earlier one."""

    def start(self):
        return sklearn.clone(self.classifier).partial_fit(X[:60], y[:60], classes=np.arange(10))

    def call(self, estimator):
        estimator.partial_fit(X[60:], y[60:])


class Search(Fit):
    def start(self):
        return GridSearchCV(super().start(), {"tol": [1e-4, 1e-3]}, cv=2, error_score="raise")

    def part(self, estimator):
        return estimator.estimator


class Compare(Fit):
    def call(self, estimator):
        return compare_classifiers({"it": estimator}, X, y, cv=2)

    def result(self, estimator, returned):
        return returned.scores["it"].accuracy


class Predict(Fit):
    def start(self):
        return super().start().fit(X, y)

    def call(self, estimator):
        return estimator.predict_proba(X)

    def result(self, estimator, returned):
        return returned


WORK = {
    "fit": lambda: Fit(early_stopping=True, validation_fraction=0.2),
    "partial_fit": PartialFit,
    "grid search": Search,
    "comparison": lambda: Compare(epochs=1),
    "predict": Predict,
}
# What needs a backend of Keras.
BACKEND_WORK = {
    "fit of images": lambda: Fit(OF_IMAGES),
    "fit of a function": lambda: Fit(build),
    "partial_fit of images": lambda: PartialFit(OF_IMAGES),
    "prediction of images": lambda: Predict(OF_IMAGES, dtype="mixed_bfloat16"),
}
ENDS = ("as before", "weights kept", "whole", "broken")
LEFT = ("programs lent", "locks held", "settings changed")


def outcomes(work, n_moments, seed=0):
    """Count how work ends that is interrupted at random moments, what is left, and what is next."""
    chance, counts = random.Random(seed), Counter()
    expected = whole(work)
    seconds, n_calls = measured(work)
    settings = own_settings()
    for number in range(n_moments):
        if number % 4 < 2:
            clear_cache()
        by_time = number % 2
        moment = chance.uniform(0, 1.2 * seconds) if by_time else chance.randint(1, n_calls)
        end = interrupted(work, After(moment) if by_time else AtCall(moment), expected)
        counts[end] += 1
        if end == "broken":
            print(f"broken at moment {number}: {moment}", file=sys.stderr)
        left = {
            "programs lent": lent_programs(),
            "locks held": held_locks(),
            "settings changed": own_settings() != settings,
        }
        counts.update(name for name, there in left.items() if there)
        try:
            counts["next call works"] += np.array_equal(whole(work), expected)
        except Exception as error:
            print(f"next call after moment {number}: {error!r}", file=sys.stderr)
    return dict(counts)


def whole(work):
    estimator = work.start()
    return work.result(estimator, work.call(estimator))


def measured(work):
    """How long the work takes, and how many calls of functions, with programs that are new."""
    estimator, calls = work.start(), AtCall(None)
    clear_cache()
    with calls:
        work.call(estimator)
    clear_cache()
    started = time.perf_counter()
    whole(work)
    return time.perf_counter() - started, calls.n_calls


def interrupted(work, interrupt, expected):
    """Press Ctrl-C, and say in one word of `ENDS` what became of the estimator."""
    estimator = work.start()
    before = joblib.hash(work.part(estimator))
    with warnings.catch_warnings(record=True) as caught, pythons_own_handler():
        warnings.simplefilter("always")
        try:
            with interrupt:
                returned = work.call(estimator)
            says = "whole"
        except KeyboardInterrupt:
            returned, says = None, "as before"
        except Exception as error:
            print(f"{type(error).__name__}: {error}"[:1000], file=sys.stderr)
            return "broken"
    if any("current weights are kept" in str(warning.message) for warning in caught):
        is_sound = np.isfinite(estimator.predict_proba(X)).all()
        return "weights kept" if is_sound else "broken"
    if says == "as before" and joblib.hash(work.part(estimator)) == before:
        return says
    # The interrupt may have come behind the last step.
    return "whole" if np.array_equal(work.result(estimator, returned), expected) else "broken"


def interrupted_at_each_call(prepare, run):
    """Press Ctrl-C at each call in a function in turn, and give the argument each time."""
    argument, calls = prepare(), AtCall(None)
    with calls:
        run(argument)
    for which in range(1, calls.n_calls + 1):
        argument = prepare()
        with pythons_own_handler(), suppress(KeyboardInterrupt), AtCall(which):
            run(argument)
        yield argument


@contextmanager
def pythons_own_handler():
    """Whoever started the process may have it ignored, and errors of `__del__` are nobody's."""
    before, hook = signal.signal(signal.SIGINT, signal.default_int_handler), sys.unraisablehook
    sys.unraisablehook = lambda failure: None
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = hook


class After:
    """Presses Ctrl-C after some seconds, if the block takes as long."""

    def __init__(self, seconds):
        self.seconds, self.is_armed = max(seconds, 1e-6), True

    def __enter__(self):
        signal.signal(signal.SIGALRM, self.press)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *exception):
        self.is_armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)

    def press(self, number, frame):
        if self.is_armed and enters_context_of_others(frame):
            signal.setitimer(signal.ITIMER_REAL, 1e-4)
        elif self.is_armed:
            signal.raise_signal(signal.SIGINT)


class AtCall:
    """Counts the calls of functions in a block, and presses Ctrl-C at one of them.

    Python looks for signals where a function begins, and where one that is not Python's has ended.
    """

    def __init__(self, which):
        self.which, self.n_calls = which, 0

    def __enter__(self):
        sys.setprofile(self.count)

    def __exit__(self, *exception):
        sys.setprofile(None)

    def count(self, frame, event, argument):
        if event in ("call", "c_return") and not enters_context_of_others(frame):
            self.n_calls += 1
            if self.n_calls == self.which:
                signal.raise_signal(signal.SIGINT)


def own_settings():
    """Read all but what NumPy's errstate may leave, if an interrupt comes while it is entered."""
    settings = read_settings()
    del settings["errors of NumPy"]
    return settings


def enters_context_of_others(frame):
    """Contexts of NumPy and scikit-learn do not restore what is set while they are entered."""
    file = frame.f_code.co_filename
    if file.endswith("contextlib.py"):
        generator = getattr(frame.f_locals.get("self"), "gen", None)
        file = generator.gi_code.co_filename if generator is not None else file
    if file.endswith(str(Path("sklearn", "utils", "_array_api.py"))):  # checks for `set_config`
        file = frame.f_back.f_code.co_filename
    return file.endswith(("_ufunc_config.py", str(Path("sklearn", "_config.py"))))


def lent_programs():
    programs = [program for programs in PROGRAMS._programs.values() for program in programs]
    return sum(getattr(program, "lent", False) for program in programs)


def held_locks():
    """Count the locks that another thread would wait for."""

    def is_held(lock):
        if free := lock.acquire(blocking=False):
            lock.release()
        return not free

    with ThreadPoolExecutor(1) as thread:
        return sum(thread.map(is_held, [PROGRAMS._lock, _threads._turn, _building]))


if __name__ == "__main__":
    kind, n_moments = sys.argv[1], int(sys.argv[2])
    print(json.dumps(outcomes({**WORK, **BACKEND_WORK}[kind](), n_moments)))
