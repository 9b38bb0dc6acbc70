"""MNIST, scaled, for the benchmarks that train on it."""

from __future__ import annotations

from functools import cache

import numpy as np

from skdigits import PixelScaler
from skdigits.datasets import fetch_mnist


@cache
def scaled_mnist(subset: str, *, download_if_missing: bool = False) -> tuple[np.ndarray, ...]:
    """Give rows of pixels from 0 to 1 in float32, and labels; read once."""
    X, y = fetch_mnist(subset=subset, return_X_y=True, download_if_missing=download_if_missing)
    return PixelScaler(pixel_range=(0, 255)).fit_transform(X), y
