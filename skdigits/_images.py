"""Images as rows of pixels, and rows of pixels as images."""

from __future__ import annotations

from math import isqrt, prod
from numbers import Integral
from typing import Any

import numpy as np

from skdigits.architectures import ImageShape

_N_CHANNELS = (1, 3, 4)  # grey, colours, colours with opacity


def as_rows(X: Any) -> tuple[Any, tuple[int, ...] | None]:
    """Return images as rows of pixels, and their shape; scikit-learn checks all the rest."""
    if isinstance(X, (list, tuple)) or len(getattr(X, "shape", ())) > 2:
        X = np.asarray(X)
        if X.ndim in (3, 4):
            return X.reshape(len(X), prod(X.shape[1:])), X.shape[1:]
    return X, None


def resolve_image_shape(
    image_shape: tuple[int, ...] | str, n_pixels: int, given: tuple[int, ...] | None
) -> ImageShape:
    """Choose height, width and channels: as requested, as given, or a square of the pixels.

    Parameters
    ----------
    image_shape : tuple of int or "auto"
        Asked for: `(height, width)` or `(height, width, n_channels)`.
    n_pixels : int
        Number of pixels of a row, over all channels.
    given : tuple of int or None
        Shape of the images that came, `(height, width[, n_channels])`.
    """
    if not isinstance(image_shape, str):
        if len(image_shape) not in (2, 3) or not all(
            isinstance(size, Integral) and size >= 1 for size in image_shape
        ):
            raise ValueError(
                "image_shape must be 'auto', (height, width) or (height, width, n_channels) in "
                f"pixels, got {image_shape!r}."
            )
        asked = _with_channels(image_shape)
        if prod(asked) != n_pixels or (given and asked != _with_channels(given)):
            came = f"images of shape {given}" if given else f"rows of {n_pixels} pixels"
            raise ValueError(
                f"image_shape={image_shape!r} asks for {prod(asked)} pixels in this shape, but X "
                f"has {came}."
            )
        return asked
    if given:
        check_channels_last(given, f" If they do come last, set image_shape={given}.")
        return _with_channels(given)
    side = isqrt(n_pixels)
    return (side, side, 1) if side * side == n_pixels else (1, n_pixels, 1)


def check_image_shape(given: tuple[int, ...] | None, expected: ImageShape, name: str) -> None:
    """Refuse images of another shape than those of the training data."""
    if given and _with_channels(given) != expected:
        raise ValueError(
            f"{name} has images of shape {given}, but the classifier is trained on images of "
            f"shape {expected}."
        )


def check_is_batch(X: Any, n_pixels: int, name: str) -> None:
    """Refuse a single image, which is the most common mistake in prediction."""
    if isinstance(X, (list, tuple)):
        X = np.asarray(X)
    shape: tuple[int, ...] = getattr(X, "shape", ())
    if shape == (n_pixels,):
        # The first words are those that scikit-learn's users know.
        raise ValueError(
            f"Expected 2D array, got 1D array instead: a single row of {n_pixels} pixels. Reshape "
            f"your data: {name}.reshape(1, -1) is a batch of one."
        )
    # What has as many pixels in all is a batch only if it is a batch of one.
    if len(shape) in (2, 3) and prod(shape) == n_pixels and shape[0] != 1:
        raise ValueError(
            f"{name} must hold several images, or one as a batch, got a single image of shape "
            f"{shape}: pass {name}[np.newaxis]."
        )


def check_channels_last(shape: tuple[int, ...], otherwise: str = "") -> None:
    """Refuse images in the channel order of PyTorch.

    `otherwise` ends the message: what to do if their channels come last.
    """
    if len(shape) == 3 and shape[0] in _N_CHANNELS and shape[2] not in _N_CHANNELS:
        raise ValueError(
            f"X has images of shape {shape}, which looks like (n_channels, height, width), but the "
            f"channels come last: pass np.moveaxis(X, 1, -1).{otherwise}"
        )


def _with_channels(shape: tuple[int, ...]) -> ImageShape:
    height, width, n_channels = (*shape, 1)[:3]
    return int(height), int(width), int(n_channels)
