"""Pictures of lines of digits, as on cheques and forms."""

from __future__ import annotations

from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state, check_scalar

from skdigits.handwriting._drawings import Random, check_digits
from skdigits.handwriting._line_pictures import picture_of
from skdigits.handwriting._line_texts import NO_DIGIT, draw_text
from skdigits.handwriting._line_writing import Characters, draw_hand, write_line
from skdigits.handwriting._non_digits import make_non_digits
from skdigits.ink.pictures import require_images

Image = NDArray[np.uint8]  # (height, width), or (28, 28) for a single character

_LINES_PER_TASK = 250
_NON_DIGITS_PER_TASK = 100


def make_lines(
    X: ArrayLike,
    y: ArrayLike,
    n_lines: int,
    *,
    n_jobs: int | None = None,
    random_state: int | Random | None = None,
) -> tuple[list[Image], NDArray[np.str_]]:
    """Write lines of digits on paper of many kinds and take pictures of them.

    - A line has one writer, with one slant, size, pen and spacing. Digits touch, overlap or are
      far apart; some writers join noughts.
    - Points, commas, dashes and currency signs between and beside the digits are not part of the
      text.
    - Paper is plain, ruled above, below or through the digits, divided into boxes, or printed with
      security patterns.
    - Pictures are dark or pale, noisy, blurred, compressed, coarse (down to digits of 12 pixels),
      enlarged until the pixels show, cut off at an edge, or inverted.
    - A few lines contain letters and scribbles, each of which is a "?" in the text.

    Parameters
    ----------
    X : array-like of shape (n_digits, 784)
        Digits to write with, as in MNIST: 28x28 pixels from 0 (paper) to 255 (ink). Apply
        :func:`make_handwriting` first for more handwriting styles.
    y : array-like of shape (n_digits,)
        The digits, from 0 to 9.
    n_lines : int
        Number of lines.
    n_jobs : int or None, default=None
        Number of processes. The lines do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Determines what is written.

    Returns
    -------
    images : list of ndarray of shape (height, width)
        Pictures of the lines, of different sizes, with grey levels from 0 (black) to 255 (white).
    texts : ndarray of shape (n_lines,)
        The text of each line: its digits, and "?".

    Raises
    ------
    ValueError
        If a row does not show a digit, or if the labels are not digits from 0 to 9.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.handwriting import make_lines
    >>> one = np.zeros((28, 28), np.uint8)
    >>> one[4:24, 13:16] = 255
    >>> images, texts = make_lines(one.reshape(1, -1), [1], 3, random_state=0)
    >>> len(images), texts.shape, set("".join(texts)) <= {"1", "?"}
    (3, (3,), True)
    """
    require_images("make_lines")
    images, labels = check_digits(X, y)
    check_scalar(n_lines, "n_lines", Integral, min_val=1)
    random = check_random_state(random_state)
    sizes = [min(_LINES_PER_TASK, n_lines - i) for i in range(0, n_lines, _LINES_PER_TASK)]
    seeds = random.randint(np.iinfo(np.int32).max, size=len(sizes))
    tasks = Parallel(n_jobs)(
        delayed(_some_lines)(images, labels, size, int(seed))
        for size, seed in zip(sizes, seeds, strict=True)
    )
    lines = [line for task in tasks for line in task]
    return [image for image, _ in lines], np.array([text for _, text in lines])


def _some_lines(
    images: NDArray[np.uint8], labels: NDArray[np.int64], n_lines: int, seed: int
) -> list[tuple[Image, str]]:
    random = np.random.RandomState(seed)
    rows = images.reshape(len(images), -1)
    others = make_non_digits(rows, labels, _NON_DIGITS_PER_TASK, random_state=random)
    others = others[(others > 127).any(axis=1)].reshape(-1, *images.shape[1:])
    places = {str(digit): np.flatnonzero(labels == digit) for digit in np.unique(labels)}
    places[NO_DIGIT] = len(images) + np.arange(len(others))
    characters = Characters(np.concatenate([images, others]), places)
    return [_line(characters, random) for _ in range(n_lines)]


def _line(characters: Characters, random: Random) -> tuple[Image, str]:
    text = draw_text(
        [character for character in characters.places if character != NO_DIGIT], random
    )
    line = write_line(text, characters, draw_hand(random), random)
    return picture_of(line, random), "".join(it for it in text if it in characters.places)
