"""What the layers of a network compute in prediction: a function for each kind.

Images have the shape `(n_images, height, width, n_maps)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from skdigits.architectures import layers
from skdigits.programs._numpy._activations import ACTIVATIONS

Array = NDArray[Any]
Sides = tuple[int, int]


def activate(inputs: Array, activation: str) -> Array:
    """Apply a function to each number."""
    return inputs if activation == "linear" else ACTIVATIONS[activation].function(inputs)


def flatten(images: Array) -> Array:
    """Lay the pixels and maps of each image out in a row."""
    return images.reshape(len(images), -1)


def weigh(inputs: Array, kernel: Array, bias: Array | None = None) -> Array:
    """Weigh and sum all inputs, for each neuron."""
    sums: Array = inputs @ kernel
    if bias is not None:
        sums += bias
    return sums


def convolve(
    images: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    strides: Sides = (1, 1),
    padding: str = "valid",
) -> Array:
    """Weigh the neighbourhood of each pixel: a product of the matrix of neighbourhoods.

    The matrix is filled in the order in which most numbers lie side by side in the images: lines of
    pixels of a single map, else the maps of a pixel.
    """
    *kernel_size, n_maps, n_filters = kernel.shape
    size = kernel_size[0] * kernel_size[1] * n_maps
    if padding == "same":
        images = pad(images, kernel_size, strides)
    n_images, height, width, _ = images.shape
    height, width = (
        (side - window) // step + 1
        for side, window, step in zip((height, width), kernel_size, strides, strict=True)
    )
    by_image, by_line, by_pixel, by_map = images.strides
    places = (by_image, by_line * strides[0], by_pixel * strides[1])
    neighbours = (by_line, by_pixel, by_map)
    if n_maps * kernel_size[1] < width:
        shape = (*kernel_size, n_maps, n_images, height, width)
        neighbourhoods = as_strided(images, shape, (*neighbours, *places)).reshape(size, -1).T
    else:
        shape = (n_images, height, width, *kernel_size, n_maps)
        neighbourhoods = as_strided(images, shape, (*places, *neighbours)).reshape(-1, size)
    sums = weigh(neighbourhoods, kernel.reshape(size, n_filters), bias)
    return sums.reshape(n_images, height, width, n_filters)


def pad(images: Array, kernel_size: Sequence[int], strides: Sides) -> Array:
    """Put zeros around images, so that as many windows fit as there are steps; more at the end."""
    before_and_after = []
    for side, window, step in zip(images.shape[1:3], kernel_size, strides, strict=True):
        missing = max(0, (-(-side // step) - 1) * step + window - side)
        before_and_after.append((missing // 2, missing - missing // 2))
    (top, bottom), (left, right) = before_and_after
    n_images, height, width, n_maps = images.shape
    padded = np.zeros((n_images, top + height + bottom, left + width + right, n_maps), images.dtype)
    padded[:, top : top + height, left : left + width] = images
    return padded


def pool(images: Array, pool_size: Sides, combine: Callable[[Array, Array], Array]) -> Array:
    """Combine the pixels of each window, lines first; what is left over at the end is dropped."""
    height, width = pool_size
    n_lines, n_columns = images.shape[1] // height, images.shape[2] // width
    lines = [images[:, i : n_lines * height : height] for i in range(height)]
    combined = reduce(combine, lines)
    columns = [combined[:, :, i : n_columns * width : width] for i in range(width)]
    return reduce(combine, columns)


def pool_largest(images: Array, pool_size: Sides) -> Array:
    """Keep the largest of the pixels of each window."""
    return pool(images, pool_size, np.maximum)


def pool_average(images: Array, pool_size: Sides) -> Array:
    """Average over the pixels of each window."""
    return pool(images, pool_size, np.add) / (pool_size[0] * pool_size[1])


def scale(inputs: Array, factor: Array, shift: Array) -> Array:
    """Multiply and shift, each neuron or map by numbers of its own."""
    scaled: Array = inputs * factor
    scaled += shift
    return scaled


def normalize(inputs: Array, gamma: Array, beta: Array, *, epsilon: float) -> Array:
    """Normalise each image over its neurons, or each of its pixels over its maps."""
    centred = inputs - inputs.mean(axis=-1, keepdims=True)
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    return scale(centred / np.sqrt(variance + epsilon), gamma, beta)


def average_over_time(entries: Array, n_steps: int) -> Array:
    """Average over the steps of each image, which are consecutive entries."""
    averages: Array = entries.reshape(-1, n_steps, *entries.shape[1:]).mean(axis=1)
    return averages


def fire(currents: Array, n_steps: int, decay: float) -> Array:
    """Charge neurons, whose potential leaks; one that exceeds one sends a spike, and loses one."""
    over_time = currents.reshape(-1, n_steps, *currents.shape[1:])
    potential = np.zeros_like(over_time[:, 0])
    spikes = np.empty_like(over_time)
    for step in range(n_steps):
        potential = decay * potential + over_time[:, step]
        spikes[:, step] = potential - 1 > 0
        potential -= spikes[:, step]
    return spikes.reshape(currents.shape)


def _dense(layer: Any, inputs: Array, *weights: Array) -> Array:
    return activate(weigh(inputs, *weights), layer.activation)


def _convolution(layer: Any, images: Array, *weights: Array) -> Array:
    sums = convolve(images, *weights, strides=layer.strides, padding=layer.padding)
    return activate(sums, layer.activation)


# `BatchNormalization` comes with a factor and a shift, which its weights have become.
COMPUTE: dict[type[layers.Layer], Callable[..., Array]] = {
    layers.Activation: lambda layer, inputs: activate(inputs, layer.activation),
    layers.AverageOverTime: lambda layer, entries: average_over_time(entries, layer.n_steps),
    layers.AveragePooling2D: lambda layer, images: pool_average(images, layer.pool_size),
    layers.BatchNormalization: lambda layer, inputs, *weights: scale(inputs, *weights),
    layers.Conv2D: _convolution,
    layers.Dense: _dense,
    layers.Flatten: lambda layer, images: flatten(images),
    layers.GlobalAveragePooling2D: lambda layer, images: images.mean(axis=(1, 2)),
    layers.LayerNormalization: lambda layer, inputs, *weights: normalize(
        inputs, *weights, epsilon=layer.epsilon
    ),
    layers.LeakyIntegrateAndFire: lambda layer, currents: fire(
        currents, layer.n_steps, layer.decay
    ),
    layers.MaxPooling2D: lambda layer, images: pool_largest(images, layer.pool_size),
    layers.RepeatOverTime: lambda layer, entries: np.repeat(entries, layer.n_steps, axis=0),
    layers.Rescaling: lambda layer, inputs: inputs * layer.scale + layer.offset,
}
