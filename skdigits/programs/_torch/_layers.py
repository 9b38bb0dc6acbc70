"""Keras layers computed by PyTorch's own kernels.

Keras transposes the images before and after each convolution and pooling. Here they stay as they
lie in memory, which PyTorch calls channels last. Unlike those of Keras on PyTorch, the kernels also
compute in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
import torch
from keras import layers
from torch.nn import functional

Kernel = Callable[[Any, torch.Tensor, bool], torch.Tensor]  # (layer, inputs, training)


class Chain:
    """The layers of a model one after the other, without what Keras does around each."""

    losses = ()

    def __init__(self, model: keras.Model) -> None:
        self.layers = [it for it in model.layers if not isinstance(it, layers.InputLayer)]
        self._steps = [(layer, kernel_of(layer)) for layer in self.layers]

    def __call__(self, inputs: torch.Tensor, training: bool) -> torch.Tensor:
        for layer, kernel in self._steps:
            if kernel is None:
                inputs = layer(inputs, training=training)
            else:
                inputs = kernel(layer, _as_computed(layer, inputs), training)
        return inputs


@contextmanager
def exchanged_layers(model: keras.Model) -> Iterator[None]:
    """Use the kernels in the layers of a model that have one, and seed its dropout.

    Keras draws dropout that has no seed of its own from PyTorch's global generator.
    """
    every = list(model._flatten_layers(include_self=False))
    exchanged = [(layer, kernel) for layer in every if (kernel := kernel_of(layer))]
    seeds = [seed for layer in every for seed in getattr(layer, "_seed_generators", ())]
    unseeded = [seed for seed in seeds if seed._initial_seed is None]
    for layer, kernel in exchanged:
        layer.call = partial(_call, layer, kernel)
    for seed in unseeded:
        seed._initial_seed = 0
    try:
        yield
    finally:
        for layer, _ in exchanged:
            del layer.call
        for seed in unseeded:
            seed._initial_seed = None


def _call(
    layer: keras.Layer,
    kernel: Kernel,
    inputs: torch.Tensor,
    training: bool | None = None,
    mask: Any = None,
) -> torch.Tensor:
    if mask is not None:
        outputs: torch.Tensor = type(layer).call(layer, inputs, training=training, mask=mask)
        return outputs
    return kernel(layer, _as_computed(layer, inputs), bool(training))


def computes_in_float64(model: keras.Model) -> bool:
    """Whether all layers have kernels; Keras' own multiply matrices in float32 on PyTorch."""
    return all(kernel_of(it) for it in model.layers if not isinstance(it, layers.InputLayer))


def kernel_of(layer: keras.Layer) -> Kernel | None:
    """Return the kernel of a layer, None if Keras has to compute it."""
    kernel = _KERNELS.get(type(layer))
    return kernel if kernel is not None and _suits(layer) else None


def _suits(layer: Any) -> bool:
    required = _ALLOWED.get(type(layer), {})
    if any(getattr(layer, name, None) not in allowed for name, allowed in required.items()):
        return False
    return layer.compute_dtype in ("float32", "float64") or type(layer) in _IN_ANY_PRECISION


def _as_computed(layer: keras.Layer, tensor: torch.Tensor) -> torch.Tensor:
    """Convert to the precision of a layer."""
    return tensor.to(getattr(torch, layer.compute_dtype))


def _weight(layer: keras.Layer, variable: keras.Variable | None) -> Any:
    return None if variable is None else _as_computed(layer, variable.value)


def _activated(layer: Any, outputs: torch.Tensor) -> torch.Tensor:
    activation = layer.activation
    if activation is None or activation is keras.activations.linear:
        return outputs
    if activation is keras.activations.relu:
        return torch.relu(outputs)
    activated: torch.Tensor = activation(outputs)
    return activated


def _flatten(layer: layers.Flatten, inputs: torch.Tensor, training: bool) -> torch.Tensor:
    return inputs.reshape(len(inputs), -1)


def _dense(layer: layers.Dense, inputs: torch.Tensor, training: bool) -> torch.Tensor:
    kernel, bias = _weight(layer, layer.kernel), _weight(layer, layer.bias)
    transposed = kernel.T
    if not training and len(inputs) > 1:
        # So a matrix product rounds all rows alike, whatever their places.
        transposed = transposed.contiguous()
    return _activated(layer, functional.linear(inputs, transposed, bias))


