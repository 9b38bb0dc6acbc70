"""Descriptions of images and of probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def pixel_range(images: NDArray[Any]) -> tuple[float, float]:
    return (float(images.min()), float(images.max())) if images.size else (0.0, 1.0)


def percent(probability: float) -> str:
    """Round to a per cent, but never up to 100 %."""
    return ">99 %" if 0.99 < probability < 1 else f"{100 * probability:.0f} %"


def summarise(images: NDArray[Any], labels: NDArray[Any] | None) -> str:
    n_images, height, width, n_channels = images.shape
    low, high = pixel_range(images)
    size = f"{height}x{width}" + (f"x{n_channels}" if n_channels > 1 else "")
    summary = (
        f"{_count(n_images, 'image')} of {size} pixels, {images.dtype}, "
        f"grey levels {low:.4g} to {high:.4g}"
    )
    if labels is None or n_images < 2:
        return summary
    counts = np.unique(labels, return_counts=True)[1]
    each = f"{counts.min():,}"
    if counts.min() != counts.max():
        each += f" to {counts.max():,}"
    return f"{summary}; {_count(len(counts), 'class')} of {each} images"


def summarise_predictions(labels: NDArray[Any] | None, predictions: NDArray[Any]) -> str | None:
    if labels is None or not len(labels):
        return None
    n_right = int(np.count_nonzero(labels == predictions))
    return f"{n_right:,} of {len(labels):,} read correctly ({100 * n_right / len(labels):.1f} %)"


def _count(number: int, noun: str) -> str:
    plural = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{plural}"
