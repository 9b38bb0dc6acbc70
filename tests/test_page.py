import numpy as np
import pytest
from scipy import ndimage
from small_readers import photo_of

from skdigits.ink.perspective import mapped
from skdigits.reading._page import page_on
from skdigits.reading._view import view_of


@pytest.mark.parametrize("angle", [0, 6])
@pytest.mark.parametrize("factor", [1, 10])
def test_places_lead_back_to_the_file(angle, factor):
    photo = np.kron(photo_of([[10, 11, 12], [13, 14, 15]]), np.ones((factor, factor), np.uint8))
    photo = ndimage.rotate(photo, angle, order=0, cval=235)
    page = page_on(view_of(photo))
    rows, columns = np.nonzero(page.ink >= 0.5)
    places = mapped(page.to_file, np.stack([columns, rows], axis=1) + 0.5)
    x, y = np.clip(places.astype(int), 0, np.array(photo.shape[::-1]) - 1).T
    assert (photo[y, x] < 150).mean() > 0.9


@pytest.mark.parametrize("seed", range(2))
def test_noise_on_bright_paper_is_no_ink(seed):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(200, 800)), 1)
    photo = np.clip(225 + 2 * noise / noise.std(), 0, 255).astype(np.uint8)
    assert not (page_on(view_of(photo)).ink >= 0.5).any()
