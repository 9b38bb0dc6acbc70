"""What the layers of a network compute, as operations of ONNX: a function for each kind.

Images have the shape `(n_images, height, width, n_maps)`, as everywhere in skdigits, except for
the operations on neighbourhoods, which have the maps before the height.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import layers

Array = NDArray[Any]
Shape = tuple[int, ...]


class Graph:
    """Operations in the order in which they are computed, and the constants that they use.

    A tensor is the name of the constant or of the output that holds it. Floats are float32.
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def compute(self, operation: str, *inputs: str | Array, **attributes: Any) -> str:
        """Append an operation of one output; arrays become constants."""
        from onnx import helper

        names = [it if isinstance(it, str) else self._constant(it) for it in inputs]
        output = f"{operation.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, names, [output], output, **attributes))
        return output

    def name_last(self, name: str) -> None:
        """Rename the output of the last operation."""
        self.nodes[-1].output[0] = name

    def _constant(self, array: Array) -> str:
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        dtype = np.float32 if array.dtype.kind == "f" else np.int64
        self.constants.append(numpy_helper.from_array(np.array(array, dtype, order="C"), name))
        return name


def clip(graph: Graph, inputs: str, low: float, high: float) -> str:
    """Replace smaller and larger numbers by the limits."""
    return graph.compute("Clip", inputs, np.array(float(low)), np.array(float(high)))


def scale(graph: Graph, inputs: str, factor: Any, shift: Any) -> str:
    """Multiply and shift; a factor or shift that changes nothing is left out."""
    factor, shift = np.asarray(factor, float), np.asarray(shift, float)
    scaled = inputs if (factor == 1).all() else graph.compute("Mul", inputs, factor)
    return scaled if (shift == 0).all() else graph.compute("Add", scaled, shift)


def reshape(graph: Graph, inputs: str, shape: Shape) -> str:
    """Give each image or row another shape; the number of these may become another one."""
    return graph.compute("Reshape", inputs, np.array([-1, *shape]))


def activate(graph: Graph, inputs: str, activation: str) -> str:
    """Apply a function by the name that Keras gives it."""
    return ACTIVATIONS[activation](graph, inputs)


def _by(operation: str, **attributes: Any) -> Callable[[Graph, str], str]:
    return lambda graph, x: graph.compute(operation, x, **attributes)


def _gelu(graph: Graph, x: str) -> str:
    error = graph.compute("Erf", scale(graph, x, 1 / np.sqrt(2), 0))
    return graph.compute("Mul", x, scale(graph, error, 0.5, 0.5))


def _log_sigmoid(graph: Graph, x: str) -> str:
    return graph.compute("Neg", graph.compute("Softplus", graph.compute("Neg", x)))


