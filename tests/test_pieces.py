import numpy as np

from skdigits.ink.box import Box
from skdigits.ink.pieces import boxes_of, label_pieces


def test_pieces_that_touch_by_a_corner_are_one():
    labels, n_pieces = label_pieces(np.array([[1, 0, 0, 1], [0, 1, 0, 0]], bool))
    assert n_pieces == 2
    assert boxes_of(labels) == [Box(0, 0, 2, 2), Box(3, 0, 4, 1)]


def test_no_ink_no_pieces():
    labels, n_pieces = label_pieces(np.zeros((3, 4), bool))
    assert n_pieces == 0
    assert boxes_of(labels) == []
