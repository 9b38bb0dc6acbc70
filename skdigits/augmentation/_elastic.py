"""Bent images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from skdigits.augmentation._augmentation import Augmentation
from skdigits.augmentation._intervals import FRACTION, GREY_LEVEL, NOT_NEGATIVE, POSITIVE

if TYPE_CHECKING:
    import keras

# With more rows below one another, a float32 could not represent positions within a pixel.
_IMAGES_AT_ONCE = 1_024


class Elastic(Augmentation):
    """Bend each image: every pixel is moved a little, and neighbours are moved alike.

    The distortion of Simard, Steinkraus and Platt: a field of random displacements, smoothed by a
    Gaussian, with bilinear interpolation.

    Parameters
    ----------
    alpha : float, default=34.0
        Strength: factor of the smoothed field, which is drawn from -1 to 1 pixel. The default
        moves a pixel by about 1.4 pixels in each direction if `sigma` is 4.
    sigma : float, default=4.0
        Standard deviation of the Gaussian in pixels: small ones wrinkle, large ones bend.
    fill_value : float, default=0.0
        Grey level of pixels from outside the image: that of the scaled background.
    probability : float, default=1.0
        Fraction of the images that are distorted.

    See Also
    --------
    RandomAffine : Keeps straight strokes straight.

    References
    ----------
    Simard, Steinkraus and Platt (2003). Best practices for convolutional neural networks applied to
    visual document analysis. ICDAR, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.augmentation import Elastic
    >>> images = np.zeros((2, 28, 28, 1), np.float32)
    >>> images[:, 10:18, 12:16] = 1
    >>> np.asarray(Elastic()(images)).shape
    (2, 28, 28, 1)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "alpha": [NOT_NEGATIVE],
        "sigma": [POSITIVE],
        "fill_value": [GREY_LEVEL],
        "probability": [FRACTION],
    }

    def __init__(
        self,
        alpha: float = 34.0,
        *,
        sigma: float = 4.0,
        fill_value: float = 0.0,
        probability: float = 1.0,
    ) -> None:
        self.alpha = alpha
        self.sigma = sigma
        self.fill_value = fill_value
        self.probability = probability

    def distort(self, images: Any, seed: keras.random.SeedGenerator) -> Any:
        from keras import ops, random

        n_images, height, width, _ = ops.shape(images)
        field = random.uniform((n_images, height, width, 2), -1, 1, dtype="float32", seed=seed)
        side = 2 * int(2 * self.sigma) + 1
        moves = self.alpha * ops.image.gaussian_blur(
            field, (side, side), (self.sigma, self.sigma), data_format="channels_last"
        )
        parts = [
            self._sample(
                images[start : start + _IMAGES_AT_ONCE], moves[start : start + _IMAGES_AT_ONCE]
            )
            for start in range(0, n_images, _IMAGES_AT_ONCE)
        ]
        return ops.concatenate(parts)

    def _sample(self, images: Any, moves: Any) -> Any:
        """Sample the images at the moved positions.

        All images are stacked into one, which is sampled several times faster than a batch; they
        are separated by a margin of one pixel.
        """
        from keras import ops

        n_images, height, width, n_channels = ops.shape(images)
        padded = ops.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]], constant_values=self.fill_value)
        y = ops.reshape(ops.arange(1, height + 1, dtype="float32"), (1, -1, 1)) + moves[..., 0]
        x = ops.reshape(ops.arange(1, width + 1, dtype="float32"), (1, 1, -1)) + moves[..., 1]
        first_row = ops.reshape(ops.arange(n_images) * (height + 2), (-1, 1, 1))
        places = ops.stack(
            [ops.clip(y, 0, height + 1) + ops.cast(first_row, "float32"), ops.clip(x, 0, width + 1)]
        )
        sampled = [
            ops.image.map_coordinates(
                ops.reshape(padded[..., channel], (n_images * (height + 2), width + 2)),
                places,
                order=1,
                fill_mode="nearest",
            )
            for channel in range(n_channels)
        ]
        return ops.stack(sampled, axis=-1)
