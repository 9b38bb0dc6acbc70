import numpy as np
import pytest
from PIL import Image, ImageDraw

from skdigits.reading._cuts import cut


def two_rings(overlap):
    image = Image.new("L", (130, 70))
    pen = ImageDraw.Draw(image)
    pen.ellipse((5, 5, 60, 65), outline=255, width=7)
    pen.ellipse((60 - overlap, 5, 115 - overlap, 65), outline=255, width=7)
    inked = np.asarray(image) > 0
    columns = np.flatnonzero(inked.any(axis=0))
    return inked[5:66, columns[0] : columns[-1] + 1]


@pytest.mark.parametrize("overlap", [0, 3, 6])
def test_rings_that_touch_are_parted(overlap):
    inked = two_rings(overlap)
    numbers, costs = cut(inked, 61, 7)
    assert len(costs) == numbers.max()
    left, right = numbers[:, :15][inked[:, :15]], numbers[:, -15:][inked[:, -15:]]
    assert left.max() < right.min()
    assert ((numbers > 0) == inked).all()


def test_a_stroke_stays_whole():
    numbers, costs = cut(np.ones((60, 8), bool), 60, 8)
    assert numbers.max() == 1
    assert costs == [0]


def test_a_path_may_bend():
    inked = np.zeros((60, 60), bool)
    for row in range(60):
        inked[row, 10 + row // 3 : 16 + row // 3] = True
        inked[row, 24 + row // 3 : 30 + row // 3] = True
    inked[30, 16:34] = True
    numbers, _ = cut(inked, 60, 6)
    assert numbers[0, 10] < numbers[0, 29]
    assert numbers[59, 29] < numbers[59, 48]
