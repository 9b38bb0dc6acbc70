"""The best chain of candidates: those that are the digits of a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits.reading._candidates import Candidate

_Links = tuple[int, "_Links"] | None  # a candidate, and the ones before it
_N_TEXTS = 2  # the best one and the next best


class Chain(NamedTuple):
    """Indices of candidates from left to right, and the logarithm of their joint probability.

    The lead is the difference to the score of the best chain with another text. It is infinite if
    all chains have the same text.
    """

    candidates: list[int]
    score: float
    lead: float


class _Partial(NamedTuple):
    """The beginning of a chain, up to some part."""

    score: float
    text: tuple[int, ...]
    links: _Links

    def indices(self) -> Iterator[int]:
        links = self.links
        while links is not None:
            i, links = links
            yield i


def best_chain(
    n_parts: int,
    candidates: Sequence[Candidate],
    classes: Sequence[int] | NDArray[np.intp],
    scores: NDArray[np.float64],
    skip_costs: Sequence[float],
    n_digits: int | None = None,
) -> Chain:
    """Find the best chain of candidates, of exactly `n_digits` candidates if that is given.

    If no chain has this number of candidates, the number nearest to it is used.
    """
    by_stop: list[list[int]] = [[] for _ in range(n_parts + 1)]
    for i, candidate in enumerate(candidates):
        by_stop[candidate.stop].append(i)
    # best[stop][count] holds the best chains of different texts. What follows is the same for all
    # of them, so that the two best chains in the end continue two of these.
    best: list[dict[int, list[_Partial]]] = [{0: [_Partial(0.0, (), None)]}]
    for stop in range(1, n_parts + 1):
        reached: dict[int, list[_Partial]] = {}
        for count, partials in best[stop - 1].items():
            for score, text, links in partials:
                _keep_better(reached, count, _Partial(score - skip_costs[stop - 1], text, links))
        for i in by_stop[stop]:
            for count, partials in best[candidates[i].start].items():
                next_count = count + 1 if n_digits is not None else 0
                if n_digits is None or next_count <= n_digits:
                    for score, text, links in partials:
                        longer = _Partial(
                            score + float(scores[i]), (*text, int(classes[i])), (i, links)
                        )
                        _keep_better(reached, next_count, longer)
        best.append(reached)
    last = best[n_parts]
    count = min(last, key=lambda count: abs(count - (n_digits or 0)))
    first, *rivals = last[count]
    lead = first.score - rivals[0].score if rivals else np.inf
    return Chain(list(first.indices())[::-1], first.score, lead)


def _keep_better(reached: dict[int, list[_Partial]], count: int, partial: _Partial) -> None:
    """Keep the best chain of each of the best texts, the best one first."""
    kept = reached.setdefault(count, [])
    if len(kept) == _N_TEXTS and partial.score <= kept[-1].score:
        return
    for i, other in enumerate(kept):
        if other.text == partial.text:
            if partial.score <= other.score:
                return
            del kept[i]
            break
    kept.append(partial)
    kept.sort(key=lambda partial: -partial.score)
    del kept[_N_TEXTS:]
