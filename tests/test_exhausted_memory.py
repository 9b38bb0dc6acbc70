"""Predictions if memory runs out: fewer rows at a time, then an error."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_networks import small

from skdigits.programs import _exhausted_memory
from skdigits.programs._exhausted_memory import predict_in_parts

ROWS = np.arange(100.0).reshape(50, 2)
ERRORS = [
    MemoryError(),
    RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 8 bytes."),
    RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
    type("ResourceExhaustedError", (Exception,), {})("OOM when allocating tensor"),
]


class Program:
    """Doubles rows, if they are no more than fit the memory."""

    def __init__(self, n_rows_that_fit, error=None):
        self.n_rows_that_fit = n_rows_that_fit
        self.error = error or MemoryError()
        self.calls = []

    def __call__(self, weights, rows):
        self.calls.append(len(rows))
        if len(rows) > self.n_rows_that_fit:
            raise self.error
        return 2 * rows


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_fewer_rows_are_predicted_at_a_time(error):
    program = Program(13, error)
    assert_array_equal(predict_in_parts(program, (), ROWS), 2 * ROWS)
    assert program.calls == [50, 25, 12, 12, 12, 12, 2]


def test_rows_that_fit_are_predicted_in_one_call():
    program = Program(50)
    assert_array_equal(predict_in_parts(program, (), ROWS), 2 * ROWS)
    assert program.calls == [50]


def test_a_single_image_that_does_not_fit_is_an_error():
    with pytest.raises(MemoryError, match="too small to predict a single image"):
        predict_in_parts(Program(0), (), ROWS)


def test_other_errors_are_left_as_they_are():
    program = Program(0, ValueError("shapes differ"))
    with pytest.raises(ValueError, match="shapes differ"):
        predict_in_parts(program, (), ROWS)
    assert program.calls == [50]


def test_a_classifier_predicts_in_parts_as_in_one(X, y, monkeypatch):
    classifier = small().fit(X, y)
    expected = classifier.predict_proba(X)
    forward = _exhausted_memory.predict_in_parts

    def in_little_memory(program, weights, rows):
        def limited(weights, rows):
            if len(rows) > 7:
                raise MemoryError
            return program(weights, rows)

        return forward(limited, weights, rows)

    monkeypatch.setattr("skdigits.programs._cache.predict_in_parts", in_little_memory)
    assert_allclose(classifier.predict_proba(X), expected, rtol=0, atol=1e-6)
