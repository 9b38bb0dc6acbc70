"""A trained Keras model as a network and its weights."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from math import prod
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from skdigits._images import resolve_image_shape
from skdigits.architectures import (
    Architecture,
    BuildFunction,
    ImageShape,
    Sequential,
    Weights,
    chain_of,
    in_precision,
    read_model,
    seeded_globals,
    weight_dtype_of,
)
from skdigits.architectures.layers import Dense
from skdigits.programs._keras_network import (
    AnyNetwork,
    all_layers,
    begin_network,
    describe_network,
    is_from_keras,
    read_weights,
)

if TYPE_CHECKING:
    import keras

_DTYPES = ({"float32"}, {"float64"}, {"mixed_bfloat16"}, {"mixed_bfloat16", "float32"})
# Activations and operations of Keras that the softmax after them makes no difference to.
_NORMALIZING = ("softmax", "log_softmax")


class Imported(NamedTuple):
    """A network that computes what a model does, its weights, and what builds it again."""

    architecture: Architecture | BuildFunction
    network: AnyNetwork
    weights: Weights


class RebuiltModel:
    """A build function that returns the same network each time, untrained.

    It holds the configuration of a model, and the classes and functions of the user's own that the
    configuration names.
    """

    def __init__(self, model: keras.Model, image_shape: ImageShape) -> None:
        self.config = model.get_config()
        self.own_code = dict(_own_code(model))
        self.image_shape = image_shape
        self.n_classes = int(model.outputs[0].shape[-1])

    def __call__(self, image_shape: ImageShape, n_classes: int) -> keras.Model:
        """Build the network, which suits no other images or classes."""
        import keras

        if (image_shape, n_classes) != (self.image_shape, self.n_classes):
            raise ValueError(
                f"The network of a Keras model takes images of shape {self.image_shape} and has "
                f"{self.n_classes} classes, but the data have the shape {image_shape} and "
                f"{n_classes} classes."
            )
        # Keras takes a configuration apart.
        config = copy.deepcopy(self.config)
        return keras.Sequential.from_config(config, custom_objects=self.own_code)

    def __repr__(self) -> str:
        """Show the name that the model has in Keras."""
        return f"<the network of the keras.Model {self.config['name']!r}>"


def import_model(
    model: Any,
    image_shape: tuple[int, ...] | str = "auto",
    order: NDArray[np.intp] | None = None,
) -> Imported:
    """Convert a trained model, without its last softmax; to records if there are such.

    `order` lists the outputs in the order of the classes.
    """
    check_model(model)
    dtype = _dtype_of(model)
    with seeded_globals(0, dtype):
        pieces = _pieces(_without_softmax(_copied(model)))
        _widen_last(pieces[-1], dtype)
        shape, pieces = _for_images(pieces, model.inputs[0].shape[1:], image_shape)
        logits = _joined(pieces, shape, dtype, model.name)
    if order is not None:
        _reorder(_last(logits), order)
    weights = tuple(array.astype(weight_dtype_of(dtype)) for array in read_weights(logits))
    network = read_model(logits, shape, dtype)
    if network is not None:
        last = network.layers[-1]
        assert isinstance(last, Dense)
        architecture = Sequential(
            list(network.layers[:-1]),
            use_bias=last.use_bias,
            kernel_initializer=last.kernel_initializer,
        )
        return Imported(architecture, network, weights)
    build = RebuiltModel(logits, shape)
    described = describe_network(build, shape, build.n_classes, dtype)
    return Imported(build, begin_network(described, np.random.RandomState(0))[0], weights)


def check_model(model: Any) -> int:
    """Refuse what is no model from an image to a score of each class; return their number."""
    import keras

    expected = "a trained keras.Model, functional or Sequential, from images to logits or softmax"
    if not isinstance(model, keras.Model):
        cure = " Read a file with keras.saving.load_model." if isinstance(model, str) else ""
        raise TypeError(f"model must be {expected}, got {model!r}.{cure}")
    if isinstance(model, keras.Sequential) and not model.built:
        raise ValueError(
            f"model must be {expected}, but {model.name!r} has no weights yet: call it on images, "
            "or begin it with keras.Input."
        )
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"model must be {expected}, but {model.name!r} is a {type(model).__name__} with a "
            "method `call` of its own. Use a function that builds it as architecture, and fit "
            "again."
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            f"model must be {expected}, but {model.name!r} has {len(model.inputs)} inputs and "
            f"{len(model.outputs)} outputs."
        )
    shape = tuple(model.outputs[0].shape)
    if len(shape) != 2 or not shape[1] or shape[1] < 2:
        cure = " For two classes, end it in Dense(2)." if shape[1:] == (1,) else ""
        raise ValueError(
            f"model must have an output of shape (None, n_classes), with at least 2 classes; the "
            f"output of {model.name!r} has the shape {(None, *shape[1:])}.{cure}"
        )
    _check_last(model)
    return int(shape[1])


def _check_last(model: keras.Model) -> None:
    """Refuse outputs that are neither logits nor their softmax, such as those of a regression."""
    name = _activation_of(_last(model))
    if name not in ("linear", *_NORMALIZING):
        raise ValueError(
            f"model must end in logits or their softmax, but {model.name!r} ends in the activation "
            f"{name!r}, after which the classes do not exclude each other."
        )


def probabilities_of(model: keras.Model, images: NDArray[Any]) -> NDArray[Any]:
    """Compute the probabilities of a model that ends in logits or their softmax."""
    import keras

    n_images, *sizes = model.inputs[0].shape
    given = images[:n_images]
    if len(sizes) < 3:
        given = given.reshape(len(given), *(images.shape[1:3] if len(sizes) == 2 else [-1]))
    expected = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    with in_precision(_dtype_of(model)):
        outputs = model(keras.tree.map_structure(lambda _: given, expected), training=False)
    (outputs,) = keras.tree.flatten(outputs)
    found: NDArray[Any] = keras.ops.convert_to_numpy(outputs).astype(np.float64)
    return found if _activation_of(_last(model)) == "softmax" else softmax(found, axis=1)


def _dtype_of(model: keras.Model) -> str:
    """Return the precision of the layers with weights, of which the last may be higher."""
    layers = [layer for layer in all_layers(model) if layer.weights and not _is_model(layer)]
    names = {layer.dtype_policy.name for layer in layers}
    if names and names not in _DTYPES:
        raise ValueError(
            f"model must compute in float32, float64 or mixed_bfloat16, but the layers of "
            f"{model.name!r} have the policies {', '.join(sorted(names))}."
        )
    return min(names - {"float32"}, default="float32")


def _is_model(layer: Any) -> bool:
    return hasattr(layer, "layers")


def _last(model: keras.Model) -> Any:
    """Return the layer, or the function of `keras.ops`, that computes the output."""
    operation = model.outputs[0]._keras_history.operation
    return _last(operation) if _is_model(operation) else operation


def _activation_of(operation: Any) -> str:
    activation = getattr(operation, "activation", None)
    if activation is not None:
        return str(getattr(activation, "__name__", activation))
    kind = type(operation).__name__
    names = {"LogSoftmax": "log_softmax", "ReLU": "relu", "Relu": "relu", "Tanh": "tanh"}
    return {**names, "Sigmoid": "sigmoid", "Softmax": "softmax"}.get(kind, "linear")


def _copied(model: keras.Model) -> keras.Model:
    """Copy a model, whose layers are left as they are."""
    import keras

    # A class of the user's own may train in another way, which makes no difference afterwards.
    plain = keras.Model(model.inputs, model.outputs, name=model.name)
    try:
        copied = keras.Model.from_config(plain.get_config(), custom_objects=dict(_own_code(plain)))
    except Exception as error:  # Layers of the user's own raise errors of all kinds.
        raise ValueError(
            f"model {model.name!r} cannot be built again from its configuration: {error}"
        ) from error
    copied.set_weights(model.get_weights())
    return copied


def _own_code(model: keras.Model) -> Iterator[tuple[str, Any]]:
    """List the classes and functions in the configuration of a model that are not Keras' own."""
    for layer in all_layers(model):
        for value in (type(layer), *filter(callable, vars(layer).values())):
            # An initializer, for example, is an object of a class.
            code = value if hasattr(value, "__name__") else type(value)
            if not is_from_keras(code):
                yield code.__name__, code


