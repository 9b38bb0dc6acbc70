import numpy as np
import pytest

from skdigits.ink.quadrilateral import mask_of
from skdigits.ink.sheet import convex_area, corners_of_sheet, shows_bright_sheet, threshold_of


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


CORNERS = np.array([[70, 40], [520, 60], [480, 370], [40, 340]], float)


def photo_of_sheet(corners=CORNERS, *, paper=220.0, table=60.0, shape=(420, 580)):
    inside = mask_of(np.array(corners, float), *shape[::-1])
    grey = np.where(inside, paper, table).astype(np.float32)
    grey += np.random.default_rng(0).normal(0, 3, shape)
    for left in range(150, 400, 40):
        grey[150:200, left : left + 6] = 40
    return grey.astype(np.float32)


@pytest.mark.parametrize("size", [1, 3])
def test_corners_of_a_sheet_on_a_table(size):
    photo = np.kron(photo_of_sheet(), np.ones((size, size), np.float32))
    assert np.abs(corners_of_sheet(photo) - size * CORNERS).max() < 4 * size


def test_a_sheet_in_a_shadow_on_a_light_table():
    photo = photo_of_sheet(table=120) * np.linspace(1, 0.75, 580, dtype=np.float32)
    assert np.abs(corners_of_sheet(photo) - CORNERS).max() < 5


def test_paper_outside_a_shadow_is_no_sheet():
    photo = photo_of_sheet([[70, 230], [520, 250], [480, 390], [40, 370]])
    assert corners_of_sheet(photo) is None
    photo[150:200] = photo[20:70]
    photo[280:330, 150:400:40] = 40
    photo[280:330, 151:400:40] = 40
    assert corners_of_sheet(photo) is not None


def test_a_brighter_part_of_the_table_is_no_sheet():
    photo = photo_of_sheet()
    table = ~mask_of(CORNERS, 580, 420)
    photo[:, 540:][table[:, 540:]] = 130
    photo[390:][table[390:]] = 140
    assert np.abs(corners_of_sheet(photo) - CORNERS).max() < 5


@pytest.mark.parametrize(
    "photo",
    [
        np.full((300, 400), 128, np.float32),
        np.full((10, 400), 128, np.float32),
        # Paper alone, in a soft shadow and in a hard one, and paper that goes on beyond the photo.
        np.tile(np.linspace(90, 220, 400, dtype=np.float32), (300, 1)),
        np.tile(np.where(np.arange(400) > 150, 220, 120).astype(np.float32), (300, 1)),
        photo_of_sheet([[-50, 60], [620, 60], [620, 380], [-50, 380]]),
        # Not four sides; not darker all around.
        photo_of_sheet([[290, 30], [290, 30], [540, 390], [40, 390]]),
        np.where(mask_of(CORNERS, 580, 420), 220, np.arange(580) / 2.5).astype(np.float32),
    ],
    ids=["blank", "strip", "soft shadow", "hard shadow", "no table", "triangle", "soft table"],
)
def test_what_is_no_sheet_has_no_corners(photo):
    assert corners_of_sheet(photo) is None


def test_the_box_around_a_digit_is_no_sheet():
    photo = np.full((300, 400), 225, np.float32)
    photo[60:240, 100:300] = 40
    photo[66:234, 106:294] = 225
    photo[100:200, 190:200] = 40
    assert corners_of_sheet(photo) is None


def test_one_side_may_be_beyond_the_photo():
    corners = [[70, 40], [470, 40], [470, 600], [70, 600]]
    found = corners_of_sheet(photo_of_sheet(corners))
    assert np.abs(found - [[70, 40], [470, 40], [470, 420], [70, 420]]).max() < 5


def test_a_sheet_that_is_cut_off_obliquely_keeps_its_angles():
    turned = np.array([[100, 30], [420, 70], [350, 630], [30, 590]])
    top_left, top_right, bottom_right, bottom_left = corners_of_sheet(photo_of_sheet(turned))
    across, below = top_right - top_left, bottom_right - bottom_left
    assert below[1] / below[0] == pytest.approx(across[1] / across[0], abs=0.02)
    assert bottom_left[1] > 400


def test_a_hard_shadow_across_the_sheet():
    photo = photo_of_sheet(table=45)
    photo[:, 300:] *= 0.55
    assert np.abs(corners_of_sheet(photo) - CORNERS).max() < 5
