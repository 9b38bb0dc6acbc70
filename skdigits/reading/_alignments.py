"""Probability of a text given the frames of a line, summed over all of its alignments with them.

A frame holds the log-probabilities of no character (the blank of connectionist temporal
classification), in column 0, and of each character. In an alignment, each character takes one or
more frames, in the order of the text. Frames of no character may lie between characters, and must
lie between equal ones (Graves et al. 2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

Frames = NDArray[np.float64]  # (n_frames, 1 + n_characters), log-probabilities

NONE = 0  # column of no character
Text = tuple[int, ...]  # columns of the frames


def n_frames_needed(labels: Sequence[int]) -> int:
    """Return the smallest number of frames with which a text can be aligned."""
    return len(labels) + sum(a == b for a, b in pairwise(labels))


class Alignments:
    """All alignments of a text with the frames of a line.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, 1 + n_characters)
        Log-probabilities.
    labels : sequence of int
        The text, as columns of `frames`.
    """

    def __init__(self, frames: Frames, labels: Sequence[int]) -> None:
        # The states are the characters, and no character before, between and after them.
        states = np.full(2 * len(labels) + 1, NONE)
        states[1::2] = labels
        may_skip = np.zeros(len(states), bool)
        may_skip[3::2] = states[3::2] != states[1:-2:2]
        self._frames, self._states, self._may_skip = frames, states, may_skip
        emitted = frames[:, states]
        # Sums up to a frame, and from it on; both include the frame itself.
        self._before = _forward(emitted, may_skip)
        ends = np.pad(may_skip, (0, 2))[:1:-1]
        self._behind = _forward(emitted[::-1, ::-1], ends)[::-1, ::-1]
        self.log_probability = float(np.logaddexp.reduce(self._before[-1, -2:]))

    def centres(self) -> NDArray[np.float64]:
        """Compute the expected frame of each character, counted from 0."""
        shown = self._frames[:, self._states[1::2]]
        likelihoods = (self._before + self._behind)[:, 1::2] - shown
        weights = np.exp(likelihoods - likelihoods.max(axis=0))
        places: NDArray[np.float64] = np.arange(len(weights)) @ weights / weights.sum(axis=0)
        return places

    def character_probabilities(self) -> NDArray[np.float64]:
        """Compute the probability of each character at each place, given the other characters.

        Returns
        -------
        probabilities : ndarray of shape (n_labels, 1 + n_characters)
            Rows sum to 1. Column 0 is the probability that no character belongs there.
        """
        places = np.arange(1, len(self._states), 2)
        labels = self._states[places]
        if not len(labels):
            return np.zeros((0, self._frames.shape[1]))
        # Sums over what precedes the character at each place, and over what follows it.
        after_none, after_last = (_until_start(self._before, places - step) for step in (1, 2))
        to_none, to_next = (_until_end(self._behind, places + step) for step in (1, 2))
        after_none[0, 0] = to_none[-1, -1] = 0
        columns = np.arange(self._frames.shape[1])
        differs_from_last = columns != np.append(NONE, labels[:-1])[:, None]
        differs_from_next = columns != np.append(labels[1:], NONE)[:, None]
        begins = np.logaddexp(
            after_none[..., None], np.where(differs_from_last, after_last[..., None], -np.inf)
        )
        ends = np.logaddexp(
            to_none[..., None], np.where(differs_from_next, to_next[..., None], -np.inf)
        )
        # A character may take any run of consecutive frames.
        lasting = np.zeros((len(self._frames) + 1, 1, len(columns)))
        lasting[1:, 0] = np.cumsum(self._frames, axis=0)
        begun = np.logaddexp.accumulate(begins[:-1] - lasting[:-1], axis=0)
        scores = np.logaddexp.reduce(begun + lasting[1:] + ends[1:], axis=0)
        # Without a character, those beside it become neighbours.
        may_meet = np.append(NONE, labels[:-1]) != np.append(labels[1:], NONE)
        meets = np.logaddexp(after_none, np.where(may_meet, after_last, -np.inf))
        to_next[-1, -1] = 0
        scores[:, NONE] = np.logaddexp.reduce(meets + to_next, axis=0)
        return np.asarray(softmax(scores, axis=1))


def _forward(emitted: Frames, may_skip: NDArray[np.bool_]) -> Frames:
    """Compute the log-probability of all paths to each state, frame by frame."""
    sums = np.full_like(emitted, -np.inf)
    sums[0, :2] = emitted[0, :2]
    skipping = np.full(emitted.shape[1], -np.inf)
    for previous, now, shown in zip(sums, sums[1:], emitted[1:], strict=False):
        now[:] = previous
        now[1:] = np.logaddexp(previous[1:], previous[:-1])
        skipping[2:] = previous[:-2]
        np.logaddexp(now, skipping, out=now, where=may_skip)
        now += shown
    return sums


def _until_start(sums: Frames, states: NDArray[np.intp]) -> Frames:
    """Select the sums of states up to the previous frame; -inf for states below the first."""
    taken = np.full((len(sums) + 1, len(states)), -np.inf)
    taken[1:, states >= 0] = sums[:, states[states >= 0]]
    return taken


def _until_end(sums: Frames, states: NDArray[np.intp]) -> Frames:
    """Select the sums of states from a frame on; -inf for states above the last."""
    taken = np.full((len(sums) + 1, len(states)), -np.inf)
    is_there = states < sums.shape[1]
    taken[:-1, is_there] = sums[:, states[is_there]]
    return taken
