"""Groups of layers, and checks of parameters, that several architectures share."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sklearn.utils._param_validation import Interval, StrOptions

from skdigits.architectures._architecture import ImageShape, WeightShape

if TYPE_CHECKING:
    import keras

FRACTION = Interval(Real, 0, 1, closed="left")
NORMALIZATION = [StrOptions({"batch", "layer"}), None]

# Weights per neuron or filter: the bias; scale, offset, mean and variance; scale and offset.
_N_VECTORS = {None: 1, "batch": 4, "layer": 2}


class Convolution(NamedTuple):
    """A convolution and the pooling after it, where `pool_size` is more than 1."""

    n_filters: int
    kernel_size: int
    padding: str
    pool_size: int

    def output_size(self, size: int) -> int:
        """Tell the height or width of the maps that come out."""
        convolved = size if self.padding == "same" else size - self.kernel_size + 1
        return convolved // self.pool_size


def convolution_shapes(
    image_shape: ImageShape, convolutions: Iterable[Convolution], normalization: str | None
) -> tuple[list[WeightShape], int]:
    """Tell the shapes of the weights of convolutions in turn, and how many numbers come out."""
    height, width, n_channels = image_shape
    shapes: list[WeightShape] = []
    for convolution in convolutions:
        side, n_filters = convolution.kernel_size, convolution.n_filters
        shapes.append((side, side, n_channels, n_filters))
        shapes += _N_VECTORS[normalization] * [(n_filters,)]
        height, width = convolution.output_size(height), convolution.output_size(width)
        n_channels = n_filters
    return shapes, height * width * n_channels


def dense_shapes(
    n_inputs: int, sizes: Sequence[int], normalization: str | None
) -> tuple[list[WeightShape], int]:
    """Tell the shapes of the weights of dense layers in turn, and how many numbers come out."""
    shapes: list[WeightShape] = []
    for n_neurons in sizes:
        shapes += [(n_inputs, n_neurons), *_N_VECTORS[normalization] * [(n_neurons,)]]
        n_inputs = n_neurons
    return shapes, n_inputs


def dense_layers(
    n_neurons: int, activation: str, normalization: str | None, dropout: float
) -> Iterable[keras.Layer]:
    from keras import layers

    weighing = [layers.Dense(n_neurons, use_bias=normalization is None)]
    yield from normalized(weighing, activation, normalization)
    if dropout:
        yield layers.Dropout(dropout)


def normalized(
    weighing: Sequence[keras.Layer], activation: str, normalization: str | None
) -> Iterable[keras.Layer]:
    from keras import layers

    yield from weighing
    if normalization == "batch":
        yield batch_normalization()
    elif normalization == "layer":
        yield layers.LayerNormalization()
    yield layers.Activation(as_activation(activation))


def batch_normalization() -> keras.Layer:
    from keras import layers

    # Keras' momentum of .99 lags behind the weights where a fit has only a few hundred updates.
    return layers.BatchNormalization(momentum=0.9)


def as_activation(name: str) -> str:
    """Refuse what Keras lists among its activations and is no function of a tensor alone."""
    import keras

    parameters = inspect.signature(keras.activations.get(name)).parameters.values()
    required = [p.name for p in parameters if p.default is p.empty]
    if len(required) != 1:
        raise ValueError(f"activation={name!r} takes more than a tensor: {', '.join(required)}.")
    return name


def as_sizes(name: str, value: int | Sequence[int]) -> list[int]:
    """Read a size or a sequence of sizes, of Python's or NumPy's integers."""
    sizes = [value] if isinstance(value, Integral) else list(cast("Sequence[Any]", value))
    if not all(isinstance(size, Integral) and int(size) >= 1 for size in sizes):
        raise ValueError(f"{name} must hold integers of at least 1, got {value!r}.")
    return [int(size) for size in sizes]


def check_image(name: str, image_shape: ImageShape) -> None:
    height, width, _ = image_shape
    if 1 in (height, width) and height != width:
        raise ValueError(
            f"{name} needs images, but got rows of {height * width} pixels, which are no square: "
            "give image_shape=(height, width), or use the architecture 'mlp'."
        )
