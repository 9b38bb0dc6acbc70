import numpy as np

from skdigits.ink.box import Box, box_around, box_of


def test_the_box_of_ink_holds_all_of_it_and_no_more():
    inked = np.zeros((8, 9), bool)
    inked[2, 3] = inked[4, 7] = True
    box = box_of(inked)
    assert box == Box(left=3, top=2, right=8, bottom=5)
    assert inked[box.slices].shape == (box.height, box.width) == (3, 5)
    assert inked[box.slices].sum() == inked.sum()


def test_the_box_around_boxes():
    assert box_around([Box(5, 6, 7, 8), Box(1, 7, 6, 20)]) == Box(1, 6, 7, 20)


def test_a_box_is_moved():
    assert Box(5, 6, 7, 8).moved(-5, 10) == Box(0, 16, 2, 18)
