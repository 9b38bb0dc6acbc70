"""Training images for other hands than MNIST's: digits written otherwise, and what is no digit.

MNIST's writers were American. Elsewhere a 1 begins with a long up-stroke, a 7 is crossed and a 9
ends in a hook. These variants are drawn onto MNIST's own images; nothing else is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, check_consistent_length, check_random_state

from skdigits._letters import LETTERS, PRINTED_LETTERS
from skdigits.preprocessing._frame import FRAME, frame_strokes
from skdigits.preprocessing._pictures import require_images

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["make_handwriting", "make_non_digits"]

Random = np.random.RandomState
Point = NDArray[np.float64]  # column and row

_SCALE = 4  # Strokes are drawn on images so many times as large.
_SIDE = FRAME * _SCALE
_OTHERS_ON_THEIR_SIDE = [1, 2, 3, 4, 5, 7]  # A 0 stays a 0, and a 6 or 9 may become any.
_MIDDLE = np.array([_SIDE / 2, _SIDE / 2])


def make_handwriting(
    X: ArrayLike, y: ArrayLike, *, random_state: int | Random | None = None
) -> NDArray[np.uint8]:
    """Write each digit once more: other slants, proportions and pens, and other habits.

    - A 1 may get an up-stroke and a foot, a 7 a bar and a serif, a 9 a hook and a 0 a slash.
    - All are sheared, turned and stretched, and framed anew with strokes of another thickness.
    - Some lose a little ink, or keep a bit of a neighbour, as digits cut from a photo do.

    Parameters
    ----------
    X : array-like of shape (n_samples, 784)
        Digits as in MNIST: 28x28 pixels from 0 (paper) to 255 (ink).
    y : array-like of shape (n_samples,)
        Which digits they are, from 0 to 9.
    random_state : int, RandomState instance or None, default=None
        Determines what is drawn.

    Returns
    -------
    X_written : ndarray of shape (n_samples, 784)
        The digits written once more.

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
    images, labels = as_images(X), np.asarray(y)
    check_consistent_length(images, labels)
    random = check_random_state(random_state)
    written = np.zeros((len(images), FRAME * FRAME), np.uint8)
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        drawing = _enlarged(image)
        for habit, share in _HABITS.get(int(label), ()):
            if random.uniform() < share:
                habit(drawing, random)
        drawing = _slanted(drawing, random)
        if random.uniform() < 0.1:
            _scratch(drawing, random)
        if random.uniform() < 0.1:
            drawing = _with_neighbour(drawing, images[random.randint(len(images))], random)
        written[i] = _framed(drawing, random)
    return written


def make_non_digits(
    X: ArrayLike, y: ArrayLike, n_samples: int, *, random_state: int | Random | None = None
) -> NDArray[np.uint8]:
    """Draw what a reader meets besides digits, framed as digits are.

    Letters by hand and in print, scribbles, smudges, and digits on their side. Train a classifier
    on them with labels drawn at random, and it learns to be unsure of what is no digit.

    Parameters
    ----------
    X : array-like of shape (n_digits, 784)
        Digits as in MNIST, to lay on their side.
    y : array-like of shape (n_digits,)
        Which digits they are, from 0 to 9.
    n_samples : int
        How many images to draw.
    random_state : int, RandomState instance or None, default=None
        Determines what is drawn.

    Returns
    -------
    X_drawn : ndarray of shape (n_samples, 784)
        Images of 28x28 pixels from 0 (paper) to 255 (ink).

    See Also
    --------
    skdigits.reading.make_segments : Makes parts of digits, and digits with parts of others.

    References
    ----------
    Hendrycks, Mazeika and Dietterich (2019). Deep anomaly detection with outlier exposure. ICLR.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.handwriting import make_non_digits
    >>> one = np.zeros((28, 28), np.uint8)
    >>> one[4:24, 13:16] = 255
    >>> make_non_digits(one.reshape(1, -1), [1], 3, random_state=0).shape
    (3, 784)
    """
    require_images("make_non_digits")
    images, labels = as_images(X), np.asarray(y)
    check_consistent_length(images, labels)
    random = check_random_state(random_state)
    turnable = images[np.isin(labels, _OTHERS_ON_THEIR_SIDE)]
    kinds, shares = list(_NON_DIGITS), np.array(list(_NON_DIGITS.values()))
    drawn = np.zeros((n_samples, FRAME * FRAME), np.uint8)
    for i, kind in enumerate(random.choice(len(kinds), n_samples, p=shares / shares.sum())):
        is_turned = kinds[kind] is _laid_down and len(turnable)
        drawing = kinds[kind](turnable if is_turned else images, random)
        drawn[i] = _framed(_slanted(drawing, random), random)
    return drawn


def as_images(X: ArrayLike) -> NDArray[np.uint8]:
    rows = check_array(X)
    if rows.shape[1] != FRAME * FRAME or rows.min() < 0 or rows.max() > 255:
        raise ValueError(
            f"X must hold rows of {FRAME * FRAME} pixels from 0 to 255, got shape {rows.shape} "
            f"and pixels from {rows.min():g} to {rows.max():g}."
        )
    images: NDArray[np.uint8] = rows.astype(np.uint8).reshape(-1, FRAME, FRAME)
    return images


