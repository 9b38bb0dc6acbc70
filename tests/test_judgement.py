"""Lines of ink as a classifier judges them."""

import numpy as np
import pytest
from small_readers import photo_of, small_classifier

from skdigits.ink.box import Box
from skdigits.reading._candidates import Candidate, Part, PartedLine
from skdigits.reading._judgement import JudgedLine, chain_of_digits, judge, share_of_non_digits
from skdigits.reading._page import page_on
from skdigits.reading._view import view_of


def test_all_candidates_of_all_lines_are_judged():
    classifier = small_classifier()
    judged = judge(page_on(view_of(photo_of([[10, 11], [12, 13, 14]]))), classifier)
    assert len(judged) == 2
    for one in judged:
        assert len(one.candidates) == len(one.classes) == len(one.probabilities)
        assert one.probabilities.min() > 0
    assert [len(chain_of_digits(one).candidates) for one in judged] == [2, 3]


def test_no_ink_is_no_line():
    blank = np.full((90, 90), 200, np.uint8)
    assert judge(page_on(view_of(blank)), small_classifier()) == []


def test_a_known_number_is_never_more_probable_than_the_best():
    (judged,) = judge(page_on(view_of(photo_of([[10, 11, 12]]))), small_classifier())
    best = chain_of_digits(judged)
    for n_digits in range(1, 6):
        chain = chain_of_digits(judged, n_digits)
        assert chain.score <= best.score
        assert len(chain.candidates) <= n_digits
    assert chain_of_digits(judged, 3).candidates == best.candidates


@pytest.mark.parametrize("n_pieces", [3, 4])
def test_the_share_of_non_digits_is_that_of_the_line(n_pieces):
    parts = [Part(i, Box(20 * i, 0, 20 * i + 10, 30), 0.0) for i in range(n_pieces)]
    line = PartedLine(
        parts, np.zeros((30, 100), np.int32), np.zeros((30, 100)), Box(0, 0, 100, 30), 30
    )
    candidates = [Candidate(i, i + 1, part.box, 0.0) for i, part in enumerate(parts)]
    classes = np.ones(n_pieces, int)
    for n_read in range(n_pieces + 1):
        probabilities = np.where(np.arange(n_pieces) < n_read, 0.9, 0.1)
        share = share_of_non_digits(JudgedLine(line, candidates, classes, probabilities))
        assert share == pytest.approx((n_pieces - n_read) / n_pieces, abs=0.25)
        assert 0 < share < 1
