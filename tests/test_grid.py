import numpy as np
import pytest
from PIL import Image

from skdigits.ink.grid import grid_on
from skdigits.ink.perspective import homography, mapped, rectangle, warped

LEFT, TOP, SIDE = 40, 30, 60


def contrast_of(n_rows, n_columns, thickness=3):
    """Draw a grid without anything in it."""
    picture = np.zeros((n_rows * SIDE + 2 * TOP, n_columns * SIDE + 2 * LEFT), np.float32)
    height, width = n_rows * SIDE + thickness, n_columns * SIDE + thickness
    for i in range(n_rows + 1):
        picture[TOP + i * SIDE : TOP + i * SIDE + thickness, LEFT : LEFT + width] = 0.5
    for j in range(n_columns + 1):
        picture[TOP : TOP + height, LEFT + j * SIDE : LEFT + j * SIDE + thickness] = 0.5
    return picture


def crossings_of(n_rows, n_columns, thickness=3):
    rows, columns = np.mgrid[: n_rows + 1, : n_columns + 1]
    return np.stack([LEFT + columns * SIDE, TOP + rows * SIDE], axis=-1) + thickness / 2


@pytest.mark.parametrize("shape", [(3, 4), (9, 9), (1, 5), (6, 1), (1, 2)])
def test_rows_and_columns_are_counted(shape):
    grid = grid_on(contrast_of(*shape))
    assert grid.shape == shape
    assert np.abs(grid.crossings - crossings_of(*shape)).max() < 1.5
    for thicknesses in grid.thicknesses:
        assert np.abs(thicknesses - 3).max() <= 1


@pytest.mark.parametrize("aside", [-50, 60])
def test_a_grid_is_found_from_the_side(aside):
    contrast = contrast_of(5, 6)
    height, width = contrast.shape
    size = width + 120, height + 120
    moves = np.array([[aside, 20], [0, -30], [aside / 2, 40], [0, 0]])
    seen = rectangle(width, height) + moves + 60
    to_flat = homography(seen, rectangle(width, height))
    grid = grid_on(warped(contrast, to_flat, *size))
    assert grid.shape == (5, 6)
    expected = mapped(np.linalg.inv(to_flat), crossings_of(5, 6))
    assert np.abs(grid.crossings - expected).max() < 2.5


def test_paper_may_bend():
    contrast = contrast_of(5, 6)
    width = contrast.shape[1]
    shifts = np.rint(4 * np.sin(np.linspace(0, np.pi, width))).astype(int)
    bent = np.stack([np.roll(contrast[:, j], shifts[j]) for j in range(width)], axis=1)
    grid = grid_on(bent)
    assert grid.shape == (5, 6)
    expected = crossings_of(5, 6)
    expected[..., 1] += shifts[expected[..., 0].astype(int)]
    assert np.abs(grid.crossings - expected).max() < 2.5


def test_strokes_within_cells_are_no_lines():
    contrast = contrast_of(1, 6)
    for j in range(6):  # A column of 1s, one below the other, in a grid of one row.
        left = LEFT + j * SIDE + 28
        contrast[TOP + 10 : TOP + 54, left : left + 5] = 0.8
    assert grid_on(contrast).shape == (1, 6)


def test_cells_of_any_size():
    contrast = np.zeros((300, 400), np.float32)
    for row in (20, 60, 160, 270):
        contrast[row : row + 2, 30:372] = 0.4
    for column in (30, 200, 240, 370):
        contrast[20:272, column : column + 2] = 0.4
    grid = grid_on(contrast)
    assert grid.shape == (3, 3)
    assert np.abs(grid.corners(1, 2) - [[241, 61], [371, 61], [371, 161], [241, 161]]).max() < 1.5
    assert grid.lines_around(1, 2) == pytest.approx(2, abs=1)


def test_the_table_around_the_paper_is_no_grid():
    contrast = np.pad(contrast_of(4, 4), 20)
    dark = np.pad(contrast, 25, constant_values=0.8)
    assert grid_on(dark).shape == (4, 4)


@pytest.mark.parametrize("picture", ["blank", "one box", "digits"])
def test_no_grid(picture):
    contrast = np.zeros((200, 300), np.float32)
    if picture == "one box":
        contrast[40:160, 60:240] = 0.5
        contrast[43:157, 63:237] = 0
    if picture == "digits":
        strokes = Image.new("F", (300, 200))
        contrast = np.array(strokes)
        for j in range(5):
            contrast[60:140, 40 + 45 * j : 48 + 45 * j] = 0.7
    assert grid_on(contrast) is None


def test_a_slanted_stroke_in_a_low_strip_is_no_line():
    contrast = np.zeros((160, 1000), np.float32)
    contrast[[40, 41, 120, 121], 50:952] = 1
    contrast[40:122, 50:952:90] = contrast[40:122, 51:952:90] = 1
    for row in range(43, 119):
        left = 170 + (row - 43) // 5
        contrast[row, left : left + 5] = 1
    assert grid_on(contrast).shape == (1, 10)