def _enlarged(image: NDArray[np.uint8]) -> Image.Image:
    from PIL import Image

    return Image.fromarray(image).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)


def slanted_drawing(image: NDArray[np.uint8], random: Random) -> Image.Image:
    """Enlarge a digit, and shear, turn and stretch it at random."""
    return _slanted(_enlarged(image), random)


def _framed(drawing: Image.Image, random: Random) -> NDArray[np.uint8]:
    ink = np.asarray(drawing, dtype=np.float32) / np.float32(255)
    if (ink >= 0.5).sum() < 4:
        return np.zeros(FRAME * FRAME, np.uint8)
    return frame_strokes(ink, random.triangular(1.6, 2.5, 4.2)).ravel()


def _slanted(drawing: Image.Image, random: Random) -> Image.Image:
    """Shear, turn and stretch a drawing about its middle, on a sheet with room for it."""
    from PIL import Image

    angle, slant = random.uniform(-0.12, 0.12), random.normal(0, 0.16)
    stretch = np.exp(random.normal(0, 0.09))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, slant], [0, 1]]) @ np.diag([stretch, 1 / stretch])
    middle = np.array(drawing.size) / 2
    sheet = (2 * drawing.width, 2 * drawing.height)
    x, y = middle - matrix @ (2 * middle)
    coefficients = (*matrix[0], x, *matrix[1], y)
    return drawing.transform(sheet, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR)


def _draw(drawing: Image.Image, points: Any, width: float, fill: int = 255) -> None:
    """Draw a stroke through points: straight through two, bent by a third one in the middle."""
    from PIL import ImageDraw

    points = np.asarray(points, dtype=float)
    if len(points) == 3:
        t = np.linspace(0, 1, 12)[:, np.newaxis]
        start, bend, end = points
        points = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
    pen = ImageDraw.Draw(drawing)
    pen.line([tuple(point) for point in points], fill=fill, width=round(width), joint="curve")
    for x, y in points[[0, -1]]:
        radius = width / 2
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _end(drawing: Image.Image, where: str) -> Point:
    """Find the top or the bottom end of the ink."""
    rows, columns = np.nonzero(np.asarray(drawing) > 127)
    if len(rows) == 0:
        return _MIDDLE
    distance = rows - rows.min() if where == "top" else rows.max() - rows
    near = distance <= 4
    return np.array([columns[near].mean(), rows[near].mean()])


def _turned(vector: Point, angle: float) -> Point:
    """Turn a vector that points down to the left."""
    x, y = vector
    return np.array([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)])


def _pen_width(random: Random) -> float:
    return float(random.uniform(6, 11))


def _up_stroke(drawing: Image.Image, random: Random) -> None:
    top, bottom = _end(drawing, "top"), _end(drawing, "bottom")
    length = random.uniform(0.2, 0.95)
    # A long stroke at a wide angle would make it a 7.
    angle = random.uniform(0.3, 0.95 if length > 0.4 else 1.2)
    end = top + length * _turned(bottom - top, angle)
    bend = (top + end) / 2 + random.normal(0, 0.08, 2) * np.linalg.norm(end - top)
    _draw(drawing, [top, bend, end], _pen_width(random))


def _foot(drawing: Image.Image, random: Random) -> None:
    bottom = _end(drawing, "bottom")
    half = random.uniform(8, 24) * np.array([1, random.uniform(-0.2, 0.2)])
    _draw(drawing, [bottom - half, bottom + half], _pen_width(random))


def _bar(drawing: Image.Image, random: Random) -> None:
    """Cross the stem: the ink farthest to the right, somewhat below the middle."""
    ink = np.asarray(drawing) > 127
    rows = np.flatnonzero(ink.any(axis=1))
    row = int(rows[0] + random.uniform(0.4, 0.65) * (rows[-1] - rows[0]))
    columns = np.flatnonzero(ink[row])
    if len(columns):
        stem = np.array([columns[columns > columns[-1] - 12].mean(), row])
        half = random.uniform(10, 26) * np.array([1, -random.uniform(-0.3, 0.6)])
        _draw(drawing, [stem - half * random.uniform(0.7, 1), stem + half], _pen_width(random))


def _serif(drawing: Image.Image, random: Random) -> None:
    """Begin the bar of a 7 by a short stroke at its left end."""
    rows, columns = np.nonzero(np.asarray(drawing) > 127)
    near = columns <= columns.min() + 4
    start = np.array([columns.min() + 4, rows[near].mean()])
    end = start + np.array([random.uniform(-6, 4), random.uniform(10, 22)])
    _draw(drawing, [start, end], _pen_width(random))


