from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from skdigits.ink import _grey_levels, pictures
from skdigits.ink._grey_levels import levels_of_image
from skdigits.ink.pictures import as_grey, checked_pictures, placed


@pytest.mark.parametrize(
    "pictures", [[], [np.zeros((4, 4))], np.zeros((2, 4, 4)), np.array(["a.png"]), map(str, "ab")]
)
def test_sequences_of_pictures_are_returned(pictures):
    assert checked_pictures(pictures, "X") is pictures


@pytest.mark.parametrize(
    "picture", [None, "a.png", b"a", Path("a.png"), Image.new("L", (4, 4)), np.zeros((4, 4)), 7]
)
def test_single_pictures_are_named(picture):
    with pytest.raises(ValueError, match=r"X must be a sequence of pictures .*a single picture"):
        checked_pictures(picture, "X")


def test_the_place_of_a_picture_is_named():
    with pytest.raises(ValueError, match=r"^X\[3\]: too small$"), placed("X", 3):
        raise ValueError("too small")


def test_large_pictures_are_scaled_down():
    grey, scale = as_grey(np.zeros((300, 600), np.uint8), 200)
    assert grey.shape == (100, 200)
    assert scale == 3


def test_jpeg_is_scaled_while_decoded(tmp_path, monkeypatch):
    path = tmp_path / "photo.jpg"
    image = Image.new("L", (1600, 800), 90)
    image.save(path)
    sizes = []

    def watched(image):
        sizes.append(image.size)
        return levels_of_image(image)

    monkeypatch.setattr(pictures, "levels_of_image", watched)
    grey, scale = as_grey(path, 200)
    assert sizes == [(200, 100)]
    assert grey.shape == (100, 200)
    assert scale == 8
    assert_allclose(grey, 90, atol=1)


def test_large_jpeg_is_scaled_and_other_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(_grey_levels, "MAX_PIXELS", 50_000)
    image = Image.new("L", (600, 300), 90)
    image.save(tmp_path / "photo.jpg")
    image.save(tmp_path / "photo.png")
    assert as_grey(tmp_path / "photo.jpg", 100)[0].shape == (50, 100)
    with pytest.raises(ValueError, match=r"photo\.png has 600 x 300 pixels.*scale it to 316 x 158"):
        as_grey(tmp_path / "photo.png", 100)
    with pytest.raises(ValueError, match="600 x 300"):
        as_grey(np.asarray(image), 100)


def test_exif_orientation_is_obeyed(tmp_path):
    image = Image.new("L", (40, 20), 255)
    image.paste(0, (0, 0, 10, 20))  # Dark on the left.
    exif = Image.Exif()
    exif[0x0112] = 6  # Turn by a quarter, clockwise.
    image.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    grey, _ = as_grey(tmp_path / "turned.jpg", 100)
    assert grey.shape == (40, 20)
    assert grey[:8].mean() < 20 < 240 < grey[14:].mean()


def test_transparent_is_white():
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    assert_allclose(as_grey(image, 10)[0], 255)


def test_transparent_arrays_are_on_white():
    array = np.zeros((4, 4, 4), np.uint8)
    array[:2, :, 3] = 255
    assert_allclose(as_grey(array, 10)[0], np.repeat([[0], [255]], [2, 2], axis=0) * np.ones(4))


def test_fractions_may_overshoot():
    array = np.array([[-0.02, 0.5, 1.01]])
    assert_allclose(as_grey(array, 10)[0], [[0, 128, 255]])


def test_deep_images():
    deep = np.array([[0, 32768, 65535]], np.uint16)
    assert_allclose(as_grey(deep, 10)[0], [[0, 128, 255]])
    assert_allclose(as_grey(Image.fromarray(deep), 10)[0], [[0, 128, 255]])


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_malformed_files_are_named(content, tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.png"):
        as_grey(path, 100)


def test_truncated_files_are_named(tmp_path):
    path = tmp_path / "cut.png"
    noise = np.random.default_rng(0).integers(0, 256, (50, 50), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(ValueError, match=r"cut\.png is damaged"):
        as_grey(path, 100)
