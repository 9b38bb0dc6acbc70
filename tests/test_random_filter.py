"""RandomFilter: weighted sums of neighbours, in the range of grey levels of the image."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

keras = pytest.importorskip("keras")

from skdigits.augmentation import RandomFilter  # noqa: E402


@pytest.mark.parametrize("kernel_size", [3, 5])
def test_pixels_are_weighted_sums_of_those_around_them(kernel_size):
    """Where all pixels but one are zero, only those around it differ from the others."""
    point = np.zeros((50, 15, 15, 1), np.float32)
    point[:, 7, 7] = 1
    filtered = np.asarray(RandomFilter(kernel_size=kernel_size, probability=1)(point))[..., 0]
    differs = ~np.isclose(filtered, filtered[:, :1, :1], atol=1e-6)
    expected = np.zeros((15, 15), bool)
    around = slice(7 - kernel_size // 2, 8 + kernel_size // 2)
    expected[around, around] = True
    assert (differs.mean(axis=0) > 0.9).tolist() == expected.tolist()


def test_filters_are_linear_up_to_the_stretching():
    """Grey levels with half the contrast are filtered alike, and keep their range."""
    images = np.random.default_rng(0).random((20, 12, 10, 2)).astype(np.float32)
    filtered = np.asarray(RandomFilter(probability=1)(images))
    faded = np.asarray(RandomFilter(probability=1)(0.25 + images / 2))
    assert_allclose(faded, 0.25 + filtered / 2, atol=1e-3)
    for extreme in (np.min, np.max):
        assert_allclose(extreme(filtered, (1, 2, 3)), extreme(images, (1, 2, 3)), atol=1e-5)


def test_level_is_the_largest_fraction(blob):
    """Little is left of the image if the fraction is large, and nothing is changed if it is 0."""
    changes = [
        np.abs(np.asarray(RandomFilter(level, probability=1)(blob)) - blob).mean()
        for level in (0, 0.2, 1)
    ]
    assert changes[0] < 1e-6
    assert changes[0] < changes[1] < changes[2] / 2


def test_images_of_one_grey_level_are_kept():
    images = np.full((3, 8, 8, 1), 0.5, np.float32)
    assert_allclose(RandomFilter(probability=1)(images), images, atol=1e-6)
