"""The most probable text along the frames of a line, of any length or of a known one.

A search over beginnings of texts, frame by frame, that adds up the alignments of each and keeps
the most probable ones: of all, or of each length.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from heapq import nlargest
from math import exp, inf, log, log1p

import numpy as np

from skdigits.reading._alignments import NONE, Frames, Text

# Log-probability of the alignments that end with no character, and with the last character.
Ends = tuple[float, float]

_N_KEPT = 8  # beginnings
_LEAST = log(1e-4)  # log-probability of a character that is considered
# Logarithms: how far behind the most probable beginning others may be, and what adds nothing.
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
    """Find the most probable text of so many characters, or of as many as the frames can hold."""
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
    """Go one frame on: with no character, with the last one, or with a further one."""
    found: dict[Text, Ends] = {}
    for text, (none, last) in best.items():
        total = _add(none, last)
        before = found.get(text, (-inf, -inf))
        repeated = last + frame[text[-1]] if text else -inf
        found[text] = (_add(before[0], total + frame[NONE]), _add(before[1], repeated))
        if len(text) == longest:
            continue
        for label in likely:
            # Equal neighbours are two only with no character between them.
            way = none if text and label == text[-1] else total
            if way == -inf:
                continue
            longer = (*text, label)
            before = found.get(longer, (-inf, -inf))
            found[longer] = (before[0], _add(before[1], way + frame[label]))
    return found


def _likely(frames: Frames, least: float, n_least: int) -> list[list[int]]:
    """List the characters of each frame that are considered, but `n_least` at least."""
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
    """Add two probabilities by their logarithms."""
    if a < b:
        a, b = b, a
    return a + log1p(exp(b - a)) if a - b < _NEGLIGIBLE else a
