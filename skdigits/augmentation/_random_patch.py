"""Images a part of which has other grey levels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from skdigits.augmentation._augmentation import Augmentation
from skdigits.augmentation._draws import draw
from skdigits.augmentation._intervals import FRACTION
from skdigits.augmentation._random_contrast import RandomContrast

if TYPE_CHECKING:
    import keras


class RandomPatch(Augmentation):
    """Change the grey levels in a rectangle of each image: cover, fade or invert what is there.

    The rectangle is anywhere in the image, at any angle. Its length and breadth are drawn
    uniformly. Inside, the contrast is drawn uniformly between 0 and 1, and the grey levels as by
    :class:`RandomContrast`. The network then learns not to rely on any single stroke, and to ignore
    bars and edges that are not part of the digit. List it twice for two rectangles.

    Parameters
    ----------
    length : float, default=0.6
        Largest length, as a fraction of the longer side of the image.
    breadth : float, default=0.6
        Largest breadth, as such a fraction: with 0.1, rectangles are bars.
    inversion : float, default=0.5
        Fraction of the rectangles in which ink is darker than the background.
    probability : float, default=0.5
        Fraction of the images that are distorted.

    Notes
    -----
    Images are expected in grey levels from 0 (background) to 1 (ink), the range that
    :class:`~skdigits.PixelScaler` scales to by default.

    References
    ----------
    Zhong, Zheng, Kang, Li and Yang (2020). Random erasing data augmentation. AAAI. There, the
    rectangles are covered completely.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.augmentation import RandomPatch
    >>> images = np.zeros((2, 28, 28, 1), np.float32)
    >>> images[:, 10:18, 12:16] = 1
    >>> changed = np.asarray(RandomPatch(probability=1)(images)) != images
    >>> bool(changed.any()), bool(changed.mean() < 0.25)
    (True, True)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "length": [FRACTION],
        "breadth": [FRACTION],
        "inversion": [FRACTION],
        "probability": [FRACTION],
    }

    def __init__(
        self,
        length: float = 0.6,
        *,
        breadth: float = 0.6,
        inversion: float = 0.5,
        probability: float = 0.5,
    ) -> None:
        self.length = length
        self.breadth = breadth
        self.inversion = inversion
        self.probability = probability

    def distort(self, images: Any, seed: keras.random.SeedGenerator) -> Any:
        from keras import ops

        _, height, width, _ = ops.shape(images)
        y = ops.reshape(ops.arange(height, dtype=images.dtype), (-1, 1, 1))
        x = ops.reshape(ops.arange(width, dtype=images.dtype), (-1, 1))
        y = y - draw(images, seed, -0.5, height - 0.5)
        x = x - draw(images, seed, -0.5, width - 0.5)
        # On JAX, Keras' cosine of float64 has the precision of float32.
        angle = draw(images, seed, 0, math.pi, dtype="float32")
        cosine, sine = (ops.cast(it, images.dtype) for it in (ops.cos(angle), ops.sin(angle)))
        along = x * cosine + y * sine
        across = y * cosine - x * sine
        largest = max(height, width) / 2
        is_inside = ops.logical_and(
            ops.abs(along) < draw(images, seed, 0, self.length * largest),
            ops.abs(across) < draw(images, seed, 0, self.breadth * largest),
        )
        changed = RandomContrast(0, inversion=self.inversion).distort(images, seed)
        return ops.where(is_inside, changed, images)
