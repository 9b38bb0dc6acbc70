"""Augmentation: training images distorted at random, anew in each epoch.

A distortion is a parameter object in scikit-learn's sense, like an architecture: it can be cloned
and printed, and the parameters of a single one can be searched as ``augmentation__<parameter>``. It
is part of the compiled training program and is not used in prediction. Several are applied in turn:
``augmentation=[RandomAffine(), Elastic()]``.
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

from sklearn.base import clone

from skdigits._private_names import Interval
from skdigits._skdigits_estimator import SkdigitsEstimator

if TYPE_CHECKING:
    import keras

__all__ = ["Augmentation", "Elastic", "RandomAffine"]

_NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
# With more rows below one another, a float32 could not represent positions within a pixel.
_IMAGES_AT_ONCE = 1_024
_GREY_LEVEL = Interval(Real, None, None, closed="neither")


class Augmentation(SkdigitsEstimator):
    """Base class of the distortions: random functions of images that have parameters.

    A subclass stores its parameters in ``__init__``, lists them in ``_parameter_constraints`` and
    computes with :mod:`keras.ops` and :mod:`keras.random` in ``distort``. Two objects of one class
    with equal parameters must do the same, because they share compiled programs.

    Examples
    --------
    >>> from skdigits.augmentation import Augmentation, RandomAffine
    >>> isinstance(RandomAffine(), Augmentation)
    True
    """

    def __call__(self, images: Any, seed: int | keras.random.SeedGenerator = 0) -> Any:
        """Distort each image independently.

        Parameters
        ----------
        images : array-like or tensor of shape (n_samples, height, width, n_channels)
            Images.
        seed : int or keras.random.SeedGenerator, default=0
            Determines the distortions; the state of a generator is advanced by each call.

        Returns
        -------
        distorted : tensor of the shape of `images`
            Distorted images, a tensor of Keras' backend.
        """
        import keras

        self._validate_params()
        if isinstance(seed, Integral):
            seed = keras.random.SeedGenerator(int(seed))
        return self.distort(keras.ops.convert_to_tensor(images), seed)

    def distort(self, images: Any, seed: keras.random.SeedGenerator) -> Any:
        """Distort a tensor of images; subclasses must define this method.

        Parameters
        ----------
        images : tensor of shape (n_samples, height, width, n_channels)
            Images, a tensor of Keras' backend.
        seed : keras.random.SeedGenerator
            Seed to pass to functions of :mod:`keras.random`.

        Returns
        -------
        distorted : tensor of the shape of `images`
            Distorted images.
        """
        raise NotImplementedError(f"{type(self).__name__} must define distort(images, seed).")


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
        "rotation": [_NOT_NEGATIVE],
        "zoom": [_NOT_NEGATIVE],
        "shear": [_NOT_NEGATIVE],
        "shift": [_NOT_NEGATIVE],
        "fill_value": [_GREY_LEVEL],
    }

    def __init__(
        self,
        rotation: float = 0.2,
        *,
        zoom: float = 0.12,
        shear: float = 0.15,
        shift: float = 0.09,
        fill_value: float = 0.0,
    ) -> None:
        self.rotation = rotation
        self.zoom = zoom
        self.shear = shear
        self.shift = shift
        self.fill_value = fill_value

    def distort(self, images: Any, seed: keras.random.SeedGenerator) -> Any:
        from keras import ops, random

        n_images, height, width, _ = ops.shape(images)
        draws = random.uniform((6, n_images), -1, 1, dtype="float32", seed=seed)
        angle, slant = draws[0] * self.rotation, draws[1] * self.shear
        zoom_x, zoom_y = (1 + self.zoom) ** draws[2], (1 + self.zoom) ** draws[3]
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
        "alpha": [_NOT_NEGATIVE],
        "sigma": [Interval(Real, 0, None, closed="neither")],
        "fill_value": [_GREY_LEVEL],
    }

    def __init__(self, alpha: float = 34.0, *, sigma: float = 4.0, fill_value: float = 0.0) -> None:
        self.alpha = alpha
        self.sigma = sigma
        self.fill_value = fill_value

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


def resolve_augmentation(augmentation: Any) -> tuple[Augmentation, ...]:
    """List the distortions in the order in which they are applied.

    Parameters
    ----------
    augmentation : Augmentation, sequence of Augmentation or None
        Parameter of a classifier.

    Returns
    -------
    distortions : tuple of Augmentation
        Empty for None.

    Examples
    --------
    >>> from skdigits.augmentation import Elastic, RandomAffine, resolve_augmentation
    >>> resolve_augmentation([RandomAffine(), Elastic()])
    (RandomAffine(), Elastic())
    >>> resolve_augmentation(None)
    ()
    """
    if augmentation is None:
        return ()
    given = list(augmentation) if isinstance(augmentation, Iterable) else [augmentation]
    for distortion in given:
        if not isinstance(distortion, Augmentation):
            raise ValueError(
                "augmentation must be an object of skdigits.augmentation, such as RandomAffine(), "
                f"a list of them, or None; got {augmentation!r}."
            )
        distortion._validate_params()
    # Copies: programs outlive the fit, and the objects must not change meanwhile.
    return tuple(map(clone, given))
