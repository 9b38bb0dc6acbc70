import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skdigits.plotting._tiles import TileStyle, as_images, draw_tiles

STYLE = TileStyle(cmap="gray_r", pixel_range=(0, 16))


def draw(images, titles=None, **changes):
    style = TileStyle(**{"cmap": "gray_r", "pixel_range": (0, 16), **changes})
    return draw_tiles(images, titles or [""] * len(images), style)


def test_rows_and_images_are_the_same_images(digits):
    rows = digits[0][:5]
    assert as_images(rows).shape == (5, 8, 8, 1)
    assert_array_equal(as_images(rows.reshape(5, 8, 8)), as_images(rows))
    assert as_images(rows, (4, 16)).shape == (5, 4, 16, 1)


@pytest.mark.parametrize("X", [np.zeros(64), np.zeros((0, 64))], ids=["one row", "no rows"])
def test_what_is_no_image_is_refused(X):
    with pytest.raises(ValueError, match=r"X (must hold|does not contain)"):
        as_images(X)


@pytest.mark.parametrize(
    ("n_images", "n_columns", "n_rows"),
    [(1, 1, 1), (2, 2, 1), (10, 5, 2), (24, 6, 4), (100, 10, 10)],
)
def test_rows_are_filled(n_images, n_columns, n_rows, pyplot):
    extents = np.array([image.get_extent() for image in draw(np.zeros((n_images, 8, 8, 1))).images])
    assert len(np.unique(extents[:, 0])) == n_columns
    assert len(np.unique(extents[:, 3])) == n_rows


def test_tiles_do_not_overlap_and_keep_their_shape(pyplot):
    tiles = draw(np.zeros((7, 4, 8, 1)), ["a long title above it"] * 7, n_columns=3)
    for i, image in enumerate(tiles.images):
        left, right, bottom, top = image.get_extent()
        assert (right - left, bottom - top) == (1, pytest.approx(0.5))
        for other in tiles.images[i + 1 :]:
            other_left, other_right, other_bottom, other_top = other.get_extent()
            beside = right <= other_left or other_right <= left
            assert beside or bottom <= other_top or other_bottom <= top


def test_titles_do_not_overlap_and_are_not_cut(pyplot):
    tiles = draw(np.zeros((6, 8, 8, 1)), ["three read as five (99 %)"] * 6)
    figure = tiles.ax.figure
    figure.canvas.draw()
    boxes = [title.get_window_extent() for title in tiles.titles]
    for i, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])


def test_grey_levels_are_drawn_as_they_are(digits, pyplot):
    images = as_images(digits[0][:3])
    for drawn, image in zip(draw(images).images, images, strict=True):
        assert_array_equal(drawn.get_array(), image[:, :, 0])
        assert drawn.get_clim() == (0, 16)


def test_colors_are_scaled_by_the_pixel_range(pyplot):
    image = np.array([[[0, 128, 255]]], dtype=np.uint8)
    (drawn,) = draw([image], pixel_range=(0, 255)).images
    assert_array_equal(drawn.get_array()[0, 0], np.array([0, 128, 255]) / 255)


def test_values_stand_in_their_cells(pyplot):
    image = np.arange(6.0).reshape(2, 3, 1)
    tiles = draw([image], include_values=True, values_format=".0f")
    (texts,) = tiles.values
    assert [text.get_text() for text in texts] == list("012345")
    left, _, _, top = tiles.images[0].get_extent()
    assert texts[4].get_position() == pytest.approx((left + 1.5 / 3, top + 1.5 / 3))


def test_values_fit_their_cells(pyplot):
    tiles = draw([np.full((28, 28, 1), 255)], include_values=True, values_format=".0f", side=6.7)
    tiles.ax.figure.canvas.draw()
    cell = tiles.images[0].get_window_extent().width / 28
    assert all(text.get_window_extent().width <= cell for text in tiles.values[0])


@pytest.mark.parametrize(
    ("n_channels", "include_values", "message"),
    [(2, False, "1 or 3 channels to be drawn, got 2"), (3, True, "needs grey images")],
)
def test_what_cannot_be_drawn_is_refused(n_channels, include_values, message, pyplot):
    with pytest.raises(ValueError, match=message):
        draw([np.zeros((8, 8, n_channels))], include_values=include_values)


def test_titles_shrink_on_small_axes(pyplot):
    _, axes = pyplot.subplots(ncols=2, figsize=(4, 2))
    tiles = draw_tiles([np.zeros((8, 8, 1))] * 12, ["7"] * 12, STYLE, ax=axes[0])
    assert tiles.ax is axes[0]
    assert tiles.titles[0].get_fontsize() < 9