def _hook(drawing: Image.Image, random: Random) -> None:
    bottom = _end(drawing, "bottom")
    depth, reach = random.uniform(4, 26), random.uniform(16, 44)
    bend = bottom + np.array([random.uniform(-6, 8), 1.6 * depth])
    end = bottom + np.array([-reach, random.uniform(-0.2, 0.9) * depth])
    _draw(drawing, [bottom, bend, end], _pen_width(random))


def _slash(drawing: Image.Image, random: Random) -> None:
    half = np.array([random.uniform(14, 26), -random.uniform(20, 34)])
    _draw(drawing, [_MIDDLE - half, _MIDDLE + half], _pen_width(random))


_HABITS: dict[int, tuple[tuple[Callable[[Image.Image, Random], None], float], ...]] = {
    0: ((_slash, 0.03),),
    1: ((_up_stroke, 0.6), (_foot, 0.2)),
    7: ((_bar, 0.5), (_serif, 0.15)),
    9: ((_hook, 0.35),),
}


def _scratch(drawing: Image.Image, random: Random) -> None:
    """Break a stroke, as a dry pen does."""
    ends = random.uniform(20, _SIDE - 20, (2, 2)) + (np.array(drawing.size) - _SIDE) / 2
    _draw(drawing, ends, random.uniform(2, 5), fill=0)


def _with_neighbour(
    drawing: Image.Image, neighbour: NDArray[np.uint8], random: Random
) -> Image.Image:
    """Leave a bit of a neighbour beside the digit."""
    ink = np.asarray(drawing).copy()
    columns = np.flatnonzero((ink > 127).any(axis=0))
    other = np.asarray(_enlarged(neighbour))
    other_columns = np.flatnonzero((other > 127).any(axis=0))
    if len(columns) == 0 or len(other_columns) == 0:
        return drawing
    width = random.randint(4, 14)
    top = (len(ink) - _SIDE) // 2 + random.randint(-10, 11)
    if random.uniform() < 0.5:
        bit = other[:, other_columns[0] : other_columns[0] + width]
        left = columns[-1] + random.randint(0, 8)
    else:
        bit = other[:, max(0, other_columns[-1] - width) : other_columns[-1]]
        left = columns[0] - bit.shape[1] - random.randint(0, 8)
    place = ink[top : top + _SIDE, max(0, left) : left + bit.shape[1]]
    np.maximum(place, bit[: len(place), : place.shape[1]], out=place)
    return _as_drawing(ink)


def _as_drawing(ink: NDArray[np.uint8]) -> Image.Image:
    from PIL import Image

    return Image.fromarray(ink)


def _laid_down(images: NDArray[np.uint8], random: Random) -> Image.Image:
    """Lay a digit on its side."""
    image = images[random.randint(len(images))]
    return _enlarged(np.ascontiguousarray(np.rot90(image, random.choice([1, 3]))))


def _printed_letter(images: NDArray[np.uint8], random: Random) -> Image.Image:
    from PIL import Image, ImageDraw, ImageFont

    drawing = Image.new("L", (_SIDE, _SIDE))
    font = ImageFont.load_default(_SIDE * 3 // 4)
    letter = PRINTED_LETTERS[random.randint(len(PRINTED_LETTERS))]
    ImageDraw.Draw(drawing).text(tuple(_MIDDLE), letter, fill=255, font=font, anchor="mm")
    return drawing


def _letter(images: NDArray[np.uint8], random: Random) -> Image.Image:
    strokes = LETTERS[random.randint(len(LETTERS))]
    return _strokes(
        [np.array(points) + random.normal(0, 0.3, (len(points), 2)) for points in strokes], random
    )


def _scribble(images: NDArray[np.uint8], random: Random) -> Image.Image:
    n_strokes = random.randint(2, 5)
    return _strokes([random.uniform(0, 7, (random.randint(2, 5), 2)) for _ in range(n_strokes)],
                    random)  # fmt: skip


def _strokes(strokes: list[Any], random: Random) -> Image.Image:
    """Draw strokes whose points lie on a grid of 5x7."""
    from PIL import Image

    drawing = Image.new("L", (_SIDE, _SIDE))
    width = _pen_width(random)
    for points in strokes:
        _draw(drawing, 15 + 12 * np.asarray(points), width)
    return drawing


def _smudge(images: NDArray[np.uint8], random: Random) -> Image.Image:
    from scipy import ndimage

    cloud = ndimage.gaussian_filter(random.normal(size=(_SIDE, _SIDE)), random.uniform(3, 12))
    dark = cloud > np.quantile(cloud, random.uniform(0.7, 0.9))
    near = np.hypot(*(np.indices(cloud.shape) - _SIDE / 2)) < _SIDE * random.uniform(0.2, 0.5)
    return _as_drawing((255 * (dark & near)).astype(np.uint8))


_NON_DIGITS: dict[Callable[[NDArray[np.uint8], Random], Image.Image], float] = {
    _printed_letter: 0.45,
    _letter: 0.25,
    _laid_down: 0.1,
    _scribble: 0.1,
    _smudge: 0.1,
}
