import numpy as np
import pytest
from scipy import ndimage

from skdigits.ink.perspective import mapped
from skdigits.ink.skew import skew, straightened


@pytest.mark.parametrize("angle", [-9, -2.5, 0, 4, 8])
def test_skew_is_found(angle):
    lines = np.zeros((300, 500), bool)
    lines[40:260:60, 60:440] = True
    turned = ndimage.rotate(lines.astype(float), angle, reshape=False, order=1) > 0.5
    assert skew(turned) == pytest.approx(angle, abs=0.5)


def test_skew_of_nothing():
    assert skew(np.zeros((50, 50), bool)) == 0


def lines_at(angle):
    lines = np.zeros((300, 500), np.float32)
    lines[40:260:60, 60:440] = 1
    return ndimage.rotate(lines, angle, order=1)


@pytest.mark.parametrize("angle", [0, 7])
def test_places_lead_back_to_the_picture(angle):
    contrast = lines_at(angle)
    straight, _, to_picture = straightened(contrast)
    rows, columns = np.nonzero(straight > 0.5)
    x, y = mapped(to_picture, np.stack([columns, rows], axis=1)).T
    inked = contrast[np.rint(y).astype(int), np.rint(x).astype(int)] > 0.2
    assert len(rows) > 1000
    assert inked.mean() > 0.95


def test_the_edge_is_that_of_the_picture():
    straight, edge, to_picture = straightened(lines_at(7))
    rows, columns = np.nonzero(edge)
    x, y = mapped(to_picture, np.stack([columns, rows], axis=1)).T
    height, width = lines_at(7).shape
    to_edge = np.min([x, y, width - x, height - y], axis=0)
    assert straight.shape > (height, width)
    assert np.abs(to_edge).max() < 4
    assert edge.sum() == pytest.approx(2 * 2 * (height + width), rel=0.3)


def test_the_edge_of_a_straight_picture_is_two_pixels_wide():
    _, edge, _ = straightened(np.zeros((20, 30), np.float32))
    assert edge.sum() == 20 * 30 - 16 * 26
    assert not edge[2:-2, 2:-2].any()
