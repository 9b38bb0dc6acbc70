"""The best chain against all chains, tried one by one."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdigits.ink.box import Box
from skdigits.reading._candidates import Candidate
from skdigits.reading._chain import best_chain


def candidate(start, stop):
    return Candidate(start, stop, Box(0, 0, 1, 1), 0.0)


def score_of(chain, candidates, scores, skip_costs):
    """Score of a chain, or None if its candidates overlap."""
    covered = [part for i in chain for part in range(candidates[i].start, candidates[i].stop)]
    if sorted(set(covered)) != covered:
        return None
    skipped = set(range(len(skip_costs))) - set(covered)
    return sum(scores[i] for i in chain) - sum(skip_costs[part] for part in skipped)


@st.composite
def problems(draw):
    n_parts = draw(st.integers(1, 5))
    places = [(i, j) for i in range(n_parts) for j in range(i + 1, n_parts + 1)]
    chosen = draw(st.lists(st.sampled_from(places), max_size=7, unique=True))
    number = st.floats(0, 10)
    scores = draw(st.lists(number, min_size=len(chosen), max_size=len(chosen)))
    costs = draw(st.lists(number, min_size=n_parts, max_size=n_parts))
    classes = draw(st.lists(st.integers(0, 2), min_size=len(chosen), max_size=len(chosen)))
    return [candidate(*place) for place in sorted(chosen)], classes, -np.array(scores), costs


@given(problems(), st.none() | st.integers(1, 3))
def test_best_chain_is_the_best_of_all(problem, n_digits):
    candidates, classes, scores, costs = problem
    found, score, lead = best_chain(len(costs), candidates, classes, scores, costs, n_digits)
    every = [
        chain
        for size in range(len(candidates) + 1)
        for chain in itertools.combinations(range(len(candidates)), size)
        if score_of(chain, candidates, scores, costs) is not None
    ]
    if n_digits is not None:
        reachable = [len(chain) for chain in every if len(chain) <= n_digits]
        every = [chain for chain in every if len(chain) == max(reachable)]
    best = max(score_of(chain, candidates, scores, costs) for chain in every)
    assert score_of(found, candidates, scores, costs) == pytest.approx(best)
    assert score == pytest.approx(best)
    if n_digits is not None:
        assert len(found) == max(reachable)
    text = [classes[i] for i in found]
    others = [
        score_of(chain, candidates, scores, costs)
        for chain in every
        if [classes[i] for i in chain] != text
    ]
    assert lead == pytest.approx(best - max(others, default=-np.inf), abs=1e-9)
