"""By how many quarter turns a photo reads best, upright as long as that is not much worse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skdigits.reading._candidates import ink_of, is_one_piece
from skdigits.reading._judgement import JudgedLine, chain_of_digits, likeliest

N_QUARTERS = 4
_MOST_PIECES = 40  # that are turned and judged again
FEWEST_DIGITS = 3  # of fewer, too many look like others when they are turned
# Logarithms of how much more probable a turned photo must be: by single pieces, and as it is read.
_LEAST_LEAD_OF_PIECES, LEAST_LEAD = 0.5, 1.5
LEAST_PROBABILITY = 0.9  # mean of its digits


def likeliest_turn(judged: Sequence[JudgedLine], classifier: Any) -> int:
    """Find the turn after which single pieces look most like digits.

    Returns
    -------
    n_quarters : int
        Quarters of a turn, clockwise: 0 if no other can be right, so that turned photos alone
        take more time.
    """
    if _score(judged) >= -LEAST_LEAD:
        return 0
    pieces = [
        (ink_of(one.line, candidate), probability)
        for one in judged
        for candidate, probability in zip(one.candidates, one.probabilities, strict=True)
        if is_one_piece(one.line, candidate)
    ]
    pieces = pieces[:: -(-len(pieces) // _MOST_PIECES) or 1]
    if not pieces:
        return 0
    scores = [sum(np.log(probability) for _, probability in pieces)]
    for n_quarters in range(1, N_QUARTERS):
        turned = [np.rot90(ink, -n_quarters) for ink, _ in pieces]
        scores.append(np.log(likeliest(turned, classifier)[1]).sum())
    best = int(np.argmax(scores))
    return best if scores[best] - scores[0] >= _LEAST_LEAD_OF_PIECES else 0


def reads_better(turned: Sequence[JudgedLine], upright: Sequence[JudgedLine]) -> bool:
    """Tell whether a turned photo reads as digits without doubt, and upright it does not."""
    probabilities = [
        one.probabilities[i] for one in turned for i in chain_of_digits(one).candidates
    ]
    return (
        len(probabilities) >= FEWEST_DIGITS
        and float(np.mean(probabilities)) >= LEAST_PROBABILITY
        and _score(turned) - _score(upright) >= LEAST_LEAD
    )


def _score(judged: Sequence[JudgedLine]) -> float:
    """Give the logarithm of how probable the best reading is."""
    return sum(chain_of_digits(one).score for one in judged)
