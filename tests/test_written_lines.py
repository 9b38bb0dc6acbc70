"""Lines of digits: what is written, on what, and that it is repeatable."""

import numpy as np
import pytest
from scipy import ndimage
from small_readers import framed, written

from skdigits.handwriting import make_lines
from skdigits.handwriting._line_pictures import picture_of
from skdigits.handwriting._line_texts import NO_DIGIT, draw_text
from skdigits.handwriting._line_writing import Characters, Line, draw_hand, write_line
from skdigits.handwriting._marks import MARKS, noughts


@pytest.fixture(scope="module")
def digits():
    return framed()[:60], written()[1][:60]


@pytest.fixture(scope="module")
def characters(digits):
    X, y = digits
    places = {str(digit): np.flatnonzero(y == digit) for digit in range(10)}
    return Characters(X.reshape(-1, 28, 28), places)


def test_lines_are_grey_pictures_of_texts(digits):
    images, texts = make_lines(*digits, 40, random_state=0)
    assert len(images) == len(texts) == 40
    assert all(image.dtype == np.uint8 and image.ndim == 2 and image.size for image in images)
    assert set("".join(texts)) <= set("0123456789" + NO_DIGIT)
    assert len({image.shape for image in images}) > 20
    assert all(len(text) >= 1 for text in texts)


def test_same_random_state_gives_same_lines_in_any_number_of_processes(digits):
    images, texts = make_lines(*digits, 260, random_state=3)
    others, other_texts = make_lines(*digits, 260, random_state=3, n_jobs=2)
    assert (texts == other_texts).all()
    assert all(np.array_equal(*pair) for pair in zip(images, others, strict=True))
    different, _ = make_lines(*digits, 260, random_state=4)
    assert not all(a.shape == b.shape for a, b in zip(images, different, strict=True))


def test_global_generator_is_left_alone(digits):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    make_lines(*digits, 3, random_state=0)
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_only_the_given_digits_are_written(digits):
    X, y = digits
    _, texts = make_lines(X[y == 7], y[y == 7], 30, random_state=0)
    assert set("".join(texts)) <= {"7", NO_DIGIT}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((2, 784)), [1, 2], 3), "does not show a digit"),
        ((np.full((2, 784), 255), [1, 12], 3), "digits from 0 to 9"),
        ((np.full((2, 784), 255), [1, 2], 0), "n_lines"),
        ((np.full((2, 700), 255), [1, 2], 3), "rows of 784 pixels"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_lines(*arguments)


def test_marks_are_not_part_of_the_text():
    random = np.random.RandomState(0)
    texts = [draw_text(list("0123456789"), random) for _ in range(3000)]
    assert {mark for text in texts for mark in text} == {*"0123456789 ", NO_DIGIT, *MARKS}
    n_digits = [sum(character.isdigit() or character == NO_DIGIT for character in t) for t in texts]
    assert min(n_digits) == 1
    assert max(n_digits) >= 10


def test_separators_stand_before_groups_of_three():
    random = np.random.RandomState(1)
    texts = [draw_text(list("123"), random) for _ in range(3000)]
    grouped = [text for text in texts if "'" in text]
    assert grouped
    assert all(len(part.rstrip("-=~.,")) >= 3 for text in grouped for part in text.split("'")[1:])


def test_line_stands_on_its_foot(characters):
    random = np.random.RandomState(0)
    line = write_line("1234", characters, draw_hand(random), random)
    rows = np.flatnonzero((line.ink > 0.5).any(axis=1))
    assert rows[0] == 0
    assert abs(line.foot - rows[-1]) < 0.5 * line.height
    assert len(line.columns) == 5
    assert np.all(np.diff(line.columns) > 0)


def test_narrow_lines_are_not_cut_off():
    random = np.random.RandomState(0)
    ink = np.ones((50, 2), np.float32)
    for _ in range(300):
        picture = picture_of(Line(ink, height=50.0, foot=50, columns=[0, 2]), random)
        assert picture.size
        assert np.ptp(picture) > 0


def test_each_digit_of_a_sparse_line_is_a_piece(characters):
    n_pieces = []
    for seed in range(30):
        random = np.random.RandomState(seed)
        line = write_line("1 1 1", characters, draw_hand(random), random)
        n_pieces.append(ndimage.label(line.ink > 0.3, np.ones((3, 3)))[1])
    assert np.median(n_pieces) == 3


def test_pen_of_a_line_is_one_pen(characters):
    thickness = []
    for pen in (0.1, 0.15, 0.2):  # These digits are thick.
        random = np.random.RandomState(0)
        hand = draw_hand(random)._replace(height=80, pen=pen, touching=0)
        ink = write_line("0123456789", characters, hand, random).ink > 0.5
        thickness.append(ndimage.distance_transform_edt(ink)[ink].mean())
    assert 1.2 < thickness[1] / thickness[0] < 1.6
    assert 1.4 < thickness[2] / thickness[0] < 2.1


def test_noughts_are_one_stroke_and_close():
    random = np.random.RandomState(0)
    for n_noughts in (1, 2, 5):
        (stroke,) = noughts(n_noughts, random)
        assert stroke.shape[1] == 2
        is_top = stroke[:, 1] < np.median(stroke[:, 1])
        assert np.count_nonzero(np.diff(is_top.astype(int)) == 1) >= n_noughts - 1


def test_ink_is_darker_or_lighter_than_paper(characters):
    random = np.random.RandomState(0)
    n_dark = 0
    for _ in range(60):
        line = write_line("88", characters, draw_hand(random), random)
        picture = picture_of(line, random).astype(float)
        n_dark += ((picture - np.median(picture)) ** 3).mean() < 0
    assert 40 <= n_dark < 60
