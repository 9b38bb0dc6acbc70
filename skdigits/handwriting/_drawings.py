"""Digits as drawings, large enough to draw strokes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, check_consistent_length, column_or_1d

from skdigits.ink.frame import FRAME, frame_strokes
from skdigits.ink.pictures import enlarged

if TYPE_CHECKING:
    from PIL import Image

Random = np.random.RandomState
Point = NDArray[np.float64]  # column and row

SCALE = 4  # Strokes are drawn on images enlarged by this factor.
SIDE = FRAME * SCALE
MIDDLE = np.array([SIDE / 2, SIDE / 2])
_LEAST_INK = 8  # pixels


def check_digits(X: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Check images and labels of digits as in MNIST, and return them as arrays."""
    rows = check_array(X)
    labels = column_or_1d(y)
    check_consistent_length(rows, labels)
    if rows.shape[1] != FRAME * FRAME or rows.min() < 0 or rows.max() > 255:
        raise ValueError(
            f"X must hold rows of {FRAME * FRAME} pixels from 0 to 255, got shape {rows.shape} "
            f"and pixels from {rows.min():g} to {rows.max():g}."
        )
    if labels.dtype.kind not in "uif" or not np.isin(labels, range(10)).all():
        raise ValueError(f"y must hold digits from 0 to 9, got {np.unique(labels)[:12]}.")
    images: NDArray[np.uint8] = rows.astype(np.uint8).reshape(-1, FRAME, FRAME)
    n_inked = (images > 127).sum(axis=(1, 2))
    if n_inked.min() < _LEAST_INK:
        raise ValueError(
            f"X[{n_inked.argmin()}] does not show a digit: {n_inked.min()} of its pixels are above "
            f"127, and the largest is {rows[n_inked.argmin()].max():g} of 255."
        )
    return images, labels.astype(np.int64)


def drawing_of(image: NDArray[np.uint8]) -> Image.Image:
    """Enlarge a digit of 28x28 pixels to a drawing."""
    return as_drawing(enlarged(image, SIDE)[0])


def as_drawing(ink: NDArray[np.uint8]) -> Image.Image:
    from PIL import Image

    return Image.fromarray(ink)


def framed(drawing: Image.Image, random: Random) -> NDArray[np.uint8]:
    ink = np.asarray(drawing, dtype=np.float32) / np.float32(255)
    if (ink >= 0.5).sum() < 4:
        return np.zeros(FRAME * FRAME, np.uint8)
    return frame_strokes(ink, random.triangular(1.6, 2.5, 4.2)).ravel()


def slanted(drawing: Image.Image, random: Random) -> Image.Image:
    """Shear, rotate and stretch a drawing about its middle, on a larger sheet."""
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


def draw_stroke(drawing: Image.Image, points: Any, width: float, fill: int = 255) -> None:
    """Draw a stroke: straight between two points, or bent by a third one between them."""
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


def pen_width(random: Random) -> float:
    return float(random.uniform(6, 11))
