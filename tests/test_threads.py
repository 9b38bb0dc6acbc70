import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from interrupted_work import interrupted_at_each_call
from numpy.testing import assert_array_equal
from process_settings import n_threads_of_blas
from threadpoolctl import threadpool_limits

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP
from skdigits.programs._numpy._threads import one_thread


def test_threads_take_turns(two_threads):
    inside, leave, entered = threading.Event(), threading.Event(), []

    def first():
        with one_thread():
            inside.set()
            leave.wait()
            entered.append("first")

    def second():
        with one_thread():
            entered.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    inside.wait()
    threads[1].start()
    assert n_threads_of_blas() == {1}
    leave.set()
    for thread in threads:
        thread.join()
    assert entered == ["first", "second"]
    assert n_threads_of_blas() == {2}


def test_any_thread_may_limit_after_another(two_threads):
    def limited():
        with one_thread():
            return n_threads_of_blas()

    assert limited() == {1}
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(limited).result() == {1}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:os.fork.. was called:RuntimeWarning")  # by JAX
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_does_not_wait_for_a_thread_of_its_parent():
    inside, leave = threading.Event(), threading.Event()

    def other():
        with one_thread():
            inside.set()
            leave.wait()

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait()
    child = os.fork()
    if not child:
        with one_thread():
            os._exit(0)
    for _ in range(100):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.1)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    leave.set()
    thread.join()
    assert ended
    assert status == 0


def test_threads_are_restored_after_an_interrupt(two_threads):
    with pytest.raises(KeyboardInterrupt), one_thread():
        raise KeyboardInterrupt
    assert n_threads_of_blas() == {2}


def test_threads_are_restored_after_an_interrupt_at_any_call(two_threads):
    def limit(_):
        with one_thread():
            pass

    n_moments = 0
    for _ in interrupted_at_each_call(lambda: None, limit):
        assert n_threads_of_blas() == {2}
        n_moments += 1
    assert n_moments > 10


def test_bits_do_not_depend_on_the_number_of_threads():
    random = np.random.default_rng(0)
    X, y = random.uniform(0, 255, (512, 784)), np.arange(512) % 10
    fitted = []
    for limit in (1, 2):
        with threadpool_limits(limits=limit, user_api="blas"):
            classifier = KerasDigitClassifier(MLP((128,)), epochs=2, batch_size=128, random_state=0)
            fitted.append(classifier.fit(X, y))
            assert n_threads_of_blas() == {limit}
    for one, other in zip(fitted[0].weights_, fitted[1].weights_, strict=True):
        assert_array_equal(one, other)
