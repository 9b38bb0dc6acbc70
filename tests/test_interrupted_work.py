"""A few random moments of what benchmarks/interrupts.py interrupts hundreds of times."""

import os

import pytest
from interrupted_work import ENDS, LEFT, WORK, outcomes

N_MOMENTS = 12


@pytest.mark.skipif(os.name != "posix", reason="sends signals of POSIX")
@pytest.mark.parametrize("kind", WORK)
def test_what_is_interrupted_is_as_before_or_fitted_and_the_next_call_works(kind):
    counts = outcomes(WORK[kind](), N_MOMENTS)
    assert sum(counts.get(end, 0) for end in ENDS) == N_MOMENTS
    assert counts.get("broken", 0) == 0
    assert counts["next call works"] == N_MOMENTS
    assert not any(counts.get(name) for name in LEFT)