def _without_softmax(model: keras.Model) -> keras.Model:
    """Take the softmax off the end of a model that is ours to change."""
    import keras

    operation, index, _ = model.outputs[0]._keras_history
    (before, *_) = operation._inbound_nodes[index].input_tensors
    if _is_model(operation):
        shortened = _without_softmax(operation)
        if shortened is operation:
            return model
        return keras.Model(model.inputs, shortened(before), name=model.name)
    if _activation_of(operation) not in _NORMALIZING:
        return model
    if getattr(operation, "activation", None) is not None and operation.weights:
        operation.activation = keras.activations.linear
        return model
    return keras.Model(model.inputs, before, name=model.name)


def _pieces(model: keras.Model) -> list[keras.Layer]:
    """List the layers of a chain, with those of models in it; another model is one piece."""
    chain = chain_of(model)
    if not chain:
        return [model]
    return [piece for layer in chain for piece in (_pieces(layer) if _is_model(layer) else [layer])]


def _joined(
    pieces: list[keras.Layer], image_shape: ImageShape, dtype: str, name: str
) -> keras.Model:
    import keras

    images = keras.Input(image_shape, dtype=weight_dtype_of(dtype))
    return keras.Sequential([images, *pieces], name=name)


def _widen_last(last: keras.Layer, dtype: str) -> None:
    """Compute logits in the precision of the weights: in a low one, too many would be equal."""
    import keras

    if isinstance(last, keras.layers.Dense):
        last.dtype_policy = weight_dtype_of(dtype)


