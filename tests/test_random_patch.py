"""RandomPatch: one rectangle with other grey levels."""

import numpy as np
import pytest

pytest.importorskip("keras")

from skdigits.augmentation import RandomPatch


@pytest.fixture(scope="module")
def is_changed():
    """Images have a grey level everywhere that no rectangle has."""
    images = np.full((500, 30, 20, 1), 2, np.float32)
    return np.asarray(RandomPatch(0.4, probability=1)(images))[..., 0] != 2


def test_what_is_changed_is_a_rectangle_of_at_most_that_size(is_changed):
    rows, columns = is_changed.any(axis=2), is_changed.any(axis=1)
    assert (is_changed == rows[:, :, np.newaxis] & columns[:, np.newaxis]).all()
    assert 11 <= rows.sum(axis=1).max() <= 12
    assert 7 <= columns.sum(axis=1).max() <= 8


def test_rectangles_are_everywhere(is_changed):
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
