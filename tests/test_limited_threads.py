"""Threads of libraries are limited for a while, whenever an interrupt comes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from interrupted_work import interrupted_at_each_call
from process_settings import n_threads_of_blas
from threadpoolctl import ThreadpoolController

from skdigits.programs._limited_threads import limited_threads


def n_threads_limited():
    with limited_threads(ThreadpoolController(), 1):
        return n_threads_of_blas()


@pytest.mark.parametrize(("limit", "expected"), [(1, {1}), (None, {2})])
def test_threads_are_limited_within_the_block(limit, expected, two_threads):
    with limited_threads(ThreadpoolController(), limit):
        assert n_threads_of_blas() == expected
    assert n_threads_of_blas() == {2}


def test_threads_are_restored_and_any_thread_may_limit_after_an_interrupt_at_any_call(two_threads):
    libraries = ThreadpoolController()

    def limit(_):
        with limited_threads(libraries, 1):
            pass

    n_moments = 0
    with ThreadPoolExecutor(1) as thread:
        for _ in interrupted_at_each_call(lambda: None, limit):
            assert n_threads_of_blas() == {2}
            assert thread.submit(n_threads_limited).result() == {1}
            n_moments += 1
    assert n_moments > 10
