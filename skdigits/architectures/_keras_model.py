"""Networks as models of Keras, and models of Keras as networks."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from skdigits.architectures import layers as records
from skdigits.architectures._initializers import INITIALIZERS
from skdigits.architectures._network import ImageShape, Network, weight_dtype_of
from skdigits.architectures.layers import Dense, Layer

if TYPE_CHECKING:
    import keras

LAYERS: dict[str, type[Layer]] = {name: getattr(records, name) for name in records.__all__}
_CLASSES_OF_INITIALIZERS = {name: name.title().replace("_", "") for name in INITIALIZERS}
_INITIALIZERS = {kind: name for name, kind in _CLASSES_OF_INITIALIZERS.items()}
# Where a Keras configuration names a layer or refers to one.
_KEYS_OF_NAMES = {"name", "keras_history", "input_layers", "output_layers"}
_OF_IMAGES = {"AveragePooling2D", "Conv2D", "Flatten", "GlobalAveragePooling2D", "MaxPooling2D"}


def build_model(network: Network, *, draws: bool = True, is_wide_open: bool = False) -> keras.Model:
    """Build the Keras model of a network.

    Without `draws`, all weights are zeros, to be set later, and no random numbers are drawn.
    If it `is_wide_open`, a model of convolutions takes images of any width.
    """
    import keras

    fixed = {} if draws else {"kernel_initializer": "zeros", "seed": 0}
    dtypes = _dtypes(len(network.layers), network.dtype)
    names = network.names or [*[None] * (len(network.layers) - 1), "logits"]
    layers = [
        as_keras_layer(layer, dtype, fixed=fixed, name=name)
        for layer, dtype, name in zip(network.layers, dtypes, names, strict=True)
    ]
    height, width, n_channels = network.image_shape
    shape = (height, None if is_wide_open else width, n_channels)
    images = keras.Input(shape, dtype=network.weight_dtype)
    model = keras.Sequential([images, *layers])
    if not draws:
        # A callback may save the model, from which others are built and begin as this network does.
        for layer, built in zip(network.layers, layers, strict=True):
            if hasattr(built, "kernel_initializer"):
                built.kernel_initializer = _seeded(layer)["kernel_initializer"]
    # The model casts its inputs, too.
    model.dtype_policy = keras.dtype_policies.get(network.dtype)
    return model


def as_keras_layer(
    layer: Layer, dtype: str, *, fixed: Mapping[str, Any] | None = None, name: str | None = None
) -> keras.Layer:
    """Build the layer of Keras, or of this package, that has the name of a record.

    Keras draws the seeds of initializers and of dropout from Python's global generator, unless they
    are `fixed`.
    """
    import keras

    from skdigits.architectures import _spiking_layers

    kind, options = type(layer).__name__, asdict(layer)
    if "activation" in options:
        _check_activation(options["activation"])
    if kind in _OF_IMAGES:
        options["data_format"] = "channels_last"
    if kind == "Dropout":
        options["seed"] = None
    options.update({key: value for key, value in (fixed or {}).items() if key in options})
    constructor = getattr(keras.layers, kind, None) or getattr(_spiking_layers, kind)
    built: keras.Layer = constructor(**options, dtype=dtype, name=name)
    return built


def _check_activation(name: str) -> None:
    """Refuse activations of Keras that need more than a tensor."""
    import keras

    parameters = inspect.signature(keras.activations.get(name)).parameters.values()
    required = [p.name for p in parameters if p.default is p.empty]
    if len(required) != 1:
        raise ValueError(f"activation={name!r} takes more than a tensor: {', '.join(required)}.")


def read_model(model: keras.Model, image_shape: ImageShape, dtype: str) -> Network | None:
    """Convert a model to a network if it is a chain of layers with records."""
    chain = chain_of(model)
    pairs = zip(chain, _dtypes(len(chain), dtype), strict=False)
    layers = [read_layer(layer, precision) for layer, precision in pairs]
    known = tuple(layer for layer in layers if layer is not None)
    is_whole = len(known) == len(layers) > 0 and isinstance(known[-1], Dense)
    # Keras itself leaves out an axis of one channel.
    if not is_whole or model.inputs[0].shape[1:] != image_shape:
        return None
    network = Network(known, image_shape, dtype, tuple(layer.name for layer in chain))
    shapes = [tuple(variable.shape) for variable in model.weights]
    is_same = shapes == [weight.shape for weight in network.weights]
    return network if is_same and model.inputs[0].dtype == network.weight_dtype else None


def _dtypes(n_layers: int, dtype: str) -> list[str]:
    """Return the precision of each layer: in a low one, too many logits would be equal."""
    return [*[dtype] * (n_layers - 1), weight_dtype_of(dtype)]


def read_layer(layer: keras.Layer, dtype: str) -> Layer | None:
    """Convert a layer to a record if the record describes it completely."""
    kind, config = LAYERS.get(type(layer).__name__), _described(layer)
    if kind is None:
        return None
    try:
        record = kind(**{field.name: _value(config[field.name]) for field in fields(kind)})
        rebuilt = as_keras_layer(record, dtype, fixed=_seeded(record))
    except ValueError:
        return None
    is_same = type(rebuilt) is type(layer) and _described(rebuilt) == config
    return record if is_same else None


def _seeded(record: Layer) -> dict[str, Any]:
    """Set the seeds of initializers and dropout."""
    import keras

    name = getattr(record, "kernel_initializer", "zeros")
    kind = getattr(keras.initializers, _CLASSES_OF_INITIALIZERS[name])
    options = {} if name in ("ones", "zeros") else {"seed": 0}
    return {"kernel_initializer": kind(**options), "seed": 0}


def _described(layer: keras.Layer) -> dict[str, Any]:
    config: dict[str, Any] = without_names(layer.get_config())
    # Layer normalisation makes a list of it when it is built.
    return {**config, "axis": -1} if config.get("axis") == [-1] else config


def _value(value: Any) -> Any:
    """Return the name of an initializer, whose options are compared with those of the layer."""
    return _INITIALIZERS.get(value["class_name"]) if isinstance(value, dict) else value


def without_names(config: Any, names: dict[str, str] | None = None) -> Any:
    """Replace the names in a configuration with their order, and drop seeds.

    Keras numbers names throughout a process, and seeds are state: neither changes the computation.
    """
    names = {} if names is None else names
    if isinstance(config, list | tuple):
        return [without_names(item, names) for item in config]
    if not isinstance(config, dict) or "DTypePolicy" in str(config.get("class_name")):
        return config

    def renamed(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [renamed(item) for item in value]
        return names.setdefault(value, str(len(names))) if isinstance(value, str) else value

    return {
        key: renamed(value) if key in _KEYS_OF_NAMES else without_names(value, names)
        for key, value in config.items()
        if key != "seed"
    }


def chain_of(model: keras.Model) -> list[keras.Layer]:
    """List the layers of a model if they form a chain; else return an empty list."""
    # A class of the user's own may compute something else from its layers.
    if not type(model).__module__.startswith("keras."):
        return []
    if len(getattr(model, "inputs", None) or ()) != 1 or len(model.outputs) != 1:
        return []
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    if type(model).__name__ == "Sequential":
        return layers
    chain: list[keras.Layer] = []
    tensor = model.outputs[0]
    while tensor is not model.inputs[0]:
        operation, index, _ = tensor._keras_history
        node = operation._inbound_nodes[index]
        # A layer that is used twice shares its weights, and one that is called with more than its
        # input may compute something else.
        is_plain = len(node.input_tensors) == 1 and not _options_of(node)
        if operation not in layers or operation in chain or not is_plain:
            return []
        chain.insert(0, operation)
        tensor = node.input_tensors[0]
    return chain if len(chain) == len(layers) else []


def _options_of(node: Any) -> list[Any]:
    """List what a layer was called with, beside its input and what Keras itself passes."""
    _, *more = node.arguments.args
    named = node.arguments.kwargs.items()
    return [
        it for it in (*more, *(it for name, it in named if name != "training")) if it is not None
    ]
