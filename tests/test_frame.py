import numpy as np
import pytest
from numpy.testing import assert_array_equal
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


@pytest.mark.parametrize(("own", "expected"), [(4, 2.2), (18, 3.15), (40, 4.0)])
def test_own_thickness_is_limited_to_that_of_mnist(own, expected):
    framed = frame_strokes(ring(120, own))
    assert stroke_thickness(framed >= 128) == pytest.approx(expected, abs=0.25)


def test_paper_around_the_digit_does_not_matter():
    ink = ring(120, 12)
    assert_array_equal(frame_strokes(np.pad(ink, ((5, 300), (40, 0)))), frame_strokes(ink))


@pytest.mark.parametrize("asked", [0.5, 3.0, 5.5])
@pytest.mark.parametrize("shape", [(400, 1), (1, 400)])
def test_hairlines_become_strokes(shape, asked):
    ink = np.pad(np.ones(shape, np.float32), 5)
    framed = frame_strokes(ink, thickness=asked) / 255
    across = framed.sum(axis=np.argmin(shape))
    assert across.max() == pytest.approx(asked, abs=0.3)
    assert np.count_nonzero(across > asked / 2) == pytest.approx(20, abs=6)


def test_the_middle_of_a_stroke_is_kept():
    """The middle of an even number of places is two places, which are half a pixel."""
    framed = frame_strokes(np.ones((200, 40), np.float32), thickness=0.0) / 255
    assert framed.sum(axis=1).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("n_turns", range(4))
def test_digits_with_their_mass_at_one_end_are_not_cut(n_turns):
    ink = np.zeros((100, 100), np.float32)
    ink[:20] = 1
    ink[:, 40:60] = 1
    framed = frame_strokes(np.rot90(ink, n_turns)).astype(float)
    assert np.abs(np.array(ndimage.center_of_mass(framed)) - 14).max() < 0.2
    assert framed.sum() == pytest.approx(frame_strokes(ink).sum(), rel=0.01)
