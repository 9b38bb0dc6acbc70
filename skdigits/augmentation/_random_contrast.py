"""Images with other grey levels of ink and background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from skdigits.augmentation._augmentation import Augmentation
from skdigits.augmentation._draws import draw
from skdigits.augmentation._intervals import FRACTION

if TYPE_CHECKING:
    import keras


class RandomContrast(Augmentation):
    """Draw the grey levels of background and ink for each image, and swap them in some.

    The contrast is drawn uniformly between `min_contrast` and 1, and the darker of the two grey
    levels uniformly among those that are possible with it. The network then learns digits on grey,
    bright and dark backgrounds.

    Parameters
    ----------
    min_contrast : float, default=0.25
        Smallest difference of the grey levels of ink and background, from 0 to 1, which leaves the
        grey levels as they are.
    inversion : float, default=0.5
        Fraction of the images whose ink is darker than the background.
    probability : float, default=0.5
        Fraction of the images that are distorted.

    See Also
    --------
    RandomNoise : Adds noise and uneven backgrounds.

    Notes
    -----
    Images are expected in grey levels from 0 (background) to 1 (ink), the range that
    :class:`~skdigits.PixelScaler` scales to by default.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.augmentation import RandomContrast
    >>> images = np.zeros((2, 28, 28, 1), np.float32)
    >>> images[:, 10:18, 12:16] = 1
    >>> distorted = np.asarray(RandomContrast(min_contrast=0.5, probability=1)(images))
    >>> levels = [np.unique(image) for image in distorted]
    >>> [bool(0.5 <= high - low <= 1) for low, high in levels]
    [True, True]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "min_contrast": [FRACTION],
        "inversion": [FRACTION],
        "probability": [FRACTION],
    }

    def __init__(
        self, min_contrast: float = 0.25, *, inversion: float = 0.5, probability: float = 0.5
    ) -> None:
        self.min_contrast = min_contrast
        self.inversion = inversion
        self.probability = probability

    def distort(self, images: Any, seed: keras.random.SeedGenerator) -> Any:
        from keras import ops

        contrast = draw(images, seed, self.min_contrast, 1)
        darker = (1 - contrast) * draw(images, seed)
        is_inverted = draw(images, seed) < self.inversion
        return darker + contrast * ops.where(is_inverted, 1 - images, images)
