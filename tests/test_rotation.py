"""By how many quarter turns a photo reads best."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from small_readers import photo_of

from skdigits.reading import DigitReader, load_reader
from skdigits.reading._rotation import turned_upright

ROWS = [[10, 11, 12, 13], [24, 25, 26, 27]]
PAGE = np.arange(300 * 400).reshape(300, 400) % 251 / 250 * 255


class Found:
    """Find a certainty for each turn of a page, and keep the views that were looked at."""

    def __init__(self, *certainties):
        self.certainties, self.views = certainties, []

    def __call__(self, view):
        self.views.append(view)
        (turn,) = (i for i in range(4) if is_turned(view, i))
        return self.certainties[turn]


def is_turned(view, n_quarters, page=PAGE):
    expected = np.rot90(page, -n_quarters)
    return view.grey.shape == expected.shape and np.abs(view.grey - expected).max() < 1


def best(found, n_quarters=None, n_digits=(3, 3, 3, 3)):
    def probabilities_of(certainty):
        return [certainty] * n_digits[found.certainties.index(certainty)]

    view, turn, certainty = turned_upright(
        PAGE, n_quarters, found, probabilities_of, well=0.8, legible=0.6
    )
    assert is_turned(view, turn)
    assert certainty == found.certainties[turn]
    return turn


def test_what_reads_well_is_not_turned():
    found = Found(0.8, 0.97, 0.98, 0.99)
    assert best(found) == 0
    assert len(found.views) == 1


def test_few_digits_are_tried_and_turned_only_if_others_are_more_probable():
    assert best(Found(0.95, 0.2, 0.99, 0.3), n_digits=(2, 3, 3, 3)) == 0
    assert best(Found(0.85, 0.2, 0.99, 0.3), n_digits=(2, 3, 3, 3)) == 2


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_the_best_turn_is_taken(turn):
    certainties = [0.3, 0.5, 0.51, 0.52]
    certainties[turn] = 0.7
    assert best(Found(*certainties)) == turn


@pytest.mark.parametrize("certainties", [(0.3, 0.5, 0.59, 0.2), (0.7, 0.5, 0.79, 0.2)])
def test_what_is_not_clearly_better_is_not_turned(certainties):
    assert best(Found(*certainties)) == 0


@pytest.mark.parametrize("turn", range(4))
def test_a_given_turn_is_not_questioned(turn):
    found = Found(0.1, 0.11, 0.9, 0.12)
    assert best(found, turn) == turn
    assert len(found.views) == 1


@pytest.mark.parametrize(("width", "turns"), [(400, [0, 2]), (180, [0, 1, 2, 3])])
def test_low_and_wide_strips_are_not_tried_on_their_side(width, turns):
    strip = PAGE[:100, :width]
    looked_at = []
    turned_upright(strip, None, looked_at.append, lambda found: [], well=1, legible=1)
    for view, turn in zip(looked_at, turns, strict=True):
        assert_array_equal(view.grey.shape, np.rot90(strip, turn).shape)


def test_too_few_digits_turn_nothing():
    assert best(Found(0.3, 0.9, 0.7, 0.2), n_digits=[0, 2, 3, 3]) == 2
    assert best(Found(0.3, 0.9, 0.5, 0.2), n_digits=[0, 2, 3, 3]) == 0


@pytest.mark.parametrize("n_quarters", range(4))
def test_photos_are_turned_by_a_classifier_alone(n_quarters):
    photo, reader = photo_of(ROWS), DigitReader(load_reader())
    reading = reader.read(np.rot90(photo, n_quarters))
    assert reading.rotation == 90 * n_quarters
    assert reading.text == reader.read(photo).text
