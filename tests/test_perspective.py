import numpy as np
import pytest

from skdigits.ink.perspective import homography, mapped, rectangle, size_of, warped

SEEN = np.array([[12, 7], [95, 15], [88, 70], [4, 61]], float)


def test_corners_lead_to_corners_and_back():
    to_seen = homography(rectangle(80, 50), SEEN)
    assert np.allclose(mapped(to_seen, rectangle(80, 50)), SEEN)
    assert np.allclose(mapped(np.linalg.inv(to_seen), SEEN), rectangle(80, 50))


def test_straight_lines_stay_straight():
    to_seen = homography(rectangle(80, 50), SEEN)
    first, middle, last = mapped(to_seen, [[10, 5], [33, 21.1], [60, 40]])
    (a, b), (c, d) = middle - first, last - first
    assert a * d - b * c == pytest.approx(0, abs=1e-6)


def test_without_perspective_the_middle_stays_in_the_middle():
    corners = [[3, 4], [13, 9], [8, 29], [-2, 24]]
    to_seen = homography(rectangle(10, 20), corners)
    assert np.allclose(mapped(to_seen, [5, 10]), np.mean(corners, axis=0))


def test_a_picture_is_seen_from_the_front():
    rows, columns = np.mgrid[0:80, 0:100].astype(np.float32)
    to_seen = homography(rectangle(80, 50), SEEN)
    for picture, axis in ((columns, 0), (rows, 1)):
        straight = warped(picture, to_seen, 80, 50)
        assert straight.dtype == np.float32
        assert straight.shape == (50, 80)
        # A pixel holds the number of its column or row, and its middle lies half a pixel on.
        places = mapped(to_seen, np.stack(np.mgrid[0:80, 0:50], axis=-1) + 0.5)
        expected = places[..., axis].T - 0.5
        assert np.abs(straight - expected).max() < 0.1


def test_beyond_the_edge_the_outermost_pixels_go_on():
    picture = np.full((40, 60), 7, np.uint8)
    straight = warped(picture, homography(rectangle(60, 40), SEEN - 30), 60, 40)
    assert (straight == 7).all()


def test_the_longer_side_counts():
    assert size_of(np.array([[0, 0], [10, 0], [12, 30], [0, 20]], float)) == (16, 30)


def test_three_corners_in_a_row_have_no_view():
    with pytest.raises(np.linalg.LinAlgError):
        homography(rectangle(1, 1), [[0, 0], [0, 0], [0, 0], [0, 0]])