def _for_images(
    pieces: list[keras.Layer], shape: tuple[int | None, ...], asked: tuple[int, ...] | str
) -> tuple[ImageShape, list[keras.Layer]]:
    """Choose the shape of the images, and let the first piece take them."""
    import keras

    place = next((i for i, it in enumerate(pieces) if not _is_of_any_shape(it)), 0)
    first, others = pieces[place], [*pieces[:place], *pieces[place + 1 :]]
    if isinstance(first, keras.layers.Reshape) and None not in shape:
        reshaped = first.compute_output_shape((None, *shape))[1:]
        if len(reshaped) == 3:
            return _image_shape(reshaped, asked), others
    image_shape = _image_shape(shape, asked)
    if len(shape) == 3 or isinstance(first, keras.layers.Flatten):
        return image_shape, pieces
    if len(shape) == 1:
        return image_shape, [keras.layers.Flatten(), *pieces]
    return image_shape, [keras.layers.Reshape(image_shape[:2]), *pieces]


def _is_of_any_shape(layer: keras.Layer) -> bool:
    """Return whether a layer does the same to each pixel."""
    import keras

    return isinstance(layer, keras.layers.Rescaling)


def _image_shape(shape: tuple[int | None, ...], asked: tuple[int, ...] | str) -> ImageShape:
    """Choose the shape of images that a model with inputs of this shape takes."""
    takes = f"the model takes inputs of shape {(None, *shape)}"
    if not 1 <= len(shape) <= 3:
        raise ValueError(
            "model must take images, (None, height, width[, n_channels]), or rows of pixels, "
            f"(None, n_pixels), but {takes}."
        )
    if isinstance(asked, str):
        sizes = [size for size in shape if size is not None]
        if len(sizes) < len(shape):
            raise ValueError(f"image_shape='auto' needs a fixed shape, but {takes}: set it.")
        given = tuple(sizes) if len(shape) > 1 else None
        # What the model takes are images with the channels last, however many there are.
        return resolve_image_shape(given or "auto", prod(sizes), given)
    n_pixels = prod(size for size in asked if isinstance(size, Integral))
    chosen = resolve_image_shape(asked, n_pixels, None)
    flat = (prod(chosen),) if len(shape) == 1 else chosen
    expected = (*shape, 1) if len(shape) == 2 else shape
    if not all(size in (None, it) for it, size in zip(flat, expected, strict=True)):
        raise ValueError(f"image_shape={asked!r} does not fit: {takes}.")
    return chosen


def _reorder(last: keras.Layer, order: NDArray[np.intp]) -> None:
    """Put the outputs of the last layer into another order."""
    import keras

    if not isinstance(last, keras.layers.Dense):
        raise ValueError(
            "classes must be in increasing order, since the model does not end in a Dense layer, "
            "whose outputs could be put into that order."
        )
    last.set_weights([weight[..., order] for weight in last.get_weights()])
