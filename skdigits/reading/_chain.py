"""The best chain of candidates: which of them are the digits of a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits.reading._candidates import Candidate


class Chain(NamedTuple):
    """Indices of candidates from left to right, and the logarithm of how probable they are."""

    candidates: list[int]
    score: float


def best_chain(
    n_parts: int,
    candidates: Sequence[Candidate],
    scores: NDArray[np.float64],
    skip_costs: Sequence[float],
    n_digits: int | None = None,
) -> Chain:
    """Choose the candidates that cover the parts best, exactly `n_digits` of them if given.

    The chain has the number of digits nearest to `n_digits` if none has just that many.
    """
    by_stop: list[list[int]] = [[] for _ in range(n_parts + 1)]
    for i, candidate in enumerate(candidates):
        by_stop[candidate.stop].append(i)
    # best[stop][count] is the best score so far and the step that led to it.
    best: list[dict[int, tuple[float, int, int]]] = [{0: (0.0, -1, 0)}]
    for stop in range(1, n_parts + 1):
        reached: dict[int, tuple[float, int, int]] = {}
        for count, (score, _, _) in best[stop - 1].items():
            _keep_better(reached, count, (score - skip_costs[stop - 1], -1, count))
        for i in by_stop[stop]:
            for count, (score, _, _) in best[candidates[i].start].items():
                next_count = count + 1 if n_digits is not None else 0
                if n_digits is None or next_count <= n_digits:
                    _keep_better(reached, next_count, (score + scores[i], i, count))
        best.append(reached)
    last = best[n_parts]
    count = min(last, key=lambda count: abs(count - (n_digits or 0)))
    score = last[count][0]
    chain = []
    stop = n_parts
    while stop > 0:
        _, i, before = best[stop][count]
        if i >= 0:
            chain.append(i)
        stop = candidates[i].start if i >= 0 else stop - 1
        count = before
    return Chain(chain[::-1], score)


def _keep_better(
    reached: dict[int, tuple[float, int, int]], count: int, step: tuple[float, int, int]
) -> None:
    if count not in reached or step[0] > reached[count][0]:
        reached[count] = step
