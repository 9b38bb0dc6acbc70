"""Objects on photos that are not digits."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state, check_scalar

from skdigits.handwriting._drawings import (
    MIDDLE,
    SIDE,
    Random,
    as_drawing,
    check_digits,
    draw_stroke,
    drawing_of,
    framed,
    pen_width,
    slanted,
)
from skdigits.handwriting._letters import LETTERS, PRINTED_LETTERS
from skdigits.ink.frame import FRAME
from skdigits.ink.pictures import require_images

if TYPE_CHECKING:
    from PIL import Image

_OTHERS_ON_THEIR_SIDE = [1, 2, 3, 4, 5, 7]  # A 0 stays a 0, and a 6 or 9 may become any digit.


def make_non_digits(
    X: ArrayLike, y: ArrayLike, n_samples: int, *, random_state: int | Random | None = None
) -> NDArray[np.uint8]:
    """Draw objects that are not digits, framed like digits.

    These are handwritten and printed letters, scribbles, smudges, and digits on their side. A
    classifier that is also trained on them, with random labels, predicts low probabilities of all
    classes for images that are not digits.

    Parameters
    ----------
    X : array-like of shape (n_digits, 784)
        Digits as in MNIST, some of which are laid on their side.
    y : array-like of shape (n_digits,)
        The digits, from 0 to 9.
    n_samples : int
        Number of images to draw.
    random_state : int, RandomState instance or None, default=None
        Determines what is drawn.

    Returns
    -------
    X_drawn : ndarray of shape (n_samples, 784)
        Images of 28x28 pixels from 0 (paper) to 255 (ink).

    Raises
    ------
    ValueError
        If a row does not show a digit, or if the labels are not digits from 0 to 9.

    See Also
    --------
    skdigits.reading.make_segments : Make parts of digits, and digits with parts of others.

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
    images, labels = check_digits(X, y)
    check_scalar(n_samples, "n_samples", Integral, min_val=1)
    random = check_random_state(random_state)
    turnable = images[np.isin(labels, _OTHERS_ON_THEIR_SIDE)]
    kinds, shares = list(_NON_DIGITS), np.array(list(_NON_DIGITS.values()))
    drawn = np.zeros((n_samples, FRAME * FRAME), np.uint8)
    for i, kind in enumerate(random.choice(len(kinds), n_samples, p=shares / shares.sum())):
        is_turned = kinds[kind] is _laid_down and len(turnable)
        drawing = kinds[kind](turnable if is_turned else images, random)
        drawn[i] = framed(slanted(drawing, random), random)
    return drawn


def _laid_down(images: NDArray[np.uint8], random: Random) -> Image.Image:
    """Lay a digit on its side."""
    image = images[random.randint(len(images))]
    return drawing_of(np.ascontiguousarray(np.rot90(image, random.choice([1, 3]))))


def _printed_letter(images: NDArray[np.uint8], random: Random) -> Image.Image:
    from PIL import Image, ImageDraw, ImageFont

    drawing = Image.new("L", (SIDE, SIDE))
    font = ImageFont.load_default(SIDE * 3 // 4)
    letter = PRINTED_LETTERS[random.randint(len(PRINTED_LETTERS))]
    ImageDraw.Draw(drawing).text(tuple(MIDDLE), letter, fill=255, font=font, anchor="mm")
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
    """Draw strokes whose points are on a grid of 5x7."""
    from PIL import Image

    drawing = Image.new("L", (SIDE, SIDE))
    width = pen_width(random)
    for points in strokes:
        draw_stroke(drawing, 15 + 12 * np.asarray(points), width)
    return drawing


def _smudge(images: NDArray[np.uint8], random: Random) -> Image.Image:
    from scipy import ndimage

    cloud = ndimage.gaussian_filter(random.normal(size=(SIDE, SIDE)), random.uniform(3, 12))
    dark = cloud > np.quantile(cloud, random.uniform(0.7, 0.9))
    near = np.hypot(*(np.indices(cloud.shape) - SIDE / 2)) < SIDE * random.uniform(0.2, 0.5)
    return as_drawing((255 * (dark & near)).astype(np.uint8))


_NON_DIGITS: dict[Callable[[NDArray[np.uint8], Random], Image.Image], float] = {
    _printed_letter: 0.45,
    _letter: 0.25,
    _laid_down: 0.1,
    _scribble: 0.1,
    _smudge: 0.1,
}
