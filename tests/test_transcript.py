"""Texts found along the frames of a line, with their probabilities and boxes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdigits.reading._transcript import SeenLine

CHARACTERS = np.array(list("0123456789?"))


def seen(text, *, certainty=0.9, gap=6, scale=(1.0, 1.0)):
    """Frames that show a text, a character every `gap` frames, and its ink in the picture."""
    n_frames = gap * (len(text) + 1)
    rest = (1 - certainty) / len(CHARACTERS)
    frames = np.full((n_frames, len(CHARACTERS) + 1), rest)
    frames[:, 0] = certainty
    picture = np.zeros((32, 2 * n_frames), np.float32)
    for i, character in enumerate(text, start=1):
        frames[gap * i] = rest
        frames[gap * i, 1 + CHARACTERS.tolist().index(character)] = certainty
        picture[8:24, 2 * gap * i - 3 : 2 * gap * i + 4] = 1
    return SeenLine(picture, scale, np.log(frames), CHARACTERS)


@pytest.mark.parametrize("text", ["", "7", "1234", "55?0"])
def test_text_is_found(text):
    transcript = seen(text).transcript()
    assert transcript.text == text
    assert transcript.character_probabilities.shape == (len(text), len(CHARACTERS))
    assert transcript.boxes.shape == (len(text), 4)


def test_probability_is_at_least_that_of_the_likeliest_alignment():
    transcript = seen("42", certainty=0.95).transcript()
    n_frames = len(seen("42").frames)
    assert 0.95**n_frames < transcript.probability < 1
    likeliest = transcript.character_probabilities.argmax(axis=1)
    assert CHARACTERS[likeliest].tolist() == ["4", "2"]
    assert (transcript.character_probabilities.sum(axis=1) <= 1).all()


def test_length_that_is_asked_for():
    line = seen("123", certainty=0.6)
    for n_characters in (2, 3, 4):
        found = line.transcript(n_characters=n_characters)
        assert len(found.text) == n_characters
        assert found.probability <= line.transcript().probability
    # No more fit into the frames.
    assert len(seen("1").transcript(n_characters=30).text) <= len(seen("1").frames)


def test_only_characters_that_are_allowed():
    assert set(seen("1?2", certainty=0.5).transcript(allowed="0123456789").text) <= {*"0123456789"}


def test_boxes_hold_the_ink_in_pixels_of_the_original():
    boxes = seen("12", scale=(2.0, 3.0)).transcript().boxes
    assert_array_equal(boxes, [[18, 24, 32, 72], [42, 24, 56, 72]])


def test_boxes_without_ink_have_the_full_height():
    line = seen("12")
    boxes = line._replace(picture=np.zeros_like(line.picture)).transcript().boxes
    assert_array_equal(boxes[:, [1, 3]], [[0, 32], [0, 32]])
    assert_allclose(boxes[0, 2], boxes[1, 0], atol=1)
