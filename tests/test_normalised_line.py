"""Pictures of lines, made independent of size, light and polarity."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from skdigits.ink.normalised_line import HEIGHT, STEP, WIDEST, normalised_line


def stripes(height, width, *, paper=230, ink=30):
    """Upright strokes, a height apart."""
    picture = np.full((height, width), paper, np.uint8)
    for left in range(height // 2, width, height):
        picture[height // 6 : -(height // 6) or None, left : left + max(1, height // 8)] = ink
    return picture


@given(st.integers(1, 90), st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_any_picture_is_finite_and_of_fixed_height(height, width, seed):
    grey = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    picture, scale = normalised_line(grey)
    assert picture.shape[0] == HEIGHT
    assert picture.shape[1] % STEP == 0
    assert np.isfinite(picture).all()
    assert 0 <= picture.shape[1] - scale * width < STEP


@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_pictures_have_no_ink(level):
    assert not normalised_line(np.full((40, 90), level, np.uint8))[0].any()


def test_ink_is_one_and_paper_zero():
    picture, _ = normalised_line(stripes(64, 640))
    assert np.median(picture) == 0
    assert_allclose(np.quantile(picture, 0.97), 1, atol=0.05)


def test_light_on_dark_is_like_dark_on_light():
    dark_on_light = normalised_line(stripes(64, 640))[0]
    light_on_dark = normalised_line(255 - stripes(64, 640))[0]
    assert_allclose(light_on_dark, dark_on_light, atol=0.02)


def test_faint_ink_is_like_black_ink():
    black = normalised_line(stripes(64, 640, paper=230, ink=30))[0]
    faint = normalised_line(stripes(64, 640, paper=230, ink=190))[0]
    assert_allclose(faint, black, atol=0.05)


def test_a_shadow_is_no_ink():
    shade = np.linspace(1, 0.6, 640)
    shaded, _ = normalised_line((stripes(64, 640) * shade).astype(np.uint8))
    assert np.abs(shaded[0]).max() < 0.2  # above the strokes
    assert np.count_nonzero(np.diff((shaded[16] > 0.5).astype(int)) == 1) == 10


@pytest.mark.parametrize("factor", [1, 2, 5])
def test_scale_leads_from_pixels_of_the_original_to_those_of_the_picture(factor):
    picture, scale = normalised_line(stripes(HEIGHT * factor, 10 * HEIGHT * factor))
    assert_allclose(scale, 1 / factor)
    assert_array_equal(picture.shape, (HEIGHT, 10 * HEIGHT))


def test_long_lines_keep_their_proportions():
    # 100 strokes, 44 pixels apart, as digits of a page-wide line are.
    picture, scale = normalised_line(stripes(44, 4_400))
    assert_allclose(scale, HEIGHT / 44, rtol=0.01)
    inked = (picture[HEIGHT // 2] > 0.5).astype(int)
    assert np.count_nonzero(np.diff(inked) == 1) == 100


def test_endless_lines_are_narrowed():
    picture, scale = normalised_line(stripes(10, 8_000))
    assert picture.shape[1] == WIDEST
    assert scale == WIDEST / 8_000
