"""By how many quarter turns a photo reads best."""

import numpy as np
import pytest
from small_readers import photo_of

from skdigits.reading import load_reader
from skdigits.reading._judgement import judge
from skdigits.reading._page import page_of
from skdigits.reading._rotation import likeliest_turn, reads_better

ROWS = [[10, 11, 12, 13], [24, 25, 26, 27]]


@pytest.fixture(scope="module")
def classifier():
    return load_reader()


@pytest.fixture(scope="module")
def judged(classifier):
    """Lines of the same photo, turned counter-clockwise by quarters."""
    photo = photo_of(ROWS)
    return [judge(page_of(np.rot90(photo, n_quarters)), classifier) for n_quarters in range(4)]


class Counted:
    """Count how many frames a classifier is asked about."""

    def __init__(self, classifier):
        self.classifier, self.n_frames = classifier, 0

    def predict_proba(self, rows):
        self.n_frames += len(rows)
        return self.classifier.predict_proba(rows)


@pytest.mark.parametrize("n_quarters", range(4))
def test_the_turn_is_found(n_quarters, judged, classifier):
    assert likeliest_turn(judged[n_quarters], classifier) == n_quarters


def test_upright_photos_take_no_time(judged, classifier):
    counted = Counted(classifier)
    assert likeliest_turn(judged[0], counted) == 0
    assert counted.n_frames == 0


def test_of_many_pieces_some_tell(judged, classifier):
    counted = Counted(classifier)
    assert likeliest_turn(10 * judged[2], counted) == 2
    assert 0 < counted.n_frames <= 3 * 40


def test_only_what_is_clearly_better_is_turned(judged):
    assert [reads_better(judged[0], other) for other in judged] == [False, True, True, True]
    assert not any(reads_better(other, judged[0]) for other in judged)


def test_two_digits_turn_nothing(judged, classifier):
    two = judge(page_of(photo_of([[13, 14]])), classifier)
    assert not reads_better(two, judged[1])


def test_nothing_turns_nothing(classifier):
    assert likeliest_turn([], classifier) == 0
