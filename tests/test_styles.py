import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import ndimage

from skdigits.handwriting import make_handwriting
from skdigits.handwriting._drawings import SIDE
from skdigits.handwriting._styles import STYLES, draw_style
from skdigits.handwriting._written import _in_a_style

BY_NAME = {style.__name__.lstrip("_"): style for styles in STYLES.values() for style, _ in styles}
SEEDS = range(40)


def drawn(name, seed):
    return np.asarray(draw_style(BY_NAME[name], np.random.RandomState(seed))) > 127


def n_holes(inked):
    """Count parts of the paper with ink all around, larger than what a brush leaves out."""
    paper, _ = ndimage.label(np.pad(~inked, 1, constant_values=True))
    return np.count_nonzero(np.bincount(paper.ravel())[1:] > 40) - 1


@pytest.mark.parametrize("name", BY_NAME)
def test_a_style_is_one_whole_digit_that_varies(name):
    for seed in SEEDS:
        inked = drawn(name, seed)
        _, n_pieces = ndimage.label(inked, np.ones((3, 3)))
        assert n_pieces == 1
        rows = np.flatnonzero(inked.any(axis=1))
        assert 0.4 * SIDE < rows[-1] - rows[0] < SIDE - 2
        assert not inked[:, [0, -1]].any()
    assert (drawn(name, 0) != drawn(name, 1)).any()
    assert_array_equal(drawn(name, 3), drawn(name, 3))


@pytest.mark.parametrize(
    ("name", "holes"),
    [("open_four", 0), ("one_with_up_stroke", 0), ("curled_nine", 1), ("footed_nine", 1)],
)
def test_loops_are_closed_and_open_digits_open(name, holes):
    counted = [n_holes(drawn(name, seed)) for seed in SEEDS]
    assert np.mean(np.array(counted) == holes) > 0.8


def test_zeros_are_wide():
    for seed in SEEDS:
        rows, columns = np.nonzero(drawn("wide_zero", seed))
        assert np.ptp(columns) > 0.7 * np.ptp(rows)


@pytest.mark.parametrize("digit", STYLES)
def test_some_of_each_digit_are_written_anew(digit):
    share = sum(share for _, share in STYLES[digit])
    n_anew = sum(_in_a_style(digit, np.random.RandomState(seed)) is not None for seed in range(200))
    assert n_anew / 200 == pytest.approx(share, abs=0.1)
    assert 0.05 < share < 0.5


def test_digits_without_a_style_are_mnists():
    assert _in_a_style(3, np.random.RandomState(0)) is None


def test_handwriting_holds_digits_written_anew():
    bar = np.zeros((28, 28), np.uint8)
    bar[4:24, 12:16] = 255
    # The image is a bar whatever its label: what has a hole was written anew.
    rows = np.tile(bar.reshape(1, -1), (60, 1))
    written = make_handwriting(rows, np.zeros(60, int), random_state=0).reshape(-1, 28, 28)
    assert 3 <= sum(n_holes(np.kron(image, np.ones((3, 3))) > 127) == 1 for image in written) <= 25
