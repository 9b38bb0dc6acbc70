"""Images with noise."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar

from skdigits._private_names import Interval
from skdigits.augmentation._augmentation import Augmentation
from skdigits.augmentation._draws import draw
from skdigits.augmentation._intervals import FRACTION, NOT_NEGATIVE

if TYPE_CHECKING:
    import keras


class RandomNoise(Augmentation):
    """Add noise to each image: fine noise, or shadows, spots and clouds.

    The noise is uniform from minus to plus a strength, which is drawn for each image, and grey
    levels are limited to the range from 0 to 1. With large grains, neighbouring pixels are changed
    alike, with bilinear interpolation between the grains.

    Parameters
    ----------
    level : float, default=0.5
        Largest strength, in grey levels.
    grain_size : int, default=1
        Distance between independent random numbers, in pixels.
    probability : float, default=0.5
        Fraction of the images that are distorted.

    See Also
    --------
    RandomContrast : Changes the grey level of the whole background.

    Notes
    -----
    Images are expected in grey levels from 0 to 1, the range that
    :class:`~skdigits.PixelScaler` scales to by default.

    Examples
    --------
    Uneven lighting, and the noise of a camera on it:

    >>> import numpy as np
    >>> from skdigits.augmentation import RandomNoise
    >>> images = np.full((2, 28, 28, 1), 0.5, np.float32)
    >>> clouds = RandomNoise(grain_size=14)(images)
    >>> noisy = np.asarray(RandomNoise(0.2)(clouds))
    >>> noisy.shape
    (2, 28, 28, 1)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "level": [NOT_NEGATIVE],
        "grain_size": [Interval(Integral, 1, None, closed="left")],
        "probability": [FRACTION],
    }

    def __init__(
        self, level: float = 0.5, *, grain_size: int = 1, probability: float = 0.5
    ) -> None:
        self.level = level
        self.grain_size = grain_size
        self.probability = probability

    def distort(self, images: Any, seed: keras.random.SeedGenerator) -> Any:
        from keras import ops, random

        n_images, height, width, _ = ops.shape(images)
        n_rows, n_columns = (-(-side // self.grain_size) for side in (height, width))
        noise = random.uniform((n_images, n_rows, n_columns, 1), -1, 1, images.dtype, seed)
        if self.grain_size > 1:
            noise = ops.image.resize(
                noise, (height, width), interpolation="bilinear", data_format="channels_last"
            )
            noise = ops.cast(noise, images.dtype)
        return ops.clip(images + draw(images, seed, 0, self.level) * noise, 0, 1)
