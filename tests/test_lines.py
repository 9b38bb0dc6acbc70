import numpy as np

from skdigits.reading._lines import lines_of, pieces_of


def ink(*boxes):
    page = np.zeros((300, 400), np.float32)
    for left, top, right, bottom in boxes:
        page[top:bottom, left:right] = 1
    return page


def edge_of(page):
    edge = np.ones(page.shape, bool)
    edge[2:-2, 2:-2] = False
    return edge


def lines(*boxes):
    page = ink(*boxes)
    pieces, _ = pieces_of(page, edge_of(page))
    return [[piece.box.left for piece in line.pieces] for line in lines_of(pieces)]


def test_lines_from_the_top_and_pieces_from_the_left():
    boxes = [(200, 120, 206, 160), (20, 20, 26, 60), (60, 22, 66, 62), (20, 118, 26, 158)]
    assert lines(*boxes) == [[20, 60], [20, 200]]


def test_a_line_may_rise():
    assert lines(*[(20 + 40 * i, 100 - 6 * i, 26 + 40 * i, 140 - 6 * i) for i in range(9)]) == [
        [20 + 40 * i for i in range(9)]
    ]


def test_small_pieces_join_their_line():
    assert lines((20, 20, 26, 60), (60, 20, 66, 60), (30, 24, 45, 28)) == [[20, 30, 60]]


def test_a_low_or_broken_digit_in_a_box_of_its_own_joins_the_line():
    upright = [(60 + 80 * i, 20, 66 + 80 * i, 60) for i in range(3)]
    low = (310, 44, 336, 58)
    assert lines(*upright, low) == [[60, 140, 220, 310]]
    assert lines(*upright, (370, 44, 396, 58)) == [[60, 140, 220]]


def test_digits_at_different_heights_of_their_boxes_are_one_line():
    boxes = [(60, 40, 66, 80), (140, 42, 146, 82), (220, 14, 226, 54), (300, 41, 306, 81)]
    assert lines(*boxes) == [[60, 140, 220, 300]]


def test_blots_and_specks_are_left_out():
    blot = (100, 20, 160, 80)
    speck = (200, 30, 202, 32)
    assert lines((20, 20, 26, 60), (60, 20, 66, 60), (80, 20, 86, 60), blot, speck) == [
        [20, 60, 80]
    ]


def test_what_lies_along_the_edge_of_the_photo_is_left_out():
    along, across = (0, 20, 5, 60), (60, 0, 66, 40)
    assert lines((20, 20, 26, 60), along, across) == [[20, 60]]
    # Unless there is nothing else: a 1 in a picture cut to its ink.
    assert lines(along) == [[0]]


def test_nothing():
    pieces, labels = pieces_of(ink(), edge_of(ink()))
    assert lines_of(pieces) == []
    assert labels.max() == 0