def _convolve(layer: layers.Conv2D, inputs: torch.Tensor, training: bool) -> torch.Tensor:
    images = inputs.permute(0, 3, 1, 2)
    padding: Sequence[int] = (0, 0)
    if layer.padding == "same":
        sides = [
            _missing(side, *of_side)
            for side, of_side in zip(
                images.shape[2:],
                zip(layer.kernel_size, layer.strides, layer.dilation_rate, strict=True),
                strict=True,
            )
        ]
        if all(missing % 2 == 0 for missing in sides):
            padding = [missing // 2 for missing in sides]
        else:
            top, left = (missing // 2 for missing in sides)
            around = (left, sides[1] - left, top, sides[0] - top)
            images = functional.pad(images, around)
    kernel = _weight(layer, layer.kernel).permute(3, 2, 0, 1)
    outputs = functional.conv2d(
        images,
        kernel.contiguous(memory_format=torch.channels_last),
        _weight(layer, layer.bias),
        layer.strides,
        padding,
        layer.dilation_rate,
        layer.groups,
    )
    return _activated(layer, outputs).permute(0, 2, 3, 1)


def _missing(n_pixels: int, size: int, stride: int, dilation: int) -> int:
    """Count the pixels around an image that "same" asks for: an odd one is at the far side."""
    n_outputs = -(-n_pixels // stride)
    return max(0, (n_outputs - 1) * stride + (size - 1) * dilation + 1 - n_pixels)


def _pool(
    function: Callable[..., torch.Tensor], layer: Any, inputs: torch.Tensor, training: bool
) -> torch.Tensor:
    pooled = function(inputs.permute(0, 3, 1, 2), layer.pool_size, layer.strides)
    return pooled.permute(0, 2, 3, 1)


def _average(
    layer: layers.GlobalAveragePooling2D, inputs: torch.Tensor, training: bool
) -> torch.Tensor:
    return inputs.mean((1, 2), keepdim=layer.keepdims)


def _normalize_batch(
    layer: layers.BatchNormalization, inputs: torch.Tensor, training: bool
) -> torch.Tensor:
    gamma, beta = layer.gamma.value, layer.beta.value
    channels_first = inputs.movedim(-1, 1)
    n_values = inputs.numel() // inputs.shape[-1]
    averages = [layer.moving_mean.value, layer.moving_variance.value]
    of_batch = training and layer.trainable
    if of_batch and n_values == 1:
        # There is no unbiased variance of one value; its own is zero.
        with torch.no_grad():
            _follow(layer, [inputs.reshape(-1), torch.zeros_like(averages[1])])
        return (inputs - inputs) * gamma + beta
    if of_batch:
        averages = [torch.zeros_like(average) for average in averages]
    outputs = functional.batch_norm(
        channels_first, *averages, gamma, beta, of_batch, 1.0, layer.epsilon
    )
    if of_batch:
        mean, variance = averages
        # The kernel's variance is the unbiased one, that of Keras' moving variance is not.
        _follow(layer, [mean, variance * ((n_values - 1) / n_values)])
    return outputs.movedim(1, -1)


def _follow(layer: layers.BatchNormalization, of_batch: Sequence[torch.Tensor]) -> None:
    """Move the averages of a layer towards those of a batch."""
    momentum = float(layer.momentum)
    for moving, average in zip((layer.moving_mean, layer.moving_variance), of_batch, strict=True):
        moving.value.mul_(momentum).add_(average, alpha=1 - momentum)


def _normalize_layer(
    layer: layers.LayerNormalization, inputs: torch.Tensor, training: bool
) -> torch.Tensor:
    gamma, beta = _weight(layer, layer.gamma), _weight(layer, layer.beta)
    return functional.layer_norm(inputs, inputs.shape[-1:], gamma, beta, layer.epsilon)


def _activate(layer: layers.Activation, inputs: torch.Tensor, training: bool) -> torch.Tensor:
    return _activated(layer, inputs)


def _drop(layer: layers.Dropout, inputs: torch.Tensor, training: bool) -> torch.Tensor:
    """Drop with a seed that is the layer's own, as Keras does with layers that have one."""
    if not training or layer.rate == 0:
        return inputs
    seed = layer.seed_generator.state.value
    generator = torch.Generator(device=inputs.device)
    generator.manual_seed(int(seed.sum()) & 0xFFFFFFFF)
    seed[1] += 1
    keep = 1 - layer.rate
    kept = torch.empty_like(inputs).bernoulli_(keep, generator=generator)
    return inputs * kept.div_(keep)


def _rescale(layer: layers.Rescaling, inputs: torch.Tensor, training: bool) -> torch.Tensor:
    return inputs * layer.scale + layer.offset


_KERNELS: dict[type, Kernel] = {
    layers.Flatten: _flatten,
    layers.Dense: _dense,
    layers.Conv2D: _convolve,
    layers.MaxPooling2D: partial(_pool, functional.max_pool2d),
    layers.AveragePooling2D: partial(_pool, functional.avg_pool2d),
    layers.GlobalAveragePooling2D: _average,
    layers.BatchNormalization: _normalize_batch,
    layers.LayerNormalization: _normalize_layer,
    layers.Activation: _activate,
    layers.Dropout: _drop,
    layers.Rescaling: _rescale,
}
_IN_ANY_PRECISION = {
    layers.Flatten,
    layers.Dense,
    layers.Conv2D,
    layers.MaxPooling2D,
    layers.Activation,
    layers.Dropout,
    layers.Rescaling,
}
_CHANNELS_LAST: dict[str, Sequence[Any]] = {"data_format": ("channels_last",)}
# What the attributes of a layer have to be, for its kernel to be right.
_ALLOWED: dict[type, dict[str, Sequence[Any]]] = {
    layers.Flatten: _CHANNELS_LAST,
    layers.Dense: {"quantization_mode": (None,), "lora_enabled": (False,)},
    layers.Conv2D: {
        **_CHANNELS_LAST,
        "padding": ("valid", "same"),
        "quantization_mode": (None,),
        "lora_enabled": (False,),
    },
    layers.MaxPooling2D: {**_CHANNELS_LAST, "padding": ("valid",)},
    layers.AveragePooling2D: {**_CHANNELS_LAST, "padding": ("valid",)},
    layers.GlobalAveragePooling2D: _CHANNELS_LAST,
    layers.BatchNormalization: {
        "axis": (-1,),
        "scale": (True,),
        "center": (True,),
        "synchronized": (False,),
        "renorm": (False, None),
    },
    layers.LayerNormalization: {
        "axis": (-1, [-1]),
        "scale": (True,),
        "center": (True,),
        "rms_scaling": (False, None),
    },
    layers.Dropout: {"noise_shape": (None,)},
    layers.Rescaling: {},
}
