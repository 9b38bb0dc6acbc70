"""One thread for products of matrices, and the same bits with any number of threads."""

import subprocess
import sys
import threading

import pytest
from threadpoolctl import threadpool_info

from skdigits.programs._numpy._threads import one_blas_thread

TRAIN = """
import hashlib
import numpy as np
from threadpoolctl import threadpool_limits
from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP

X, y = np.random.default_rng(0).random((1_000, 784), dtype=np.float32), np.arange(1_000) % 10
with threadpool_limits({n_threads}, user_api="blas"):
    classifier = KerasDigitClassifier(MLP((128,)), epochs=2, batch_size=128, random_state=0)
    classifier.fit(X, y)
print([hashlib.sha256(weight.tobytes()).hexdigest() for weight in classifier.weights_])
"""


def n_blas_threads():
    return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")


@pytest.fixture
def n_threads():
    n_threads = n_blas_threads()
    if n_threads == 1:
        pytest.skip("BLAS has one thread.")
    return n_threads


def test_the_number_of_threads_is_restored(n_threads):
    with one_blas_thread():
        with one_blas_thread():
            assert n_blas_threads() == 1
        assert n_blas_threads() == 1
    assert n_blas_threads() == n_threads


def test_another_thread_does_not_change_what_is_left(n_threads):
    """Its block begins within this one, and ends after it."""
    came, left = threading.Event(), threading.Event()

    def use():
        with one_blas_thread():
            came.set()
            left.wait(60)

    other = threading.Thread(target=use)
    with one_blas_thread():
        other.start()
        assert came.wait(60)
    assert n_blas_threads() == n_threads
    left.set()
    other.join()
    assert n_blas_threads() == n_threads


def test_bits_are_the_same_with_any_number_of_threads():
    printed = {
        subprocess.run(
            [sys.executable, "-c", TRAIN.format(n_threads=n_threads)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for n_threads in (1, 2)
    }
    assert len(printed) == 1
