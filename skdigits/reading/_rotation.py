"""Number of quarter turns after which a photo reads best: 0 unless that is much worse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skdigits.reading._candidates import ink_of, is_one_piece
from skdigits.reading._judgement import JudgedLine, chain_of_digits, likeliest

N_QUARTERS = 4
_MOST_PIECES = 40  # to turn and classify again
FEWEST_DIGITS = 3  # fewer look too often like other digits after a turn
# Least log-ratio of probabilities, turned to upright: of single pieces, and of the reading.
_LEAST_LEAD_OF_PIECES, LEAST_LEAD = 0.5, 1.5
LEAST_PROBABILITY = 0.9  # mean of the digits of a turned photo


def likeliest_turn(judged: Sequence[JudgedLine], classifier: Any) -> int:
    """Find the turn after which single pieces look most like digits.

    Returns
    -------
    n_quarters : int
        Number of clockwise quarter turns; 0 if no other can be right, so that only turned photos
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
    """Check whether digits are clearly legible on the turned photo, and not upright."""
    probabilities = [
        one.probabilities[i] for one in turned for i in chain_of_digits(one).candidates
    ]
    return (
        len(probabilities) >= FEWEST_DIGITS
        and float(np.mean(probabilities)) >= LEAST_PROBABILITY
        and _score(turned) - _score(upright) >= LEAST_LEAD
    )


def _score(judged: Sequence[JudgedLine]) -> float:
    """Compute the log-probability of the best reading."""
    return sum(chain_of_digits(one).score for one in judged)
