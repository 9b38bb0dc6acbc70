"""Images a part of which has other grey levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from skdigits.augmentation._augmentation import Augmentation
from skdigits.augmentation._draws import draw
from skdigits.augmentation._intervals import FRACTION
from skdigits.augmentation._random_contrast import RandomContrast

if TYPE_CHECKING:
    import keras


class RandomPatch(Augmentation):
    """Change the grey levels in a rectangle of each image: cover, fade or invert what is there.

    Height and width are drawn uniformly and independently, so some rectangles are bars. Their
    centre is anywhere in the image. Inside, the contrast is drawn uniformly between 0 and 1, and
    the grey levels as by :class:`RandomContrast`. The network then learns not to rely on any single
    stroke, and to ignore edges that are not part of the digit. List it twice for two rectangles.

    Parameters
    ----------
    size : float, default=0.6
        Largest height and width, as a fraction of those of the image.
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
    >>> changed = np.asarray(RandomPatch(size=0.5, probability=1)(images)) != images
    >>> bool(changed.any()), bool(changed.mean() < 0.25)
    (True, True)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "size": [FRACTION],
        "inversion": [FRACTION],
        "probability": [FRACTION],
    }

    def __init__(
        self, size: float = 0.6, *, inversion: float = 0.5, probability: float = 0.5
    ) -> None:
        self.size = size
        self.inversion = inversion
        self.probability = probability

    def distort(self, images: Any, seed: keras.random.SeedGenerator) -> Any:
        from keras import ops

        is_inside = True
        for axis in (1, 2):
            side = images.shape[axis]
            shape = [1, 1, 1, 1]
            shape[axis] = side
            places = ops.reshape(ops.arange(side, dtype=images.dtype), shape)
            center = draw(images, seed, -0.5, side - 0.5)
            half = draw(images, seed, 0, self.size * side / 2)
            is_inside = (ops.abs(places - center) < half) & is_inside
        changed = RandomContrast(0, inversion=self.inversion).distort(images, seed)
        return ops.where(is_inside, changed, images)
