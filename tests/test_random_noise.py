"""RandomNoise: strength, grains and range."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

pytest.importorskip("keras")

from skdigits.augmentation import RandomNoise


@pytest.fixture(scope="module")
def grey():
    return np.full((200, 28, 28, 1), 0.5, np.float32)


def test_strength_is_drawn_for_each_image_up_to_the_level(grey):
    noise = np.asarray(RandomNoise(0.3, probability=1)(grey)) - 0.5
    strength = np.abs(noise).max(axis=(1, 2, 3))
    assert strength.min() < 0.01
    assert 0.28 < strength.max() <= 0.3 + 1e-6
    # Uniform noise has a standard deviation of its strength over the root of three.
    assert_allclose(noise.std(axis=(1, 2, 3)), strength / np.sqrt(3), rtol=0.1)


@pytest.mark.parametrize(("grain_size", "correlation"), [(1, 0.0), (7, 0.9)])
def test_large_grains_make_neighbours_alike(grain_size, correlation, grey):
    noise = np.asarray(RandomNoise(0.5, grain_size=grain_size, probability=1)(grey))[..., 0] - 0.5
    found = np.corrcoef(noise[:, :, 1:].ravel(), noise[:, :, :-1].ravel())[0, 1]
    assert found == pytest.approx(correlation, abs=0.08)


def test_grains_may_be_larger_than_the_image(grey):
    images = np.asarray(RandomNoise(0.5, grain_size=100, probability=1)(grey[:5]))
    assert_allclose(images, images[:, :1, :1].repeat(28, 1).repeat(28, 2), atol=1e-6)


def test_grey_levels_stay_in_their_range(grey):
    images = np.asarray(RandomNoise(2.0, probability=1)(grey))
    assert images.min() == 0
    assert images.max() == 1
