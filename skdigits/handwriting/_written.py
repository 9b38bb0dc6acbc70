"""Variants of digits in other handwriting styles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from skdigits.handwriting._drawings import (
    MIDDLE,
    SIDE,
    Point,
    Random,
    as_drawing,
    check_digits,
    draw_stroke,
    drawing_of,
    framed,
    pen_width,
    slanted,
)
from skdigits.handwriting._styles import STYLES, draw_style
from skdigits.ink.frame import FRAME
from skdigits.ink.pictures import require_images

if TYPE_CHECKING:
    from PIL import Image


def make_handwriting(
    X: ArrayLike, y: ArrayLike, *, random_state: int | Random | None = None
) -> NDArray[np.uint8]:
    """Write a variant of each digit in another handwriting style.

    The variants have other slants, proportions and stroke widths:

    - A 1 may get an up-stroke and a foot, a 7 a bar and a serif, a 9 a hook and a 0 a slash.
    - Some are drawn from scratch in styles that MNIST lacks: a wide 0, a curled 2, a 1 whose
      up-stroke is as long as its stem, an open 4, a 5 like an s, a 7 with a bar, an 8 that does not
      close at the top, a 9 with a curl or a foot.
    - All are sheared, rotated and stretched, and framed with strokes of another thickness.
    - Some lose a little ink, or include a bit of a neighbour, as digits cut out of a photo do.

    Parameters
    ----------
    X : array-like of shape (n_samples, 784)
        Digits as in MNIST: 28x28 pixels from 0 (paper) to 255 (ink).
    y : array-like of shape (n_samples,)
        The digits, from 0 to 9.
    random_state : int, RandomState instance or None, default=None
        Determines what is drawn.

    Returns
    -------
    X_written : ndarray of shape (n_samples, 784)
        One variant per digit.

    Raises
    ------
    ValueError
        If a row does not show a digit, or if the labels are not digits from 0 to 9.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.handwriting import make_handwriting
    >>> one = np.zeros((28, 28), np.uint8)
    >>> one[4:24, 13:16] = 255
    >>> make_handwriting(one.reshape(1, -1), [1], random_state=0).shape
    (1, 784)
    """
    require_images("make_handwriting")
    images, labels = check_digits(X, y)
    random = check_random_state(random_state)
    written = np.zeros((len(images), FRAME * FRAME), np.uint8)
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        drawing = _in_a_style(int(label), random) or _with_habits(image, int(label), random)
        drawing = slanted(drawing, random)
        if random.uniform() < 0.1:
            _scratch(drawing, random)
        if random.uniform() < 0.1:
            drawing = _with_neighbour(drawing, images[random.randint(len(images))], random)
        written[i] = framed(drawing, random)
    return written


def _in_a_style(label: int, random: Random) -> Image.Image | None:
    """Draw a digit from scratch in a style that MNIST lacks, or return None."""
    draw = random.uniform()
    for style, share in STYLES.get(label, ()):
        draw -= share
        if draw < 0:
            return draw_style(style, random)
    return None


def _with_habits(image: NDArray[np.uint8], label: int, random: Random) -> Image.Image:
    """Add strokes to a digit of MNIST."""
    drawing = drawing_of(image)
    for habit, share in _HABITS.get(label, ()):
        if random.uniform() < share:
            habit(drawing, random)
    return drawing


def _end(drawing: Image.Image, where: str) -> Point:
    """Find the top or the bottom end of the ink."""
    rows, columns = np.nonzero(np.asarray(drawing) > 127)
    if len(rows) == 0:
        return MIDDLE
    distance = rows - rows.min() if where == "top" else rows.max() - rows
    near = distance <= 4
    return np.array([columns[near].mean(), rows[near].mean()])


def _turned(vector: Point, angle: float) -> Point:
    """Rotate a vector that points down towards the left."""
    x, y = vector
    return np.array([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)])


def _up_stroke(drawing: Image.Image, random: Random) -> None:
    top, bottom = _end(drawing, "top"), _end(drawing, "bottom")
    length = random.uniform(0.2, 0.95)
    # A long stroke at a wide angle would make it a 7.
    angle = random.uniform(0.3, 0.95 if length > 0.4 else 1.2)
    end = top + length * _turned(bottom - top, angle)
    bend = (top + end) / 2 + random.normal(0, 0.08, 2) * np.linalg.norm(end - top)
    draw_stroke(drawing, [top, bend, end], pen_width(random))


def _foot(drawing: Image.Image, random: Random) -> None:
    bottom = _end(drawing, "bottom")
    half = random.uniform(8, 24) * np.array([1, random.uniform(-0.2, 0.2)])
    draw_stroke(drawing, [bottom - half, bottom + half], pen_width(random))


def _bar(drawing: Image.Image, random: Random) -> None:
    """Cross the stem: the ink farthest to the right, somewhat below the middle."""
    ink = np.asarray(drawing) > 127
    rows = np.flatnonzero(ink.any(axis=1))
    row = int(rows[0] + random.uniform(0.4, 0.65) * (rows[-1] - rows[0]))
    columns = np.flatnonzero(ink[row])
    if len(columns):
        stem = np.array([columns[columns > columns[-1] - 12].mean(), row])
        half = random.uniform(10, 26) * np.array([1, -random.uniform(-0.3, 0.6)])
        draw_stroke(drawing, [stem - half * random.uniform(0.7, 1), stem + half], pen_width(random))


def _serif(drawing: Image.Image, random: Random) -> None:
    """Add a short stroke at the left end of the bar of a 7."""
    rows, columns = np.nonzero(np.asarray(drawing) > 127)
    near = columns <= columns.min() + 4
    start = np.array([columns.min() + 4, rows[near].mean()])
    end = start + np.array([random.uniform(-6, 4), random.uniform(10, 22)])
    draw_stroke(drawing, [start, end], pen_width(random))


def _hook(drawing: Image.Image, random: Random) -> None:
    bottom = _end(drawing, "bottom")
    depth, reach = random.uniform(4, 26), random.uniform(16, 44)
    bend = bottom + np.array([random.uniform(-6, 8), 1.6 * depth])
    end = bottom + np.array([-reach, random.uniform(-0.2, 0.9) * depth])
    draw_stroke(drawing, [bottom, bend, end], pen_width(random))


def _slash(drawing: Image.Image, random: Random) -> None:
    half = np.array([random.uniform(14, 26), -random.uniform(20, 34)])
    draw_stroke(drawing, [MIDDLE - half, MIDDLE + half], pen_width(random))


_HABITS: dict[int, tuple[tuple[Callable[[Image.Image, Random], None], float], ...]] = {
    0: ((_slash, 0.03),),
    1: ((_up_stroke, 0.6), (_foot, 0.2)),
    7: ((_bar, 0.5), (_serif, 0.15)),
    9: ((_hook, 0.35),),
}


def _scratch(drawing: Image.Image, random: Random) -> None:
    """Break a stroke, as a dry pen does."""
    ends = random.uniform(20, SIDE - 20, (2, 2)) + (np.array(drawing.size) - SIDE) / 2
    draw_stroke(drawing, ends, random.uniform(2, 5), fill=0)


def _with_neighbour(
    drawing: Image.Image, neighbour: NDArray[np.uint8], random: Random
) -> Image.Image:
    """Add a bit of a neighbour beside the digit."""
    ink = np.asarray(drawing).copy()
    columns = np.flatnonzero((ink > 127).any(axis=0))
    other = np.asarray(drawing_of(neighbour))
    other_columns = np.flatnonzero((other > 127).any(axis=0))
    if len(columns) == 0 or len(other_columns) == 0:
        return drawing
    width = random.randint(4, 14)
    top = (len(ink) - SIDE) // 2 + random.randint(-10, 11)
    if random.uniform() < 0.5:
        bit = other[:, other_columns[0] : other_columns[0] + width]
        left = columns[-1] + random.randint(0, 8)
    else:
        bit = other[:, max(0, other_columns[-1] - width) : other_columns[-1]]
        left = columns[0] - bit.shape[1] - random.randint(0, 8)
    place = ink[top : top + SIDE, max(0, left) : left + bit.shape[1]]
    np.maximum(place, bit[: len(place), : place.shape[1]], out=place)
    return as_drawing(ink)
