"""Second opinions on what a recognizer read."""

import numpy as np
import pytest
from small_readers import photo_of, small_classifier, text_of

from skdigits.reading._confirmation import Opinion
from skdigits.reading._page import page_on
from skdigits.reading._transcript import Transcript
from skdigits.reading._view import view_of

DIGITS = np.array(list("0123456789"))
NUMBERS = [10, 11, 12, 13]
TEXT = text_of([NUMBERS])
GAP, MARGIN = 12, 30
BOXES = [[MARGIN + i * (56 + GAP), MARGIN, MARGIN + i * (56 + GAP) + 56, MARGIN + 56]
         for i in range(len(NUMBERS))]  # fmt: skip


class Sure:
    """A classifier that gives every picture the same probabilities, and counts the pictures."""

    def __init__(self, label, probability):
        self.classes_ = np.arange(10)
        self.probabilities = np.full(10, (1 - probability) / 9)
        self.probabilities[label] = probability
        self.n_asked = 0

    def predict_proba(self, rows):
        self.n_asked += len(rows)
        return np.tile(self.probabilities, (len(rows), 1))


def transcript_of(text, probability=0.6, characters=DIGITS):
    """Digits with this probability each, and the others less alike."""
    rows = np.full((len(text), len(characters)), (0.9 - probability) / (len(characters) - 1))
    for row, character in zip(rows, text, strict=True):
        row[characters == character] = probability
    return Transcript(text, probability ** len(text), rows, np.array(BOXES[: len(text)], float))


def confirmed(transcript, classifier, photo=None, characters=DIGITS, labels=DIGITS):
    view = view_of(photo_of([NUMBERS], gap=GAP, margin=MARGIN) if photo is None else photo)
    return Opinion(classifier, list(labels)).on(transcript, characters, view, page_on(view))


@pytest.mark.parametrize("place", range(len(NUMBERS)))
def test_a_wrong_digit_is_corrected(place):
    other = str((int(TEXT[place]) + 1) % 10)
    wrong = TEXT[:place] + other + TEXT[place + 1 :]
    read = transcript_of(wrong, probability=0.5)
    result = confirmed(read, small_classifier())
    assert result.text == TEXT
    assert 0 < result.probability <= 1
    np.testing.assert_array_equal(result.boxes, read.boxes)


def test_the_probabilities_are_geometric_means():
    classifier = Sure(3, 0.7)
    read = transcript_of(TEXT)
    result = confirmed(read, classifier)
    assert classifier.n_asked == len(TEXT)
    means = np.sqrt(read.character_probabilities * classifier.probabilities)
    means *= 0.9 / means.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(result.character_probabilities, means, atol=1e-4)
    # The probability that no character belongs there stays.
    np.testing.assert_allclose(result.character_probabilities.sum(axis=1), 0.9, atol=1e-4)
    assert result.probability == pytest.approx(np.prod(means.max(axis=1)), rel=1e-3)


def test_agreement_makes_surer_and_doubt_less_sure():
    read = transcript_of(TEXT)
    assert confirmed(read, small_classifier()).probability > read.probability
    assert confirmed(read, Sure(3, 0.1)).probability < read.probability


def test_digits_that_touch_keep_their_own():
    photo = photo_of([NUMBERS], gap=GAP, margin=MARGIN)
    photo[MARGIN + 26 : MARGIN + 32, MARGIN + 20 : MARGIN + 56 + GAP + 36] = 30
    classifier = Sure(3, 0.99)
    result = confirmed(transcript_of(TEXT), classifier, photo)
    assert result.text == TEXT[:2] + "33"
    assert classifier.n_asked == 2


def test_what_is_no_digit_stays():
    characters = np.append(DIGITS, "?")
    read = transcript_of("?" * len(NUMBERS), characters=characters)
    assert confirmed(read, small_classifier(), characters=characters) is read
    mixed = transcript_of("?" + TEXT[1:], characters=characters)
    assert confirmed(mixed, Sure(3, 0.99), characters=characters).text == "?333"


def test_a_classifier_of_fewer_digits_is_not_asked():
    read = transcript_of(TEXT)
    classifier = Sure(3, 0.99)
    assert confirmed(read, classifier, labels=DIGITS[:5]) is read
    assert classifier.n_asked == 0


def test_a_recognizer_of_fewer_digits():
    characters = np.array(sorted({*TEXT, "9"}))
    read = transcript_of("9" + TEXT[1:], probability=0.5, characters=characters)
    assert confirmed(read, small_classifier(), characters=characters).text == TEXT


def test_nothing_read_and_nothing_written():
    nothing = Transcript("", 0.7, np.zeros((0, 10)), np.zeros((0, 4)))
    assert confirmed(nothing, small_classifier()) is nothing
    read = transcript_of(TEXT)
    blank = np.full((116, 320), 235, np.uint8)
    assert confirmed(read, small_classifier(), blank) is read
