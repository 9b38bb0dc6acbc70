"""Elastic: the same as with SciPy, and as exact for many images."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import ndimage

keras = pytest.importorskip("keras")

from skdigits.augmentation import Elastic  # noqa: E402


def test_elastic_samples_where_scipy_would(blob):
    """The same field of displacements, smoothed and sampled by SciPy."""
    images = np.random.default_rng(0).random((3, 12, 10, 2)).astype(np.float32)
    seed = keras.random.SeedGenerator(5)
    field = np.asarray(keras.random.uniform((3, 12, 10, 2), -1, 1, seed=seed))
    smoothed = ndimage.gaussian_filter(
        field, (0, 1.5, 1.5, 0), radius=(0, 3, 3, 0), mode="constant"
    )
    y, x = np.mgrid[:12, :10].astype(np.float64)
    expected = np.empty_like(images)
    for image in range(3):
        places = [y + 8 * smoothed[image, ..., 0], x + 8 * smoothed[image, ..., 1]]
        for channel in range(2):
            ndimage.map_coordinates(
                np.pad(images[image, ..., channel], 1),
                [place + 1 for place in places],
                expected[image, ..., channel],
                order=1,
                mode="nearest",
            )
    assert_allclose(Elastic(8, sigma=1.5)(images, seed=5), expected, atol=1e-4)


def test_elastic_is_as_exact_for_thousands_of_images(blob):
    """With no strength, places in the last image are those in the first."""
    many = np.tile(blob[:1, :, :14], (40_000, 1, 1, 1))
    assert_allclose(Elastic(0)(many)[-1], many[-1], atol=1e-6)
