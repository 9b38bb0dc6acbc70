"""The most probable texts, against all texts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_alignments import all_texts, small_frames

from skdigits.reading._alignments import Alignments, n_frames_needed
from skdigits.reading._transcription import most_probable_of_length, most_probable_text

EXACT = {"n_kept": 10_000, "least": -np.inf}


@settings(deadline=None, max_examples=100)
@given(small_frames())
def test_the_most_probable_text_of_all(frames):
    texts = all_texts(frames)
    assert texts[most_probable_text(frames, **EXACT)] == pytest.approx(max(texts.values()))


@settings(deadline=None, max_examples=100)
@given(small_frames(), st.integers(1, 6))
def test_the_most_probable_text_of_a_length(frames, n_characters):
    texts = all_texts(frames)
    length = min(n_characters, max(map(len, texts)))
    found = most_probable_of_length(frames, n_characters, **EXACT)
    highest = max(probability for text, probability in texts.items() if len(text) == length)
    assert len(found) == length
    assert texts[found] == pytest.approx(highest)


@settings(deadline=None, max_examples=100)
@given(small_frames())
def test_few_beginnings_suffice(frames):
    """What is left out in the search costs little."""
    highest = max(all_texts(frames).values())
    found = most_probable_text(frames)
    assert np.exp(Alignments(frames, found).log_probability) >= 0.95 * highest


def test_alignments_add_up():
    """The best path shows nothing, with a probability of 0.36; "1" has 0.64 in all."""
    frames = np.log([[0.6, 0.4], [0.6, 0.4]])
    assert most_probable_text(frames) == (1,)


def test_equal_neighbours_stay_two():
    shares = np.full((5, 3), 0.01)
    for frame, label in enumerate([1, 1, 0, 1, 2]):
        shares[frame, label] = 0.98
    assert most_probable_text(np.log(shares)) == (1, 1, 2)
    assert most_probable_of_length(np.log(shares), 3) == (1, 1, 2)
    assert most_probable_of_length(np.log(shares), 2) == (1, 2)


def test_lengths_that_are_improbable_are_found():
    shares = np.tile([0.9998, 0.0001, 0.00005, 0.00005], (12, 1))
    frames = np.log(shares)
    assert most_probable_text(frames) == ()
    for n_characters in (1, 3, 6):
        found = most_probable_of_length(frames, n_characters)
        assert len(found) == n_characters
        assert n_frames_needed(found) <= 12


def test_of_improbable_characters_the_first_of_each_frame_is_considered():
    """The best text is "2", but it begins in the first frame, where "1" is more probable."""
    frames = np.log([[0.10, 0.46, 0.44], [0.10, 0.30, 0.60]])
    assert most_probable_text(frames, **EXACT) == (2,)
    assert most_probable_text(frames, least=0.0) == (1, 2)


@pytest.mark.parametrize(
    ("second_frame", "exact", "found"),
    [
        ([0.01, 0.05, 0.05, 0.84, 0.05], (3,), (3,)),
        ([0.01, 0.05, 0.05, 0.05, 0.84], (4,), (1,)),
    ],
)
def test_of_improbable_characters_three_are_considered_if_the_length_is_known(
    second_frame, exact, found
):
    frames = np.log([[0.01, 0.26, 0.25, 0.245, 0.235], second_frame])
    assert most_probable_of_length(frames, 1, **EXACT) == exact
    assert most_probable_of_length(frames, 1, least=0.0) == found
