"""RandomPatch: a rectangle with other grey levels."""

import numpy as np
import pytest

pytest.importorskip("keras")

from skdigits.augmentation import RandomPatch


@pytest.fixture(scope="module")
def is_changed():
    """Images have a grey level everywhere that no rectangle has."""
    images = np.full((500, 30, 20, 1), 2, np.float32)
    return np.asarray(RandomPatch(0.4, breadth=0.4, probability=1)(images))[..., 0] != 2


def test_what_is_changed_is_convex(is_changed):
    """Between two changed pixels, the one in the middle is changed as well."""
    for image in is_changed[:50]:
        places = np.argwhere(image)
        y, x = (places[:, np.newaxis] + places).reshape(-1, 2).T
        is_pixel = (y % 2 == 0) & (x % 2 == 0)
        assert image[y[is_pixel] // 2, x[is_pixel] // 2].all()


def test_length_is_at_most_the_size(is_changed):
    """The longer side has 30 pixels, of which a patch has 12 at most in length and in breadth."""
    y, x = np.mgrid[:30, :20]
    extents = [
        [np.ptp(places[image]) if image.any() else 0 for places in (y, x, y + x, y - x)]
        for image in is_changed
    ]
    largest = np.hypot(12, 12)
    along_axes, along_diagonals = np.split(np.array(extents), 2, axis=1)
    assert 10 < along_axes.max() < largest
    assert 10 < along_diagonals.max() / np.sqrt(2) < largest


def test_bars_are_narrow():
    images = np.full((200, 28, 28, 1), 2, np.float32)
    is_changed = np.asarray(RandomPatch(1.0, breadth=0.1, probability=1)(images))[..., 0] != 2
    y, x = np.mgrid[:28, :28]
    for image in is_changed[is_changed.sum(axis=(1, 2)) > 20]:
        across = np.linalg.eigvalsh(np.cov(y[image], x[image]))[0]
        # The variance of a uniform distribution is a twelfth of its squared breadth.
        assert np.sqrt(12 * across) < 2.8 + 1


def test_patches_are_everywhere(is_changed):
    share = is_changed.mean(axis=0)
    assert share.min() > 0
    assert share[10:20, 5:15].std() < 0.3 * share[10:20, 5:15].mean()


@pytest.mark.parametrize("inversion", [0.0, 1.0])
def test_contrast_inside_is_anything_up_to_one(inversion):
    """The draws are the same for images of ink as for images of background."""
    background, ink = (
        np.asarray(
            RandomPatch(inversion=inversion, probability=1)(
                np.full((300, 28, 28, 1), level, np.float32)
            )
        )
        for level in (0, 1)
    )
    is_inside = (background != 0) | (ink != 1)
    contrast = (1 - 2 * inversion) * (ink - background)[is_inside]
    assert -1e-6 <= contrast.min() < 0.05
    assert 0.95 < contrast.max() <= 1 + 1e-6
    for levels in (background, ink):
        assert levels.min() >= -1e-6
        assert levels.max() <= 1 + 1e-6
