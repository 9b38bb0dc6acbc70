"""Keras layers computed more quickly or more precisely than Keras has JAX compute them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import keras
from jax import lax

from skdigits.programs._jax._convolution import convolve
from skdigits.programs._jax._device import is_cpu
from skdigits.programs._jax._pooling import pool
from skdigits.programs._keras_network import all_layers


@contextmanager
def exchanged_layers(model: keras.Model, *, trains: bool) -> Iterator[None]:
    """Compute layers of a network in another way, while it is traced.

    XLA's gradients of convolutions and pooling are slow on a processor; without gradients, and on
    other devices, its own ways are quicker. Keras rounds normalisation and the hyperbolic tangent
    to float32.
    """
    layers = all_layers(model)
    exchanges = [*_PRECISE, *(_QUICK if trains and is_cpu() else [])]
    exchanged: list[tuple[keras.Layer, str]] = []
    with_tangent = [it for it in layers if _activation(it) is keras.activations.tanh]
    try:
        for layer in with_tangent:
            layer.activation = jnp.tanh
        for layer in layers:
            for kind, suits, method, compute in exchanges:
                if type(layer) is kind and suits(layer):
                    setattr(layer, method, partial(compute, layer))
                    exchanged.append((layer, method))
        yield
    finally:
        for layer in with_tangent:
            layer.activation = keras.activations.tanh
        for layer, method in exchanged:
            delattr(layer, method)


def _activation(layer: keras.Layer) -> Any:
    """Return the activation that can be set: that of a recurrent layer is its cell's."""
    return vars(layer).get("activation")


def _normalize_batch(
    layer: keras.layers.BatchNormalization,
    inputs: jax.Array,
    training: bool | None = None,
    mask: jax.Array | None = None,
) -> jax.Array:
    if mask is not None:
        return type(layer).call(layer, inputs, training=training, mask=mask)
    values = _widened(inputs)
    if training:
        axes = range(inputs.ndim - 1)
        mean, variance = values.mean(axes), values.var(axes)
        for moving, of_batch in [(layer.moving_mean, mean), (layer.moving_variance, variance)]:
            moving.assign(moving * layer.momentum + of_batch * (1 - layer.momentum))
    else:
        mean, variance = layer.moving_mean.value, layer.moving_variance.value
    return _scaled(layer, values, mean, variance).astype(inputs.dtype)


def _normalize_layer(layer: keras.layers.LayerNormalization, inputs: jax.Array) -> jax.Array:
    values = _widened(inputs)
    axes = tuple(layer.axis) if isinstance(layer.axis, list | tuple) else layer.axis
    mean, variance = values.mean(axes, keepdims=True), values.var(axes, keepdims=True)
    return _scaled(layer, values, mean, variance).astype(inputs.dtype)


def _widened(inputs: jax.Array) -> jax.Array:
    return inputs.astype(jnp.promote_types(inputs.dtype, jnp.float32))


def _scaled(layer: Any, values: jax.Array, mean: jax.Array, variance: jax.Array) -> jax.Array:
    scale = lax.rsqrt(variance + layer.epsilon)
    if layer.scale:
        scale = scale * layer.gamma.value.astype(values.dtype)
    scaled = (values - mean) * scale
    return scaled + layer.beta.value.astype(values.dtype) if layer.center else scaled


def _convolve_layer(layer: keras.layers.Conv2D, inputs: jax.Array, kernel: Any) -> jax.Array:
    kernel = keras.ops.convert_to_tensor(kernel)
    sizes = inputs.shape[1:3], kernel.shape[:2]
    padding = lax.padtype_to_pads(*sizes, layer.strides, layer.padding)
    return convolve(inputs.astype(kernel.dtype), kernel, layer.strides, tuple(padding))


def _pool_layer(layer: keras.layers.MaxPooling2D, inputs: jax.Array) -> jax.Array:
    return pool(inputs, tuple(layer.pool_size))


def _suits_batch_normalization(layer: keras.layers.BatchNormalization) -> bool:
    return (
        layer.axis in (-1, layer.input_spec.ndim - 1)
        and layer.trainable
        and not layer.synchronized
        and not getattr(layer, "renorm", False)
    )


def _suits_layer_normalization(layer: keras.layers.LayerNormalization) -> bool:
    axes = layer.axis if isinstance(layer.axis, list | tuple) else [layer.axis]
    are_last = list(axes) == list(range(-len(axes), 0))
    return are_last and not getattr(layer, "rms_scaling", False)


def _suits_convolution(layer: keras.layers.Conv2D) -> bool:
    return (
        layer.data_format == "channels_last"
        and layer.groups == 1
        and tuple(layer.dilation_rate) == (1, 1)
    )


def _suits_pooling(layer: keras.layers.MaxPooling2D) -> bool:
    return (
        layer.data_format == "channels_last"
        and layer.padding == "valid"
        and tuple(layer.strides) == tuple(layer.pool_size)
        and prod(layer.pool_size) <= jnp.iinfo(jnp.uint8).max
    )


# The kind of a layer, whether its options are known here, its method, and what replaces it.
_Exchange = tuple[type, Callable[[Any], bool], str, Callable[..., jax.Array]]
_PRECISE: list[_Exchange] = [
    (keras.layers.BatchNormalization, _suits_batch_normalization, "call", _normalize_batch),
    (keras.layers.LayerNormalization, _suits_layer_normalization, "call", _normalize_layer),
]
_QUICK: list[_Exchange] = [
    (keras.layers.Conv2D, _suits_convolution, "convolution_op", _convolve_layer),
    (keras.layers.MaxPooling2D, _suits_pooling, "call", _pool_layer),
]
