"""The most probable text along the frames of a line, of any length or of a known one.

A prefix beam search: frame by frame, the probabilities of the alignments of each beginning of a
text are summed, and the most probable beginnings are kept, of all or of each length.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from heapq import nlargest
from math import exp, inf, log, log1p

import numpy as np

from skdigits.reading._alignments import NONE, Frames, Text

# Log-probabilities of the alignments that end with no character, and with the last character.
Ends = tuple[float, float]

_N_KEPT = 8  # beginnings: width of the beam
_LEAST = log(1e-4)  # log-probability of a character that is considered
# Log-ratios: of the most probable beginning to the least probable one that is kept, and of two
# probabilities of which the smaller one is negligible in their sum.
_FURTHEST, _NEGLIGIBLE = 14.0, 36.0


def most_probable_text(frames: Frames, *, n_kept: int = _N_KEPT, least: float = _LEAST) -> Text:
    """Find the most probable text."""
    best: dict[Text, Ends] = {(): (0.0, -inf)}
    for frame, likely in zip(frames.tolist(), _likely(frames, least, 1), strict=True):
        found = _extended(best, frame, likely, len(frames))
        furthest = max(map(max, found.values())) - _FURTHEST
        best = _kept({text: ends for text, ends in found.items() if max(ends) > furthest}, n_kept)
    return max(best, key=lambda text: _total(best[text]))


def most_probable_of_length(
    frames: Frames, n_characters: int, *, n_kept: int = _N_KEPT // 2, least: float = _LEAST
) -> Text:
    """Find the most probable text of `n_characters`, or of as many as fit into the frames."""
    best: dict[Text, Ends] = {(): (0.0, -inf)}
    for i, (frame, likely) in enumerate(
        zip(frames.tolist(), _likely(frames, least, 3), strict=True), start=1
    ):
        found = _extended(best, frame, likely, n_characters)
        lengths: defaultdict[int, dict[Text, Ends]] = defaultdict(dict)
        for text, ends in found.items():
            lengths[len(text)][text] = ends
        # Each frame that is left can add one character.
        shortest = min(n_characters - (len(frames) - i), max(lengths))
        best = {
            text: ends
            for length, group in lengths.items()
            if length >= shortest
            for text, ends in _kept(group, n_kept).items()
        }
    longest = max(map(len, best))
    return max((text for text in best if len(text) == longest), key=lambda text: _total(best[text]))


def _extended(
    best: dict[Text, Ends], frame: list[float], likely: Iterable[int], longest: int
) -> dict[Text, Ends]:
    """Extend beginnings by a frame: of no character, the last one again, or a further one."""
    found: dict[Text, Ends] = {}
    for text, (none, last) in best.items():
        total = _add(none, last)
        before = found.get(text, (-inf, -inf))
        repeated = last + frame[text[-1]] if text else -inf
        found[text] = (_add(before[0], total + frame[NONE]), _add(before[1], repeated))
        if len(text) == longest:
            continue
        for label in likely:
            # Equal neighbours require a frame of no character between them.
            way = none if text and label == text[-1] else total
            if way == -inf:
                continue
            longer = (*text, label)
            before = found.get(longer, (-inf, -inf))
            found[longer] = (before[0], _add(before[1], way + frame[label]))
    return found


def _likely(frames: Frames, least: float, n_least: int) -> list[list[int]]:
    """Find the probable characters of each frame, at least `n_least` of them."""
    characters = frames[:, 1:]
    rank = np.argsort(np.argsort(-characters, axis=1, kind="stable"), axis=1)
    is_likely = (characters > least) | (rank < n_least)
    return [(np.flatnonzero(row) + 1).tolist() for row in is_likely]


def _kept(texts: dict[Text, Ends], n_kept: int) -> dict[Text, Ends]:
    if len(texts) <= n_kept:
        return texts
    return dict(nlargest(n_kept, texts.items(), key=lambda item: _total(item[1])))


def _total(ends: Ends) -> float:
    return _add(*ends)


def _add(a: float, b: float) -> float:
    """Add two probabilities, as logarithms."""
    if a < b:
        a, b = b, a
    return a + log1p(exp(b - a)) if a - b < _NEGLIGIBLE else a
