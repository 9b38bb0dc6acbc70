"""Blurred and sharpened images."""

from __future__ import annotations

import itertools
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar

from skdigits._private_names import Interval
from skdigits.augmentation._augmentation import Augmentation
from skdigits.augmentation._draws import draw
from skdigits.augmentation._intervals import FRACTION

if TYPE_CHECKING:
    import keras


class RandomFilter(Augmentation):
    """Mix each image with itself, filtered by random weights: blurred, sharpened, inverted, edges.

    In the filtered image, a pixel is a weighted sum of the pixels in a square around it. The
    weights are normally distributed, and drawn for each image. The mixture is stretched to the
    range of grey levels of the image. Shapes remain, but the thickness, contrast and texture of
    strokes change, and strokes may become outlines.

    Parameters
    ----------
    level : float, default=1.0
        Largest fraction of the filtered image in the mixture, from 0 to 1.
    kernel_size : int, default=5
        Side of the square in pixels, an odd number of at least 3.
    probability : float, default=0.5
        Fraction of the images that are distorted.

    See Also
    --------
    RandomContrast : Changes the grey levels only.

    References
    ----------
    Xu, Liu, Yang, Raffel and Niethammer (2021). Robust and generalizable visual representation
    learning via random convolutions. ICLR.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.augmentation import RandomFilter
    >>> images = np.zeros((2, 28, 28, 1), np.float32)
    >>> images[:, 10:18, 12:16] = 1
    >>> filtered = np.asarray(RandomFilter(probability=1)(images))
    >>> float(filtered.min()), float(filtered.max())
    (0.0, 1.0)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "level": [FRACTION],
        "kernel_size": [Interval(Integral, 3, None, closed="left")],
        "probability": [FRACTION],
    }

    def __init__(
        self, level: float = 1.0, *, kernel_size: int = 5, probability: float = 0.5
    ) -> None:
        self.level = level
        self.kernel_size = kernel_size
        self.probability = probability

    def distort(self, images: Any, seed: keras.random.SeedGenerator) -> Any:
        from keras import ops, random

        side = self.kernel_size
        if side % 2 == 0:
            raise ValueError(f"kernel_size must be odd, got {side}.")
        n_images, height, width, _ = ops.shape(images)
        margins = [[0, 0], [side // 2] * 2, [side // 2] * 2, [0, 0]]
        padded = ops.pad(images, margins, mode="symmetric")
        # The weights of a few pixels of ink sum to about 1.
        weights = random.normal((side, side, n_images, 1, 1, 1), 0, 2 / side, images.dtype, seed)
        fraction = draw(images, seed, 0, self.level)
        filtered = sum(
            weights[y, x] * padded[:, y : y + height, x : x + width]
            for y, x in itertools.product(range(side), repeat=2)
        )
        return _stretched((1 - fraction) * images + fraction * filtered, images)


def _stretched(images: Any, originals: Any) -> Any:
    """Stretch the grey levels of each image to the range of those of the original."""
    from keras import ops

    (low, high), (wanted_low, wanted_high) = (
        [extreme(it, axis=(1, 2, 3), keepdims=True) for extreme in (ops.min, ops.max)]
        for it in (images, originals)
    )
    # Where all pixels are equal, so are those of the original.
    extent = ops.where(high > low, high - low, 1)
    return wanted_low + (wanted_high - wanted_low) * ((images - low) / extent)
