"""Probabilities of texts, against sums over all alignments."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import log_softmax

from skdigits.reading._alignments import Alignments, n_frames_needed


@st.composite
def small_frames(draw, most_frames=5, most_characters=3):
    n_frames = draw(st.integers(1, most_frames))
    n_characters = draw(st.integers(1, most_characters))
    seed, spread = draw(st.integers(0, 10_000)), draw(st.sampled_from([0.3, 2.0, 6.0]))
    scores = spread * np.random.default_rng(seed).normal(size=(n_frames, 1 + n_characters))
    return log_softmax(scores, axis=1)


def collapsed(path):
    return tuple(
        label for i, label in enumerate(path) if label and (i == 0 or path[i - 1] != label)
    )


def all_texts(frames):
    """The probability of each text: the sum over all paths that read as it."""
    texts = {}
    for path in product(range(frames.shape[1]), repeat=len(frames)):
        probability = np.exp(sum(frame[label] for frame, label in zip(frames, path, strict=True)))
        texts[collapsed(path)] = texts.get(collapsed(path), 0) + probability
    return texts


@settings(deadline=None, max_examples=60)
@given(small_frames())
def test_probabilities_are_sums_over_all_alignments(frames):
    texts = all_texts(frames)
    assert sum(texts.values()) == pytest.approx(1)
    for text, probability in texts.items():
        assert np.exp(Alignments(frames, text).log_probability) == pytest.approx(probability)


@settings(deadline=None, max_examples=60)
@given(small_frames())
def test_characters_are_weighed_against_all_others_at_their_place(frames):
    texts = all_texts(frames)
    for text in texts:
        expected = np.zeros((len(text), frames.shape[1]))
        for i in range(len(text)):
            for label in range(1, frames.shape[1]):
                expected[i, label] = texts.get((*text[:i], label, *text[i + 1 :]), 0)
            expected[i, 0] = texts.get(text[:i] + text[i + 1 :], 0)
        expected /= expected.sum(axis=1, keepdims=True)
        found = Alignments(frames, text).character_probabilities()
        assert_allclose(found, expected, atol=1e-9)


def test_texts_that_the_frames_cannot_hold_are_impossible():
    frames = np.log(np.full((2, 3), 1 / 3))
    assert Alignments(frames, (1, 1)).log_probability == -np.inf
    assert Alignments(frames, (1, 2, 1)).log_probability == -np.inf
    assert n_frames_needed((1, 1)) == n_frames_needed((1, 2, 1)) == 3
    assert n_frames_needed(()) == 0


def test_centres_are_where_the_characters_are():
    shares = np.full((9, 3), 0.01)
    for frame, label in enumerate([0, 1, 0, 0, 2, 2, 2, 0, 1]):
        shares[frame, label] = 0.98
    assert_allclose(Alignments(np.log(shares), (1, 2, 1)).centres(), [1, 5, 8], atol=0.1)
    assert Alignments(np.log(shares), ()).centres().shape == (0,)
