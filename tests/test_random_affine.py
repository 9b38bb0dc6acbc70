"""RandomAffine: what it does to the ink of a blob."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

pytest.importorskip("keras")

from skdigits.augmentation import RandomAffine

NOTHING = {"rotation": 0, "zoom": 0, "shear": 0, "shift": 0}


def moments(images):
    """Mass, centre (y, x) and covariance of the ink of each image."""
    ink = np.asarray(images)[..., 0].astype(np.float64)
    y, x = np.mgrid[: ink.shape[1], : ink.shape[2]]
    mass = ink.sum((1, 2))
    center_y, center_x = ((ink * place).sum((1, 2)) / mass for place in (y, x))
    dy, dx = y - center_y[:, None, None], x - center_x[:, None, None]
    yy, xx, xy = ((ink * d).sum((1, 2)) / mass for d in (dy * dy, dx * dx, dy * dx))
    return mass, center_y, center_x, yy, xx, xy


def test_shift_moves_the_ink_by_at_most_its_share_of_the_side(blob):
    mass, y, x, *_ = moments(RandomAffine(**{**NOTHING, "shift": 0.1})(blob))
    before, y_before, x_before, *_ = moments(blob)
    assert_allclose(mass, before, rtol=1e-2)
    for moved in (y - y_before, x - x_before):
        assert np.abs(moved).max() <= 2.8 + 1e-3
        assert moved.min() < -2.5
        assert moved.max() > 2.5
        assert abs(moved.mean()) < 0.4


def test_rotation_turns_the_ink_about_the_centre_of_the_image(blob):
    _, y, x, yy, xx, xy = moments(RandomAffine(**{**NOTHING, "rotation": 0.5})(blob))
    _, y_before, x_before, *_ = moments(blob)
    radius = np.hypot(y - 13.5, x - 13.5)
    assert_allclose(radius, np.hypot(y_before - 13.5, x_before - 13.5), atol=0.02)
    angle = np.arctan2(x - 13.5, 13.5 - y)
    assert 0.45 < angle.max() <= 0.5 + 1e-2
    assert -0.5 - 1e-2 <= angle.min() < -0.45
    # The long axis of the blob points at the centre before and after.
    assert_allclose(np.tan(2 * angle), -2 * xy / (yy - xx), atol=0.03)


def test_zoom_stretches_height_and_width_on_their_own(blob):
    _, _, _, yy, xx, _ = moments(RandomAffine(**{**NOTHING, "zoom": 0.25})(blob))
    _, _, _, yy_before, xx_before, _ = moments(blob)
    height, width = np.sqrt(yy / yy_before), np.sqrt(xx / xx_before)
    for stretched in (height, width):
        # Interpolation itself widens a small blob by one or two per cent.
        assert 0.79 < stretched.min() < 0.85
        assert 1.2 < stretched.max() < 1.28
    assert abs(np.corrcoef(height, width)[0, 1]) < 0.3


def test_shear_slants_and_keeps_the_height(blob):
    mass, _, _, yy, _, xy = moments(RandomAffine(**{**NOTHING, "shear": 0.3})(blob))
    before, _, _, yy_before, _, _ = moments(blob)
    assert_allclose(mass, before, rtol=1e-2)
    assert_allclose(yy, yy_before, rtol=0.02)
    slant = xy / yy
    assert 0.27 < slant.max() < 0.32
    assert -0.32 < slant.min() < -0.27


@pytest.mark.parametrize("shape", [(28, 28, 1), (9, 14, 3)])
@pytest.mark.parametrize("fill_value", [0.0, 0.75])
def test_zoom_and_shift_are_those_of_any_affine_map(shape, fill_value):
    """A rotation too small to matter has each pixel interpolated on its own.

    The products of matrices have few digits on some devices.
    """
    images = np.random.default_rng(0).random((50, *shape), np.float32)
    parameters = {"zoom": 0.3, "shear": 0, "shift": 0.2, "fill_value": fill_value}
    resampled = np.asarray(RandomAffine(0, **parameters)(images, seed=1))
    assert_allclose(resampled, RandomAffine(1e-9, **parameters)(images, seed=1), atol=5e-3)
    assert np.abs(resampled - images).max() > 0.5
