"""Rotated, zoomed, slanted and shifted images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from skdigits.augmentation._augmentation import Augmentation
from skdigits.augmentation._intervals import FRACTION, GREY_LEVEL, NOT_NEGATIVE

if TYPE_CHECKING:
    import keras


class RandomAffine(Augmentation):
    """Rotate, zoom, shear and shift each image about its centre, with bilinear interpolation.

    Each quantity is drawn uniformly between minus and plus its parameter. In the training data,
    each digit only occurs in the slants and sizes of a few writers; the distortions add others.

    Parameters
    ----------
    rotation : float, default=0.2
        Largest angle, in radians.
    zoom : float, default=0.12
        Largest change of the size: with 0.12, height and width are multiplied by independent
        factors from 1 / 1.12 to 1.12.
    shear : float, default=0.15
        Largest slant: the tangent of the angle between the vertical and a slanted stroke.
    shift : float, default=0.09
        Largest shift in each direction, as a fraction of the side: 0.09 is 2.5 of 28 pixels.
    fill_value : float, default=0.0
        Grey level of pixels from outside the image: that of the scaled background.
    probability : float, default=1.0
        Fraction of the images that are distorted.

    See Also
    --------
    Elastic : Bends strokes.
    keras.layers.RandomRotation : One of these distortions, as a layer of a network.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.augmentation import RandomAffine
    >>> images = np.zeros((2, 28, 28, 1), np.float32)
    >>> images[:, 10:18, 12:16] = 1
    >>> distorted = np.asarray(RandomAffine(rotation=0.5)(images, seed=0))
    >>> distorted.shape
    (2, 28, 28, 1)
    >>> bool(np.allclose(distorted[0], distorted[1]))
    False
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "rotation": [NOT_NEGATIVE],
        "zoom": [NOT_NEGATIVE],
        "shear": [NOT_NEGATIVE],
        "shift": [NOT_NEGATIVE],
        "fill_value": [GREY_LEVEL],
        "probability": [FRACTION],
    }

    def __init__(
        self,
        rotation: float = 0.2,
        *,
        zoom: float = 0.12,
        shear: float = 0.15,
        shift: float = 0.09,
        fill_value: float = 0.0,
        probability: float = 1.0,
    ) -> None:
        self.rotation = rotation
        self.zoom = zoom
        self.shear = shear
        self.shift = shift
        self.fill_value = fill_value
        self.probability = probability

    def distort(self, images: Any, seed: keras.random.SeedGenerator) -> Any:
        from keras import ops, random

        n_images, height, width, _ = ops.shape(images)
        draws = random.uniform((6, n_images), -1, 1, dtype="float32", seed=seed)
        angle, slant = draws[0] * self.rotation, draws[1] * self.shear
        zoom_x, zoom_y = (1 + self.zoom) ** draws[2], (1 + self.zoom) ** draws[3]
        if not (self.rotation or self.shear):
            from_columns = _interpolation(width, zoom_x, self.shift * width * draws[4])
            from_rows = _interpolation(height, zoom_y, self.shift * height * draws[5])
            return _resample(images, from_rows, from_columns, self.fill_value)
        cosine, sine = ops.cos(angle), ops.sin(angle)
        # The rows of rotation @ shear @ zoom, from places in the result to places in the image.
        x_from_x, x_from_y = cosine * zoom_x, (cosine * slant - sine) * zoom_y
        y_from_x, y_from_y = sine * zoom_x, (sine * slant + cosine) * zoom_y
        center_x, center_y = (width - 1) / 2, (height - 1) / 2
        x_shift = self.shift * width * draws[4] + center_x
        y_shift = self.shift * height * draws[5] + center_y
        zeros = ops.zeros_like(angle)
        transforms = [
            x_from_x, x_from_y, x_shift - x_from_x * center_x - x_from_y * center_y,
            y_from_x, y_from_y, y_shift - y_from_x * center_x - y_from_y * center_y,
            zeros, zeros,
        ]  # fmt: skip
        return ops.image.affine_transform(
            images,
            ops.stack(transforms, axis=1),
            interpolation="bilinear",
            fill_mode="constant",
            fill_value=self.fill_value,
            data_format="channels_last",
        )


def _interpolation(size: int, zoom: Any, shift: Any) -> Any:
    """Compute the weight of each place of a line in each place of the resampled line.

    Returns a tensor of shape (n_lines, size, size). A weight falls from one to zero over the
    distance of a pixel, as in linear interpolation.
    """
    from keras import ops

    center = (size - 1) / 2
    places = ops.arange(size, dtype="float32")
    sources = (places - center) * zoom[:, None] + shift[:, None] + center
    return ops.relu(1 - ops.abs(sources[:, :, None] - places))


def _resample(images: Any, from_rows: Any, from_columns: Any, fill_value: float) -> Any:
    """Resample rows and columns one after the other, which is faster than pixel by pixel."""
    from keras import backend, ops

    dtype = backend.standardize_dtype(images.dtype)
    precise = dtype if dtype == "float64" else "float32"
    maps = ops.transpose(ops.cast(images, precise) - fill_value, (0, 3, 1, 2))
    columns = ops.cast(ops.transpose(from_columns, (0, 2, 1)), precise)
    maps = ops.cast(from_rows, precise)[:, None] @ maps @ columns[:, None]
    return ops.cast(ops.transpose(maps, (0, 2, 3, 1)) + fill_value, dtype)
