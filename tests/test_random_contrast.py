"""RandomContrast: the grey levels of ink and background."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

pytest.importorskip("keras")

from skdigits.augmentation import RandomContrast


@pytest.fixture(scope="module")
def halves():
    """Background to the left, ink to the right."""
    images = np.zeros((400, 2, 4, 1), np.float32)
    images[:, :, 2:] = 1
    return images


def levels(images):
    images = np.asarray(images)
    assert_allclose(images[:, :, :2], images[:, :1, :1].repeat(2, 1).repeat(2, 2))
    return images[:, 0, 0, 0], images[:, 0, 3, 0]


def test_contrast_is_uniform_from_the_smallest_one_to_one(halves):
    background, ink = levels(RandomContrast(0.4, probability=1)(halves))
    contrast = np.abs(ink - background)
    assert 0.4 <= contrast.min() < 0.42
    assert 0.98 < contrast.max() <= 1
    assert abs(contrast.mean() - 0.7) < 0.04


def test_grey_levels_are_anywhere_in_the_range(halves):
    background, ink = levels(RandomContrast(0.1, probability=1)(halves))
    darker, lighter = np.minimum(background, ink), np.maximum(background, ink)
    assert 0 <= darker.min() < 0.02
    assert 0.98 < lighter.max() <= 1 + 1e-6
    assert darker.max() > 0.75
    assert lighter.min() < 0.25


@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
def test_ink_is_darker_in_a_fraction_of_the_images(fraction, halves):
    background, ink = levels(RandomContrast(inversion=fraction, probability=1)(halves))
    assert np.mean(ink < background) == pytest.approx(fraction, abs=0.08 if fraction % 1 else 0)
