import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.neighbors import KNeighborsClassifier
from small_readers import framed, written

from skdigits.reading import make_segments
from skdigits.reading._training_segments import _divided, _where_they_touch


@pytest.fixture(scope="module")
def digits28():
    return framed()[:200], written()[1][:200]


def test_half_are_digits_and_look_like_their_label(digits28):
    X, y = make_segments(*digits28, 300, random_state=0)
    assert X.shape == (300, 784)
    assert X.dtype == np.uint8
    assert set(y.tolist()) <= {-1, *range(10)}
    is_digit = y >= 0
    assert 0.4 <= is_digit.mean() <= 0.65
    nearest = KNeighborsClassifier(1).fit(*digits28)
    assert nearest.score(X[is_digit], y[is_digit]) > 0.8
    distances, _ = nearest.kneighbors(X, 1)
    assert np.median(distances[is_digit]) < 0.9 * np.median(distances[~is_digit])


def test_same_seed_same_segments(digits28):
    first, again, other = (make_segments(*digits28, 40, random_state=seed) for seed in (3, 3, 4))
    assert_array_equal(first[0], again[0])
    assert_array_equal(first[1], again[1])
    assert (first[0] != other[0]).any()


def test_the_callers_generator_and_images_are_left_alone(digits28):
    X, y = digits28
    state, before = np.random.get_state()[1].copy(), X.copy()  # noqa: NPY002
    make_segments(X, y, 10, random_state=0)
    assert_array_equal(X, before)
    assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_strokes_apart_are_digits_and_both_together_are_none():
    masks = np.zeros((2, 120, 150), np.bool_)
    masks[0, 20:100, 30:40] = True
    masks[1, 20:100, 60:70] = True
    right, wrong = _divided(masks, np.array([1, 7]))
    assert [label for _, label in right] == [1, 7]
    assert [ink.shape for ink, _ in right] == [(80, 10), (80, 10)]
    assert [(ink.shape, label) for ink, label in wrong] == [((80, 40), -1)]


def test_a_digit_slides_until_it_touches():
    written = np.zeros((3, 30), np.bool_)
    written[0, :9] = written[1, :20] = True
    ink = np.ones((3, 15), np.bool_)
    assert _where_they_touch(written, ink, 20) == 20
    ink[1, :5] = False
    assert _where_they_touch(written, ink, 20) == 15


def test_what_is_no_digit_is_named(digits28):
    X, y = digits28
    blank = np.zeros((1, 784), np.uint8)
    with pytest.raises(ValueError, match=r"X\[1\] does not show a digit"):
        make_segments(np.concatenate([X[:1], blank]), [y[0], 0], 6, random_state=0)
    dashes = np.zeros((1, 28, 28), np.uint8)
    dashes[0, ::4] = 255
    with pytest.raises(ValueError, match="divided correctly"):
        make_segments(dashes.reshape(1, -1), [0], 6, random_state=0)
    with pytest.raises(ValueError, match="n_samples == 0"):
        make_segments(X, y, 0)
