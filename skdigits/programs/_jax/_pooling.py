"""Max-pooling whose gradient XLA computes quickly on a processor."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def pool(images: jax.Array, size: tuple[int, int]) -> jax.Array:
    """Take the largest number of each window; only the first of equal ones has a gradient.

    Parameters
    ----------
    images : array of shape (n_images, height, width, n_channels)
        Images; rows and columns that do not fill a window are left out.
    size : tuple of int
        Height and width of a window.

    Returns
    -------
    pooled : array of shape (n_images, height // size[0], width // size[1], n_channels)
        The largest numbers.
    """
    return _largest(images, size)[0]


def _largest(images: jax.Array, size: tuple[int, int]) -> tuple[jax.Array, jax.Array]:
    """Return the largest number of each window, and its place there."""
    rows, columns = size
    height, width = images.shape[1] // rows * rows, images.shape[2] // columns * columns
    parts = [images[:, i:height:rows, j:width:columns] for i in range(rows) for j in range(columns)]
    largest, place = parts[0], jnp.zeros(parts[0].shape, jnp.int32)
    for i, part in enumerate(parts[1:], start=1):
        # What is not a number stays where it is found.
        is_larger = (largest < part) | jnp.isnan(part)
        largest = jnp.where(is_larger, part, largest)
        place = jnp.where(is_larger, i, place)
    return largest, place.astype(jnp.uint8)


def _pool_forward(
    images: jax.Array, size: tuple[int, int]
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    largest, place = _largest(images, size)
    # An array without numbers carries the shape.
    return largest, (place, jnp.zeros((*images.shape[1:3], 0)))


def _pool_backward(
    size: tuple[int, int], kept: tuple[jax.Array, jax.Array], errors: jax.Array
) -> tuple[jax.Array]:
    place, shape = kept
    n_images, height, width, n_channels = errors.shape
    rows, columns = size
    places = jnp.arange(rows * columns, dtype=place.dtype).reshape(1, 1, rows, 1, columns, 1)

    def spread(array: jax.Array) -> jax.Array:
        return array.reshape(n_images, height, 1, width, 1, n_channels)

    gradient = jnp.where(spread(place) == places, spread(errors), 0)
    gradient = gradient.reshape(n_images, height * rows, width * columns, n_channels)
    below, right = shape.shape[0] - height * rows, shape.shape[1] - width * columns
    return (jnp.pad(gradient, ((0, 0), (0, below), (0, right), (0, 0))),)


pool.defvjp(_pool_forward, _pool_backward)
