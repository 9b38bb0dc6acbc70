"""The generator of fields, and the package's reader on what it makes."""

import numpy as np
import pytest
from made_fields import make_field, make_page, write
from numpy.testing import assert_array_equal
from small_readers import written

from skdigits.datasets import fetch_mnist
from skdigits.preprocessing import DigitFramer
from skdigits.reading import DigitReader


@pytest.fixture(scope="module")
def digits28():
    return DigitFramer().transform(written()[0][:20]).reshape(-1, 28, 28)


def test_same_seed_same_field(digits28):
    first, again = (make_field(digits28[:5], np.random.default_rng(1)) for _ in range(2))
    assert_array_equal(first, again)
    assert first.dtype == np.uint8
    assert first.ndim == 3


def test_all_digits_are_written(digits28):
    one = write(digits28[:1], np.random.default_rng(0))
    five = write(digits28[:5], np.random.default_rng(0), touching=0)
    assert five.shape[1] > 3.5 * one.shape[1]
    assert five.max() == 1


def test_page_has_room_for_its_lines(digits28):
    page = make_page([[digits28[:5]], [digits28[5:10], digits28[10:15]]], np.random.default_rng(0))
    assert page.shape[0] > 2 * 60
    assert page.shape[1] > 10 * 30


# Of a few that touch, the number is doubtful: counted by what is read, all the same.
@pytest.mark.filterwarnings("ignore:5 digits were asked for:UserWarning")
@pytest.mark.mnist
@pytest.mark.parametrize(("touching", "least"), [(0, 8), (0.5, 6)])
def test_bundled_reader_reads_most_fields(touching, least):
    X, y = fetch_mnist(subset="train", return_X_y=True, download_if_missing=False)
    X, y = X[50_000:].reshape(-1, 28, 28), y[50_000:]
    reader = DigitReader(min_confidence=0)
    n_right = 0
    for seed in range(10):
        random = np.random.default_rng(seed)
        chosen = random.integers(0, len(X), 5)
        field = make_field(X[chosen], random, touching=touching)
        n_right += reader.read_field(field).text == "".join(map(str, y[chosen]))
    assert n_right >= least
