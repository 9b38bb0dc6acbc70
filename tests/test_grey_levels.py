"""Grey levels of pictures in memory."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from skdigits.ink import _grey_levels
from skdigits.ink._grey_levels import levels_of_array, levels_of_image

PAPER = np.random.default_rng(0).integers(0, 256, (60, 40, 4), dtype=np.uint8)


def in_strips_of(n_pixels, function, picture, monkeypatch):
    monkeypatch.setattr(_grey_levels, "_STRIP", n_pixels)
    return function(picture)


@pytest.mark.parametrize("n_pixels", [1, 40, 130, 2**20])
@pytest.mark.parametrize("n_channels", [1, 3, 4])
@pytest.mark.parametrize(
    "of_levels", [np.uint8, lambda x: x / 255, np.float32, lambda x: np.uint16(x) * 257]
)
def test_strips_change_nothing(n_pixels, n_channels, of_levels, monkeypatch):
    plain = PAPER[:, :, :n_channels]
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[n_channels]
    image = Image.fromarray(plain[:, :, 0] if n_channels == 1 else plain, mode)
    expected = levels_of_image(image)
    for function, picture in [(levels_of_array, of_levels(plain)), (levels_of_image, image)]:
        levels = in_strips_of(n_pixels, function, picture, monkeypatch)
        assert_array_equal(levels, expected)


def test_transparent_palettes_are_on_white():
    image = Image.new("P", (4, 2), 1)
    image.putpalette([0, 0, 0, 90, 90, 90])
    image.info["transparency"] = 1
    assert_array_equal(levels_of_image(image), 255)


def test_the_grey_of_lab_is_its_lightness():
    assert_array_equal(levels_of_image(Image.new("LAB", (4, 2), (90, 128, 200))), 90)


@pytest.mark.parametrize("place", [0, 30, 59])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_bad_values_are_found_in_any_strip(place, value, monkeypatch):
    array = np.full((60, 40), 0.5)
    array[place, 7] = value
    with pytest.raises(ValueError, match="NaN or infinite"):
        in_strips_of(200, levels_of_array, array, monkeypatch)


def test_the_depth_is_that_of_the_whole(monkeypatch):
    array = np.full((60, 40), 200.0)
    array[59, 39] = 51_400
    levels = in_strips_of(200, levels_of_array, array, monkeypatch)
    assert levels[0, 0] == 1
    assert levels[59, 39] == 200


@pytest.mark.parametrize(("value", "message"), [(-3.0, "-3; grey levels start"), (1e5, "end at")])
def test_levels_out_of_range_are_named(value, message):
    array = np.full((6, 4), 20.0)
    array[5, 3] = value
    with pytest.raises(ValueError, match=message):
        levels_of_array(array)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float16, bool, ">f8"])
def test_any_numbers_will_do(dtype):
    array = np.array([[0, 1], [1, 0]], dtype)
    white = 255 if np.dtype(dtype).kind in "bf" else 1
    assert_allclose(levels_of_array(array), white * array.astype(int))


def test_an_image_in_memory_need_not_be_there_twice():
    array = np.full((3_000, 2_000, 4), 0.5)
    tracemalloc.start()
    try:
        levels_of_array(array)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < array.nbytes / 4
