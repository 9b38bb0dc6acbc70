"""Confidence of a reading: the probability that all digits of a line are read correctly.

Both kinds of readers have theirs fitted by `benchmarks/confidence.py`: by logistic regressions on
synthetic fields of writers whose digits were left out of training.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from skdigits.reading._chain import Chain
from skdigits.reading._judgement import JudgedLine, chain_of_digits

# Log-odds beyond which evidence is cut off: classifiers are overconfident, and a larger lead of a
# division does not make it more certain.
_MOST, _MOST_OF_DIVISION, _MOST_OF_TEXT = 8.0, 3.0, 5.0


class Evidence(NamedTuple):
    """Evidence for and against the reading of a line, as log-odds.

    For all digits, by the classifier; for the division of the line, compared with that of the next
    best text; and for another number of digits than the one asked for.
    """

    of_digits: float
    of_division: float
    for_another_number: float


class TextEvidence(NamedTuple):
    """Evidence for the reading of a line as a whole.

    Log-odds of the text, of all that the recognizer knows, and 1 if the number of digits is known,
    else 0: fewer texts can then be meant.
    """

    of_text: float
    of_number: float


def evidence_of(judged: JudgedLine, chain: Chain) -> Evidence:
    """Compare the chosen chain of a line with others."""
    log_probability = float(np.log(judged.probabilities[chain.candidates]).sum())
    doubt = max(-np.expm1(log_probability), np.exp(-_MOST))
    better = chain_of_digits(judged).score - chain.score
    return Evidence(
        max(-_MOST, log_probability - float(np.log(doubt))),
        min(_MOST_OF_DIVISION, chain.lead),
        min(_MOST, max(0.0, better)),
    )


def evidence_of_text(probability: float, *, is_number_known: bool) -> TextEvidence:
    """Compute the evidence for a text from its probability by a recognizer."""
    log_odds = float(np.clip(logit(probability), -_MOST, _MOST_OF_TEXT))
    return TextEvidence(log_odds, float(is_number_known))


# Intercept and weights of each regression.
_FITTED: dict[type[Evidence | TextEvidence], tuple[float, tuple[float, ...]]] = {
    Evidence: (-0.55, (0.54, 1.04, -0.56)),
    TextEvidence: (0.48, (1.27, 0.74)),
}


def confidence_of(evidence: Evidence | TextEvidence) -> float:
    """Compute the probability that a line with this evidence is read correctly."""
    intercept, weights = _FITTED[type(evidence)]
    return float(expit(intercept + np.dot(weights, evidence)))
