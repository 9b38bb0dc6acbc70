import hashlib
import random
import subprocess
import sys

import keras
import numpy as np
import pytest
from joblib import Parallel, delayed
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold
from small_networks import assert_same_weights

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP, ConvNet, LeNet5
from skdigits.training import clear_cache


def build_with_dropout(image_shape, n_classes):
    return keras.Sequential(
        [
            keras.Input(image_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(n_classes),
        ]
    )


ARCHITECTURES = [
    MLP((16,)),
    MLP((16,), dropout=0.5),
    MLP((16,), normalization="batch"),
    ConvNet((2,), kernel_size=3, pool_dropout=0.5),
    LeNet5(),
    build_with_dropout,
]
every = pytest.mark.parametrize(
    "architecture", ARCHITECTURES, ids=lambda it: getattr(it, "__name__", repr(it))
)


def small(architecture=ARCHITECTURES[0], random_state=0):
    return KerasDigitClassifier(
        architecture, epochs=2, batch_size=16, random_state=random_state
    )  # fmt: skip


def differ(one, other):
    return any((a != b).any() for a, b in zip(one.weights_, other.weights_, strict=True))


@every
def test_same_seed_gives_the_same_bits(architecture, X, y):
    first = small(architecture).fit(X, y)
    small(architecture, random_state=1).fit(X[:30], y[:30])  # Someone else in between.
    second = small(architecture).fit(X, y)
    assert_same_weights(first, second)
    assert first.history_["loss"] == second.history_["loss"]
    assert_array_equal(first.predict_proba(X), second.predict_proba(X))


@every
def test_other_seed_gives_other_weights(architecture, X, y):
    assert differ(small(architecture).fit(X, y), small(architecture, random_state=1).fit(X, y))


@every
def test_fit_and_predict_leave_global_state_alone(architecture, X, y):
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    expected = (random.getrandbits(64), np.random.randint(2**31))  # noqa: NPY002
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    policy, float_type = keras.config.dtype_policy(), keras.config.floatx()
    clear_cache()  # Programs are built anew.
    small(architecture).set_params(dtype="float64").fit(X, y).predict_proba(X)
    assert (random.getrandbits(64), np.random.randint(2**31)) == expected  # noqa: NPY002
    assert keras.config.dtype_policy() == policy
    assert keras.config.floatx() == float_type


@every
def test_global_seeds_do_not_matter(architecture, X, y):
    results = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        clear_cache()
        results.append(small(architecture).fit(X, y))
    assert_same_weights(*results)


def test_global_state_is_restored_after_an_error(X, y):
    def fail(image_shape, n_classes):
        random.random()
        raise RuntimeError("no network today")

    random.seed(5)
    state, policy = random.getstate(), keras.config.dtype_policy()
    with pytest.raises(RuntimeError, match="no network today"):
        small(fail).set_params(dtype="float64").fit(X, y)
    assert random.getstate() == state
    assert keras.config.dtype_policy() == policy


def test_without_a_seed_every_fit_differs(X, y):
    classifier = small(random_state=None)
    assert differ(classifier.fit(X, y), clone(classifier).fit(X, y))


@every
def test_generator_is_used_and_moved_on(architecture, X, y):
    generator = np.random.RandomState(0)
    first = small(architecture, generator).fit(X, y)
    assert_same_weights(first, small(architecture, np.random.RandomState(0)).fit(X, y))
    assert_same_weights(first, small(architecture, 0).fit(X, y))
    assert differ(first, small(architecture, generator).fit(X, y))


def test_dropout_draws_anew_in_every_epoch_and_not_in_prediction(X, y):
    """With a learning rate too small to move a weight, only dropout can move the loss."""
    for architecture, moves in [(MLP((16,), dropout=0.5), True), (MLP((16,)), False)]:
        classifier = small(architecture).set_params(
            epochs=3, learning_rate=1e-30, batch_size=60
        )  # fmt: skip
        classifier.fit(X, y)
        # Without dropout the sum over the rows is taken in another order.
        spread = np.ptp(classifier.history_["loss"])
        assert spread > 1e-3 if moves else spread < 1e-6
        assert_array_equal(classifier.predict_proba(X), classifier.predict_proba(X))


def test_search_trains_what_a_direct_fit_trains(X, y):
    search = GridSearchCV(small(), {"learning_rate": [0.01]}, cv=KFold(2), n_jobs=1).fit(X, y)
    assert_same_weights(search.best_estimator_, small().set_params(learning_rate=0.01).fit(X, y))


def test_threads_of_joblib_give_the_bits_of_a_loop(X, y):
    seeds = range(4)
    threaded = Parallel(n_jobs=2, backend="threading")(
        delayed(small(random_state=seed).fit)(X, y) for seed in seeds
    )
    for seed, classifier in zip(seeds, threaded, strict=True):
        assert_same_weights(classifier, small(random_state=seed).fit(X, y))


def test_another_process_gives_the_same_bits(X, y):
    code = """if True:
        import hashlib
        from sklearn.datasets import load_digits
        from skdigits import KerasDigitClassifier
        from skdigits.architectures import MLP
        X, y = load_digits(return_X_y=True)
        X, y = (X[:60] / 16).astype("float32"), y[:60]
        classifier = KerasDigitClassifier(
            MLP((16,), dropout=0.5), epochs=2, batch_size=16, random_state=0
        ).fit(X, y)
        print(hashlib.sha256(b"".join(w.tobytes() for w in classifier.weights_)).hexdigest())
    """
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    here = small(MLP((16,), dropout=0.5)).fit(X, y)
    digest = hashlib.sha256(b"".join(weight.tobytes() for weight in here.weights_)).hexdigest()
    assert result.stdout.strip() == digest
