import numpy as np
import pytest
from numpy.testing import assert_array_equal
from small_readers import framed, written

from skdigits.handwriting import make_handwriting, make_non_digits
from skdigits.handwriting._drawings import drawing_of
from skdigits.handwriting._non_digits import _NON_DIGITS
from skdigits.handwriting._written import _HABITS, _up_stroke


@pytest.fixture(scope="module")
def digits28():
    return framed()[:60], written()[1][:60]


def test_written_digits_are_framed_and_differ(digits28):
    X, y = digits28
    again = make_handwriting(X, y, random_state=0)
    assert again.shape == X.shape
    assert again.dtype == np.uint8
    assert (again.max(axis=1) > 200).all()
    assert np.abs(again.astype(float) - X).mean(axis=1).min() > 1
    images = again.reshape(-1, 28, 28)
    assert images[:, 0].max() == images[:, :, 0].max() == 0


@pytest.mark.parametrize(
    "make", [make_handwriting, lambda X, y, **rest: make_non_digits(X, y, 40, **rest)]
)
def test_same_seed_same_images(make, digits28):
    first, again, other = (make(*digits28, random_state=seed) for seed in (3, 3, 4))
    assert_array_equal(first, again)
    assert (first != other).any()


def test_the_callers_generator_and_images_are_left_alone(digits28):
    X, y = digits28
    np.random.seed(5)  # noqa: NPY002
    expected = np.random.uniform()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    before = X.copy()
    make_handwriting(X, y, random_state=0)
    assert_array_equal(X, before)
    assert np.random.uniform() == expected  # noqa: NPY002


def habit_adds_ink_to(digit, habit):
    image = framed()[written()[1] == digit][0].reshape(28, 28)
    drawing = drawing_of(image)
    before = np.asarray(drawing).astype(int).sum()
    habit(drawing, np.random.RandomState(0))
    return np.asarray(drawing).astype(int).sum() - before


@pytest.mark.parametrize(
    ("digit", "habit"), [(digit, habit) for digit, habits in _HABITS.items() for habit, _ in habits]
)
def test_habits_add_a_stroke(digit, habit):
    assert habit_adds_ink_to(digit, habit) > 255 * 30


def test_up_stroke_lies_to_the_left_of_the_one():
    from PIL import Image

    stem = np.zeros((112, 112), np.uint8)
    stem[16:96, 54:60] = 255
    for seed in range(20):
        drawing = Image.fromarray(stem.copy())
        _up_stroke(drawing, np.random.RandomState(seed))
        added = np.nonzero((np.asarray(drawing) > 0) & (stem == 0))
        assert np.median(added[1]) < 57
        assert added[0].min() > 4


@pytest.mark.parametrize("kind", _NON_DIGITS, ids=lambda kind: kind.__name__)
def test_each_kind_of_non_digit_has_ink(kind, digits28):
    X, _ = digits28
    images = X.reshape(-1, 28, 28)
    for seed in range(5):
        assert (np.asarray(kind(images, np.random.RandomState(seed))) > 127).sum() > 10


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((1, 64)), [0], "784 pixels"),
        (np.full((1, 784), 300), [0], "300"),
        (np.zeros((2, 784)), [0], "inconsistent"),
        (np.zeros((1, 784)), [0], "does not show a digit"),
        (np.full((1, 784), 0.9), [0], "0.9 of 255"),
        (np.full((1, 784), 200), ["A"], "digits from 0 to 9"),
    ],
)
def test_bad_input_is_named(X, y, message):
    with pytest.raises(ValueError, match=message):
        make_handwriting(X, y)