ACTIVATIONS: dict[str, Callable[[Graph, str], str]] = {
    "celu": _by("Elu"),
    "elu": _by("Elu"),
    "exponential": _by("Exp"),
    "gelu": _gelu,
    "hard_sigmoid": _by("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hard_silu": _by("HardSwish"),
    "hard_swish": _by("HardSwish"),
    "hard_tanh": lambda graph, x: clip(graph, x, -1, 1),
    "leaky_relu": _by("LeakyRelu", alpha=0.2),
    "linear": lambda graph, x: x,
    "log_sigmoid": _log_sigmoid,
    "log_softmax": _by("LogSoftmax", axis=-1),
    "relu": _by("Relu"),
    "relu6": lambda graph, x: clip(graph, x, 0, 6),
    "selu": _by("Selu"),
    "sigmoid": _by("Sigmoid"),
    "silu": lambda graph, x: graph.compute("Mul", x, graph.compute("Sigmoid", x)),
    "softmax": _by("Softmax", axis=-1),
    "softplus": _by("Softplus"),
    "softsign": _by("Softsign"),
    "swish": lambda graph, x: graph.compute("Mul", x, graph.compute("Sigmoid", x)),
    "tanh": _by("Tanh"),
}


def _with_maps_first(graph: Graph, images: str, compute: Callable[[str], str]) -> str:
    computed = compute(graph.compute("Transpose", images, perm=[0, 3, 1, 2]))
    return graph.compute("Transpose", computed, perm=[0, 2, 3, 1])


def _dense(graph: Graph, layer: Any, x: str, shape: Shape, kernel: Array, *bias: Array) -> str:
    sums = graph.compute("MatMul", x, kernel)
    for shift in bias:
        sums = graph.compute("Add", sums, shift)
    return activate(graph, sums, layer.activation)


def _convolution(
    graph: Graph, layer: Any, x: str, shape: Shape, kernel: Array, *bias: Array
) -> str:
    filters = kernel.transpose(3, 2, 0, 1)
    padding = {"valid": "VALID", "same": "SAME_UPPER"}[layer.padding]
    sums = _with_maps_first(
        graph,
        x,
        lambda images: graph.compute(
            "Conv", images, filters, *bias, strides=layer.strides, auto_pad=padding
        ),
    )
    return activate(graph, sums, layer.activation)


def _pooling(operation: str) -> Callable[..., str]:
    def pool(graph: Graph, layer: Any, x: str, shape: Shape) -> str:
        sides = {"kernel_shape": layer.pool_size, "strides": layer.pool_size}
        return _with_maps_first(graph, x, lambda images: graph.compute(operation, images, **sides))

    return pool


def _repeat(graph: Graph, layer: Any, x: str, shape: Shape) -> str:
    with_time = reshape(graph, x, (1, *shape))
    repeats = np.array([1, layer.n_steps, *[1] * len(shape)])
    return reshape(graph, graph.compute("Tile", with_time, repeats), shape)


def _average_over_time(graph: Graph, layer: Any, x: str, shape: Shape) -> str:
    with_time = reshape(graph, x, (layer.n_steps, *shape))
    return graph.compute("ReduceMean", with_time, axes=[1], keepdims=0)


def _fire(graph: Graph, layer: Any, x: str, shape: Shape) -> str:
    """Charge neurons, whose potential leaks; one that exceeds one sends a spike, and loses one."""
    from onnx import TensorProto

    with_time = reshape(graph, x, (layer.n_steps, prod(shape)))
    spikes: list[str] = []
    potential = ""
    for step in range(layer.n_steps):
        charge = graph.compute("Gather", with_time, np.array([step]), axis=1)
        if potential:
            charge = graph.compute("Add", scale(graph, potential, layer.decay, 0), charge)
        exceeds = graph.compute("Greater", charge, np.array(1.0))
        spikes.append(graph.compute("Cast", exceeds, to=TensorProto.FLOAT))
        potential = graph.compute("Sub", charge, spikes[-1])
    return reshape(graph, graph.compute("Concat", *spikes, axis=1), shape)


# `BatchNormalization` comes with a factor and a shift, which its weights have become. Each function
# gets the graph, the layer, its input, the shape of an entry of the input, and the weights.
APPEND: dict[type[layers.Layer], Callable[..., str]] = {
    layers.Activation: lambda graph, layer, x, shape: activate(graph, x, layer.activation),
    layers.AverageOverTime: _average_over_time,
    layers.AveragePooling2D: _pooling("AveragePool"),
    layers.BatchNormalization: lambda graph, layer, x, shape, *weights: scale(graph, x, *weights),
    layers.Conv2D: _convolution,
    layers.Dense: _dense,
    layers.Flatten: lambda graph, layer, x, shape: reshape(graph, x, (prod(shape),)),
    layers.GlobalAveragePooling2D: lambda graph, layer, x, shape: graph.compute(
        "ReduceMean", x, axes=[1, 2], keepdims=0
    ),
    layers.LayerNormalization: lambda graph, layer, x, shape, *weights: graph.compute(
        "LayerNormalization", x, *weights, axis=-1, epsilon=layer.epsilon
    ),
    layers.LeakyIntegrateAndFire: _fire,
    layers.MaxPooling2D: _pooling("MaxPool"),
    layers.RepeatOverTime: _repeat,
    layers.Rescaling: lambda graph, layer, x, shape: scale(graph, x, layer.scale, layer.offset),
}
