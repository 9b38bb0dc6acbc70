"""Further pictures of lines that were photographed once."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from sklearn.utils import check_consistent_length, check_random_state, check_scalar

from skdigits.handwriting._drawings import Random
from skdigits.handwriting._line_texts import as_texts
from skdigits.ink.pictures import LONGEST_LINE, as_greys, require_images


def vary_lines(
    images: Iterable[Any],
    texts: ArrayLike,
    n_lines: int,
    *,
    random_state: int | Random | None = None,
) -> tuple[list[NDArray[np.uint8]], NDArray[np.str_]]:
    """Vary pictures of lines: slant, width, size, pen, sharpness and noise.

    A few pictures become as many as training needs, for example to adapt a
    :class:`~skdigits.reading.DigitStringRecognizer` to one writer.

    Parameters
    ----------
    images : sequence of str, path-like, PIL.Image.Image or ndarray
        Pictures of one line each, of any size: files, images, or arrays of shape (height, width),
        (height, width, 3) or (height, width, 4).
    texts : array-like of str of shape (n_pictures,)
        The text of each picture.
    n_lines : int
        Number of pictures to return. Each picture is varied equally often, or once more.
    random_state : int, RandomState instance or None, default=None
        Determines the variations.

    Returns
    -------
    images : list of ndarray of shape (height, width)
        Varied pictures, in grey levels from 0 (black) to 255 (white).
    texts : ndarray of shape (n_lines,)
        The text of each.

    Raises
    ------
    ValueError
        If there are no pictures, their number differs from that of the texts, or the texts are not
        strings.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.handwriting import vary_lines
    >>> line = np.full((40, 60), 255, np.uint8)
    >>> line[5:35, 14:18] = line[5:35, 40:44] = 0
    >>> images, texts = vary_lines([line], ["11"], 3, random_state=0)
    >>> len(images), texts.tolist()
    (3, ['11', '11', '11'])
    """
    require_images("vary_lines")
    pictures = [grey for grey, _ in as_greys(images, "images", LONGEST_LINE)]
    if not pictures:
        raise ValueError("images must hold at least one picture, got none.")
    labels = as_texts(texts, "texts")
    check_consistent_length(pictures, labels)
    check_scalar(n_lines, "n_lines", Integral, min_val=1)
    random = check_random_state(random_state)
    order = random.permutation(n_lines) % len(pictures)
    return [_varied(pictures[i], random) for i in order], labels[order]


def _varied(picture: NDArray[np.float32], random: Random) -> NDArray[np.uint8]:
    height, width = picture.shape
    slant, turn = random.normal(0, 0.08), random.normal(0, 0.015)
    stretch, size = np.exp(random.normal(0, 0.07)), np.exp(random.normal(0, 0.06))
    # From places of the new picture to those of the given one.
    matrix = np.array([[1, turn], [slant, 1]]) / [[size], [size * stretch]]
    columns = max(1, round(width * size * stretch))
    middle = np.array([height, width]) / 2
    shift = random.normal(0, 0.02, 2) * height
    offset = middle + shift - matrix @ (np.array([height, columns]) / 2)
    varied = ndimage.affine_transform(
        picture, matrix, offset, (height, columns), order=1, mode="nearest"
    )
    if random.uniform() < 0.3 and height >= 30:
        change = random.choice([ndimage.grey_erosion, ndimage.grey_dilation])
        varied = change(varied, size=2)
    varied = ndimage.gaussian_filter(varied, random.uniform(0, 0.02) * height)
    varied = varied + random.uniform(0, 6) * random.standard_normal(varied.shape)
    return np.asarray(np.clip(np.rint(varied), 0, 255), dtype=np.uint8)
