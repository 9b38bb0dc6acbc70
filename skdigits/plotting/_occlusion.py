"""The importance of pixels, measured by hiding them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SMALLEST_PATCH = 2
_PATCHES_PER_SIDE = 7


def occlusion_map(
    probability: Callable[[NDArray[Any]], NDArray[Any]],
    image: NDArray[Any],
    patch_size: int | str = "auto",
) -> NDArray[np.float64]:
    """Compute how much the probability falls if a pixel is hidden.

    Parameters
    ----------
    probability : callable
        From images of shape (n_images, height, width, n_channels) to probabilities.
    image : ndarray of shape (height, width, n_channels)
        The image.
    patch_size : int or "auto"
        Side of the patch in pixels.

    Returns
    -------
    fall : ndarray of shape (height, width)
        The fall of the probability, mean over the patches that hide the pixel.
    """
    height, width, _ = image.shape
    shortest = min(height, width)
    if patch_size == "auto":
        patch_size = min(max(_SMALLEST_PATCH, shortest // _PATCHES_PER_SIDE), shortest)
    if not isinstance(patch_size, int) or not 1 <= patch_size <= shortest:
        raise ValueError(
            f"patch_size must be 'auto' or from 1 to {shortest} pixels, got {patch_size!r}."
        )
    corners = itertools.product(range(height - patch_size + 1), range(width - patch_size + 1))
    patches = [(slice(y, y + patch_size), slice(x, x + patch_size)) for y, x in corners]
    background = _background(image)
    hidden = np.repeat(image[np.newaxis], len(patches) + 1, axis=0)
    for i, patch in enumerate(patches):
        hidden[(i, *patch)] = background
    probabilities = np.asarray(probability(hidden), dtype=np.float64)
    falls = np.zeros((height, width))
    counts = np.zeros((height, width))
    for patch, fall in zip(patches, probabilities[-1] - probabilities[:-1], strict=True):
        falls[patch] += fall
        counts[patch] += 1
    fall_per_patch: NDArray[np.float64] = falls / counts
    return fall_per_patch


def _background(image: NDArray[Any]) -> NDArray[Any]:
    """Return the median of the border, which is mostly paper, in each channel."""
    border = np.ones(image.shape[:2], dtype=bool)
    border[1:-1, 1:-1] = False
    median: NDArray[Any] = np.median(image[border], axis=0).astype(image.dtype)
    return median
