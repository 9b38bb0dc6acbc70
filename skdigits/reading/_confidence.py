"""How sure a reading is: the probability that all digits of a line were read right."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from skdigits.reading._chain import Chain
from skdigits.reading._judgement import JudgedLine, chain_of_digits

# Logarithms of odds beyond which evidence counts no more: no classifier is as sure as it says, and
# a division that leads by so much is as good as any.
_MOST, _MOST_OF_DIVISION = 8.0, 3.0
# Of a logistic regression on made fields of writers whose digits were left out of training:
# `benchmarks/confidence.py` fits them.
_INTERCEPT = -0.55
_WEIGHTS = (0.54, 1.04, -0.56)


class Evidence(NamedTuple):
    """What speaks for the reading of a line, and against it.

    Logarithms of odds: that each digit is the likeliest one, by the classifier; that the line is
    divided as it was, rather than into the next best text; and how much better another number of
    digits would be, if theirs was asked for.
    """

    of_digits: float
    of_division: float
    for_another_number: float


def evidence_of(judged: JudgedLine, chain: Chain) -> Evidence:
    """Weigh the chain that was chosen for a line against others."""
    log_probability = float(np.log(judged.probabilities[chain.candidates]).sum())
    doubt = max(-np.expm1(log_probability), np.exp(-_MOST))
    better = chain_of_digits(judged).score - chain.score
    return Evidence(
        max(-_MOST, log_probability - float(np.log(doubt))),
        min(_MOST_OF_DIVISION, chain.lead),
        min(_MOST, max(0.0, better)),
    )


def confidence_of(evidence: Evidence) -> float:
    """Give the probability that a line with this evidence was read right."""
    return float(expit(_INTERCEPT + np.dot(_WEIGHTS, evidence)))
