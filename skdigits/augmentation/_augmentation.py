"""The base class of the distortions, and how a classifier lists them."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import TYPE_CHECKING, Any

from sklearn.base import clone

from skdigits._skdigits_estimator import SkdigitsEstimator
from skdigits.augmentation._draws import draw

if TYPE_CHECKING:
    import keras


class Augmentation(SkdigitsEstimator):
    """Base class of the distortions: random functions of images that have parameters.

    A subclass stores its parameters in ``__init__``, lists them in ``_parameter_constraints`` and
    computes with :mod:`keras.ops` and :mod:`keras.random` in ``distort``. Two objects of one class
    with equal parameters must do the same, because they share compiled programs.

    If a subclass has a parameter `probability`, that fraction of the images is distorted, and the
    others are left as they are; otherwise, all are distorted.

    Examples
    --------
    >>> from skdigits.augmentation import Augmentation, RandomAffine
    >>> isinstance(RandomAffine(), Augmentation)
    True
    """

    def __call__(self, images: Any, seed: int | keras.random.SeedGenerator = 0) -> Any:
        """Distort each image, or a random part of them, independently of the others.

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
        images = keras.ops.convert_to_tensor(images)
        distorted = self.distort(images, seed)
        probability = self.get_params(deep=False).get("probability", 1)
        if probability == 1:
            return distorted
        is_chosen = draw(images, seed) < probability
        return keras.ops.where(is_chosen, distorted, images)

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


def resolve_augmentation(augmentation: Any) -> tuple[Augmentation, ...]:
    """List the distortions in the order in which they are applied.

    Parameters
    ----------
    augmentation : Augmentation, sequence of Augmentation or None
        Parameter of a classifier, unless it is "auto".

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
