"""Random numbers, one for each image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def draw(
    images: Any,
    seed: keras.random.SeedGenerator,
    low: float = 0.0,
    high: float = 1.0,
    dtype: str | None = None,
) -> Any:
    """Draw a number between the bounds for each image.

    Parameters
    ----------
    images : tensor of shape (n_samples, height, width, n_channels)
        Images.
    seed : keras.random.SeedGenerator
        Determines the numbers.
    low, high : float, default=0.0, 1.0
        Bounds of the uniform distribution.
    dtype : str or None, default=None
        Precision; None is that of the images.

    Returns
    -------
    numbers : tensor of shape (n_samples, 1, 1, 1)
        Numbers that can be multiplied by the images.
    """
    from keras import ops, random

    shape = (ops.shape(images)[0], 1, 1, 1)
    return random.uniform(shape, low, high, dtype=dtype or images.dtype, seed=seed)
