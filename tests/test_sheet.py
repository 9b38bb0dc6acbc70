import numpy as np
import pytest

from skdigits.ink.sheet import convex_area, shows_bright_sheet, threshold_of


def test_otsu_by_hand():
    # Two parts of the six levels: those up to 2 and those from 3 on have the farthest means.
    counts = [8, 7, 2, 6, 9, 4]
    grey = np.repeat(np.arange(6.0), counts)
    n = np.cumsum(counts)[:-1]
    means = np.array([grey[:i].mean() for i in n]), np.array([grey[i:].mean() for i in n])
    between = n * (len(grey) - n) * (means[0] - means[1]) ** 2
    assert between.argmax() == 2
    assert 2 <= threshold_of(grey) < 3


def test_otsu_as_scikit_image_finds_it():
    """Of two overlapping normal distributions, as skimage.filters 0.26 gives it."""
    random = np.random.default_rng(0)
    dark, bright = random.normal(80, 20, 5_000), random.normal(190, 25, 2_000)
    grey = np.clip(np.concatenate([dark, bright]), 0, 255).astype(np.float32)
    assert threshold_of(grey) == pytest.approx(134.92932)


def test_convex_area():
    frame = np.ones((5, 8), bool)
    frame[1:-1, 1:-1] = False
    assert convex_area(frame) == 40
    # A flight of steps: a trapezium of 19 rows and the lowest row.
    assert convex_area(np.tri(20, dtype=bool)) == pytest.approx(19 * (1 + 20) / 2 + 20)
    assert convex_area(np.ones((1, 1), bool)) == 1


@pytest.fixture
def table():
    grey = np.full((300, 400), 60, np.float32)
    grey[60:250, 80:330] = 220
    return grey


def test_written_paper_on_a_table_is_a_sheet(table):
    table[100:200:12, 120:280] = 50
    assert shows_bright_sheet(table)


def test_an_empty_sheet_is_none(table):
    assert not shows_bright_sheet(table)


def test_a_bright_digit_is_no_sheet(table):
    table[100:200, 120:280] = 60  # A 0 with a large hole.
    assert not shows_bright_sheet(table)


def test_bright_strokes_are_no_sheet():
    grey = np.full((300, 400), 60, np.float32)
    grey[50:250:40, 50:350:10] = 220
    assert not shows_bright_sheet(grey)


def test_a_sheet_with_notches_is_none(table):
    table[100:200:12, 120:280] = 50
    table[60:180, 80:250] = 60
    assert not shows_bright_sheet(table)
