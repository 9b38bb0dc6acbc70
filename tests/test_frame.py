import numpy as np
import pytest
from scipy import ndimage

from skdigits.ink.frame import frame_strokes
from skdigits.ink.strokes import stroke_thickness


def ring(side, thickness):
    rows, columns = np.indices((side, side)) - (side - 1) / 2
    distance = np.abs(np.hypot(rows, columns) - 0.4 * side)
    return np.clip(thickness / 2 - distance + 0.5, 0, 1).astype(np.float32)


@pytest.mark.parametrize("side", [20, 61, 200])
def test_size_does_not_matter(side):
    framed = frame_strokes(ring(side, 0.1 * side)).astype(float)
    reference = frame_strokes(ring(400, 40)).astype(float)
    assert np.abs(framed - reference).mean() < 0.25 * reference.mean()


@pytest.mark.parametrize("asked", [2.0, 3.0, 4.5])
@pytest.mark.parametrize("own", [4, 12, 24])
def test_thickness_is_as_asked(own, asked):
    framed = frame_strokes(ring(120, own), thickness=asked)
    assert stroke_thickness(framed >= 128) == pytest.approx(asked, abs=0.5)


def test_thin_strokes_are_not_erased():
    ink = ring(120, 24)
    ink[:, 60:] = ring(120, 4)[:, 60:]
    framed = frame_strokes(ink, thickness=1.0)
    assert ndimage.label(framed > 60, np.ones((3, 3)))[1] == 1


def test_centre_of_mass_is_in_the_middle():
    ink = ring(120, 10)
    ink[80:, :] = 0
    framed = frame_strokes(ink).astype(float)
    assert np.abs(np.array(ndimage.center_of_mass(framed)) - 14).max() < 0.2
