"""The probability that a line was read right."""

import warnings

import numpy as np
import pytest
from made_fields import make_field
from small_readers import photo_of, small_classifier, small_reader, unsure_classifier

from skdigits.datasets import fetch_mnist
from skdigits.reading import DigitReader
from skdigits.reading._confidence import (
    confidence_of,
    evidence_of,
    evidence_of_text,
)
from skdigits.reading._judgement import chain_of_digits, judge
from skdigits.reading._page import page_on
from skdigits.reading._view import view_of

ROW = [[10, 11, 12, 13]]


@pytest.fixture(scope="module")
def judged():
    (line,) = judge(page_on(view_of(photo_of(ROW))), small_classifier())
    return line


def evidence(judged, n_digits=None):
    return evidence_of(judged, chain_of_digits(judged, n_digits))


def test_evidence_is_finite_however_sure_the_classifier_is(judged):
    assert (judged.probabilities[chain_of_digits(judged).candidates] == 1).all()
    assert np.isfinite(evidence(judged)).all()
    assert 0 < confidence_of(evidence(judged)) < 1


def test_doubt_about_a_digit_lowers_the_confidence(judged):
    chosen = chain_of_digits(judged).candidates
    confidences = []
    for probability in (1.0, 0.9, 0.6):
        probabilities = judged.probabilities.copy()
        probabilities[chosen[1]] = probability
        doubtful = judged._replace(probabilities=probabilities)
        assert chain_of_digits(doubtful).candidates == chosen
        confidences.append(confidence_of(evidence(doubtful)))
    assert confidences == sorted(confidences, reverse=True)
    assert confidences[0] > confidences[1] > confidences[2]


def test_an_even_division_lowers_the_confidence(judged):
    sure = evidence(judged)
    assert confidence_of(sure._replace(of_division=0.0)) < confidence_of(sure)


def test_a_better_number_of_digits_lowers_the_confidence(judged):
    asked = evidence(judged, 3)
    assert asked.for_another_number > evidence(judged, 4).for_another_number == 0
    assert confidence_of(asked) < confidence_of(asked._replace(for_another_number=0.0))


@pytest.mark.parametrize("is_number_known", [True, False])
def test_a_more_probable_text_has_more_confidence(is_number_known):
    probabilities = [0.0, 1e-300, 0.01, 0.3, 0.8, 0.99, 1.0]
    confidences = [
        confidence_of(evidence_of_text(it, is_number_known=is_number_known)) for it in probabilities
    ]
    assert confidences == sorted(confidences)
    assert 0 < confidences[0] < 0.001
    assert 0.99 < confidences[-1] < 1


def test_a_known_number_of_digits_gives_more_confidence():
    known, unknown = (
        confidence_of(evidence_of_text(0.8, is_number_known=it)) for it in (True, False)
    )
    assert known > unknown


def test_a_reading_gives_its_confidence():
    reader = small_reader()
    lines = reader.read(photo_of([[10, 11, 12, 13], [24, 25, 26]]))
    assert len(lines.line_confidences) == 2
    assert lines.confidence == pytest.approx(np.prod(lines.line_confidences))
    known = reader.read_field(photo_of(ROW), n_digits=4)
    with pytest.warns(UserWarning, match="3 digits were asked for"):
        assert reader.read_field(photo_of(ROW), n_digits=3).confidence < known.confidence


def test_too_few_digits_are_surely_wrong():
    with pytest.warns(UserWarning, match="no ink for more"):
        assert small_reader().read_field(photo_of([[11]]), n_digits=6).confidence == 0


def test_nothing_read_has_no_confidence():
    blank = np.full((90, 90), 200, np.uint8)
    assert small_reader().read(blank).confidence == 0
    assert small_reader().read_field(blank, n_digits=5).confidence == 0


def test_unsure_digits_keep_their_best_guess():
    readings = [
        DigitReader(unsure_classifier(), min_confidence=least).read_field(photo_of(ROW), n_digits=4)
        for least in (0.5, 0)
    ]
    assert readings[0].text == "????"
    assert "".join(digit.best for digit in readings[0].digits) == readings[1].text
    assert readings[0].confidence == readings[1].confidence < 0.5


@pytest.mark.mnist
def test_fields_read_with_confidence_are_right():
    X, y = fetch_mnist(subset="train", return_X_y=True, download_if_missing=False)
    X, y = X[55_000:].reshape(-1, 28, 28), y[55_000:]
    reader = DigitReader(rotation=0)
    confidences, is_right = [], []
    for seed in range(24):
        random = np.random.default_rng(200 + seed)
        chosen = random.integers(0, len(X), 5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # Of another number of digits.
            reading = reader.read_field(make_field(X[chosen], random, touching=0.2))
        confidences.append(reading.confidence)
        is_right.append([int(digit.best) for digit in reading.digits] == y[chosen].tolist())
    confidences, is_right = np.array(confidences), np.array(is_right)
    assert is_right[confidences >= 0.95].all()
    assert np.mean(confidences >= 0.95) > 0.4
