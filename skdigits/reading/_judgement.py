"""Lines of ink with classified candidates, and the most probable reading of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from skdigits.ink.frame import FRAME, frame_strokes
from skdigits.ink.strokes import Ink, stroke_thickness
from skdigits.reading._candidates import (
    Candidate,
    PartedLine,
    candidates_of,
    ink_of,
    is_one_piece,
    is_uncut,
    part_line,
    skip_cost,
)
from skdigits.reading._chain import Chain, best_chain
from skdigits.reading._lines import Line, lines_of, pieces_of
from skdigits.reading._page import Page

_LIKELY = 0.5  # probability from which a piece counts as a digit
_NO_DIGIT = 0.05  # share of pieces that are not digits, a priori
_LEAST = 1e-9  # probability, so that its logarithm is finite


class JudgedLine(NamedTuple):
    """The candidates of a line, with the likeliest class of each and its probability."""

    line: PartedLine
    candidates: list[Candidate]
    classes: NDArray[np.intp]
    probabilities: NDArray[np.float64]


def judge(page: Page, classifier: Any) -> list[JudgedLine]:
    """Divide lines into candidates, and classify all of them at once."""
    pieces, labels = pieces_of(page.ink, page.edge)
    lines = lines_of(pieces)
    if not lines:
        return []
    thickness = _thickness(labels, lines)
    parted = [part_line(line, labels, page.ink, thickness) for line in lines]
    candidates = [candidates_of(line) for line in parted]
    strokes = [
        ink_of(line, candidate)
        for line, found in zip(parted, candidates, strict=True)
        for candidate in found
    ]
    if not strokes:
        return []
    classes, probabilities = likeliest(strokes, classifier)
    ends = np.cumsum([len(found) for found in candidates])[:-1]
    parts = np.split(classes, ends), np.split(probabilities, ends)
    return list(map(JudgedLine, parted, candidates, *parts))


def likeliest(
    strokes: Sequence[Ink], classifier: Any
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Frame the ink of candidates; find the likeliest class of each, and its probability."""
    rows = np.stack([frame_strokes(ink) for ink in strokes]).reshape(len(strokes), FRAME * FRAME)
    return likeliest_of_rows(rows, classifier)


def likeliest_of_rows(
    rows: NDArray[np.uint8], classifier: Any
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find the likeliest class of each framed digit, and its probability."""
    probabilities = probabilities_of_rows(classifier, rows)
    highest = np.maximum(probabilities.max(axis=1), _LEAST)
    return probabilities.argmax(axis=1), highest.astype(np.float64)


def chain_of_text(judged: JudgedLine) -> Chain:
    """Find the best chain of a line that may contain letters: non-digits stay whole."""
    probabilities = judged.probabilities.copy()
    uncut = [is_uncut(judged.line, candidate) for candidate in judged.candidates]
    probabilities[uncut] = np.maximum(probabilities[uncut], share_of_non_digits(judged))
    return _chain(judged, probabilities)


def chain_of_digits(judged: JudgedLine, n_digits: int | None = None) -> Chain:
    """Find the best chain of a line of digits only, of `n_digits` if that is given."""
    return _chain(judged, judged.probabilities, n_digits)


def share_of_non_digits(judged: JudgedLine) -> float:
    """Estimate the share of non-digits among the pieces of a line: high for words."""
    pieces = [is_one_piece(judged.line, candidate) for candidate in judged.candidates]
    is_read = judged.probabilities[pieces] >= _LIKELY
    return float((np.count_nonzero(~is_read) + _NO_DIGIT) / (len(is_read) + 1))


def _chain(
    judged: JudgedLine, probabilities: NDArray[np.float64], n_digits: int | None = None
) -> Chain:
    plausibilities = [candidate.plausibility for candidate in judged.candidates]
    scores = np.log(probabilities) + plausibilities
    costs = [skip_cost(judged.line, part) for part in judged.line.parts]
    return best_chain(len(costs), judged.candidates, judged.classes, scores, costs, n_digits)


def probabilities_of_rows(classifier: Any, rows: NDArray[np.uint8]) -> NDArray[Any]:
    """Predict probabilities, or compute them from scores."""
    if hasattr(classifier, "predict_proba"):
        probabilities: NDArray[Any] = classifier.predict_proba(rows)
        return probabilities
    scores = classifier.decision_function(rows)
    if scores.ndim == 1:
        scores = np.column_stack([-scores, scores])
    if scores.shape[1] != len(classifier.classes_):
        raise ValueError(
            f"classifier must have one score per class, got {scores.shape[1]} scores from its "
            f"decision_function for {len(classifier.classes_)} classes. A support vector machine "
            'requires decision_function_shape="ovr".'
        )
    return np.asarray(softmax(scores, axis=1))


def _thickness(labels: NDArray[np.int32], lines: Sequence[Line]) -> float:
    """Measure the thickness of the strokes of lines."""
    is_wanted = np.zeros(labels.max() + 1, bool)
    is_wanted[[piece.label for line in lines for piece in line.pieces]] = True
    return stroke_thickness(is_wanted[labels])
