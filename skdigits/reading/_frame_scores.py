"""Log-probabilities of the frames of lines, computed in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import log_softmax

from skdigits.architectures import Network
from skdigits.architectures.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    MaxPooling2D,
)
from skdigits.ink.line_picture import LinePicture
from skdigits.reading._alignments import Frames

Maps = NDArray[np.float32]  # (n_pictures, height, width, n_maps)

_PIXELS_AT_ONCE = 1 << 16


def frames_of(
    network: Network, weights: Sequence[NDArray[np.float32]], pictures: Sequence[LinePicture]
) -> list[Frames]:
    """Compute the log-probabilities of each frame of each picture.

    Batches contain pictures of the same width only, so that others do not change the frames of one.
    """
    frames: list[Frames] = [np.zeros((0, 0))] * len(pictures)
    for places in _batches([picture.shape[1] for picture in pictures]):
        batch = np.stack([pictures[i] for i in places])[..., None]
        scores = _scores(network, weights, batch)[:, 0]
        for i, score in zip(places, log_softmax(scores.astype(np.float64), axis=-1), strict=True):
            frames[i] = score
    return frames


def _batches(widths: Sequence[int]) -> Iterator[NDArray[np.intp]]:
    for width in np.unique(widths):
        places = np.flatnonzero(np.asarray(widths) == width)
        size = max(1, _PIXELS_AT_ONCE // (32 * int(width)))
        yield from np.split(places, range(size, len(places), size))


def _scores(network: Network, weights: Sequence[NDArray[np.float32]], maps: Maps) -> Maps:
    waiting = iter(weights)
    for layer, shape in network:
        own = [next(waiting) for _ in layer.weights(shape)]
        maps = _STEPS[type(layer)](layer, own, maps)
    return maps


def _convolved(layer: Conv2D, weights: list[Any], maps: Maps) -> Maps:
    """Multiply each neighbourhood by the kernel, as a row of a matrix."""
    (kernel,) = weights
    height, width, n_maps, n_filters = kernel.shape
    if layer.padding == "same":
        sides = map(_sides, maps.shape[1:3], (height, width), layer.strides)
        maps = np.pad(maps, [(0, 0), *sides, (0, 0)])
    rows, columns = layer.strides
    windows = sliding_window_view(maps, (height, width), axis=(1, 2))[:, ::rows, ::columns]
    patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, height * width * n_maps)
    products = patches @ kernel.reshape(-1, n_filters)
    return np.asarray(products.reshape(*windows.shape[:3], n_filters))


def _sides(size: int, window: int, step: int) -> tuple[int, int]:
    """Compute the padding before and after, as in TensorFlow: an odd pixel goes after."""
    total = max(0, (-(-size // step) - 1) * step + window - size)
    return total // 2, total - total // 2


def _normalized(layer: BatchNormalization, weights: list[Any], maps: Maps) -> Maps:
    gamma, beta, mean, variance = weights
    scale = gamma / np.sqrt(variance + np.float32(layer.epsilon))
    maps *= scale
    maps += beta - mean * scale
    return maps


def _activated(layer: Activation, weights: list[Any], maps: Maps) -> Maps:
    assert layer.activation == "relu"
    return np.maximum(maps, 0, out=maps)


def _pooled(layer: MaxPooling2D, weights: list[Any], maps: Maps) -> Maps:
    n, height, width, n_maps = maps.shape
    rows, columns = layer.pool_size
    blocks = maps[:, : height // rows * rows, : width // columns * columns].reshape(
        n, height // rows, rows, width // columns, columns, n_maps
    )
    return np.asarray(blocks.max(axis=(2, 4)))


def _weighed(layer: Dense, weights: list[Any], maps: Maps) -> Maps:
    kernel, bias = weights
    return np.asarray(maps @ kernel + bias)


_STEPS: dict[type, Callable[[Any, list[Any], Maps], Maps]] = {
    Activation: _activated,
    BatchNormalization: _normalized,
    Conv2D: _convolved,
    Dense: _weighed,
    Dropout: lambda layer, weights, maps: maps,
    MaxPooling2D: _pooled,
}
