"""Layers as data: a network is a list of them.

A layer is a plain record with the name of the Keras layer that computes it. Two networks with
equal records are the same network, and share compiled programs. The code that turns records into
a :class:`keras.Model`, shapes of weights or initial weights is in other modules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from math import prod
from numbers import Integral
from typing import Any, NamedTuple, dataclass_transform

from skdigits.architectures._initializers import INITIALIZERS, Shape

Sides = Any  # int or tuple of (int, int), which it becomes
Function = Any  # str or None, which becomes "linear"
Initializer = str
Padding = str

__all__ = [
    "Activation",
    "AverageOverTime",
    "AveragePooling2D",
    "BatchNormalization",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "LayerNormalization",
    "LeakyIntegrateAndFire",
    "MaxPooling2D",
    "RepeatOverTime",
    "Rescaling",
]


class Weight(NamedTuple):
    """A trained or averaged array of a layer: its shape, and its initial values."""

    shape: Shape
    initializer: str  # by its Keras name
    is_trained: bool = True


def _count(value: Any) -> int:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"must be a whole number of at least 1, got {value!r}")
    return int(value)


def _sides(value: Any) -> tuple[int, int]:
    height, width = (value, value) if isinstance(value, Integral) else value
    return _count(height), _count(width)


def _function(value: Any) -> str:
    if not isinstance(value, str | None):
        raise ValueError(f"must be the Keras name of a function or None, got {value!r}")
    return "linear" if value is None else value


def _one_of(*choices: str) -> Callable[[Any], Any]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"must be one of {', '.join(map(repr, choices))}, got {value!r}")
        return value

    return check


_NORMAL_FORMS: dict[str, Callable[[Any], Any]] = {
    "bool": bool,
    "float": float,
    "int": _count,
    "Function": _function,
    "Initializer": _one_of(*INITIALIZERS),
    "Padding": _one_of("valid", "same"),
    "Sides": _sides,
}


@dataclass_transform(frozen_default=True)
def _record(cls: type[Any]) -> type[Any]:
    return dataclass(frozen=True, repr=False)(cls)


@_record
class Layer:
    """A layer of a network, equal to another one if both compute the same.

    Shapes are those of a single image or row, without the axis of the samples.
    """

    def __post_init__(self) -> None:
        for field in fields(self):
            try:
                value = _NORMAL_FORMS[field.type](getattr(self, field.name))  # type: ignore[index]
            except (TypeError, ValueError) as error:
                raise ValueError(f"{field.name} of {type(self).__name__} {error}.") from error
            object.__setattr__(self, field.name, value)

    def __repr__(self) -> str:
        """Show the parameters that differ from their defaults, as scikit-learn does."""
        values = [(field, getattr(self, field.name)) for field in fields(self)]
        changed = [f"{field.name}={it!r}" for field, it in values if it != field.default]
        return f"{type(self).__name__}({', '.join(changed)})"

    def output_shape(self, shape: Shape) -> Shape:
        """Compute the shape of the output from the shape of the input.

        Parameters
        ----------
        shape : tuple of int
            Shape of an input.

        Returns
        -------
        output_shape : tuple of int
            Shape of the output.
        """
        return shape

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """List the weights for inputs of a shape.

        Parameters
        ----------
        shape : tuple of int
            Shape of an input.

        Returns
        -------
        weights : tuple of Weight
            In Keras' order: shape of the array, name of its initializer, and whether it is trained.
        """
        return ()


@_record
class Flatten(Layer):
    """Flatten the pixels and maps of an image into a row.

    Examples
    --------
    >>> from skdigits.architectures.layers import Flatten
    >>> Flatten().output_shape((28, 28, 1))
    (784,)
    """

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)


@_record
class Dense(Layer):
    """Compute a weighted sum of all inputs for each neuron.

    Parameters
    ----------
    units : int
        Number of neurons.
    activation : str or None, default="linear"
        Keras name of the function that is applied to the sums. None is "linear".
    use_bias : bool, default=True
        Whether each neuron has a bias.
    kernel_initializer : str, default="glorot_uniform"
        How the weights begin, by the Keras name of an initializer.

    Examples
    --------
    >>> from skdigits.architectures.layers import Dense
    >>> [weight.shape for weight in Dense(128).weights((784,))]
    [(784, 128), (128,)]
    """

    units: int
    activation: Function = "linear"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        return _kernel_and_bias((shape[-1], self.units), self)


@_record
class Conv2D(Layer):
    """Convolve images: compute weighted sums of the neighbourhood of each pixel.

    Parameters
    ----------
    filters : int
        Number of output maps.
    kernel_size : int or tuple of (int, int)
        Height and width of the neighbourhood in pixels.
    activation : str or None, default="linear"
        Keras name of the function that is applied to the sums. None is "linear".
    strides : int or tuple of (int, int), default=(1, 1)
        Steps from one neighbourhood to the next, in pixels.
    padding : {"valid", "same"}, default="valid"
        Whether only whole neighbourhoods count, or zeros around the image fill them up.
    use_bias : bool, default=True
        Whether each map has a bias.
    kernel_initializer : str, default="glorot_uniform"
        How the weights begin, by the Keras name of an initializer.

    Examples
    --------
    >>> from skdigits.architectures.layers import Conv2D
    >>> Conv2D(6, 5).output_shape((28, 28, 1))
    (24, 24, 6)
    """

    filters: int
    kernel_size: Sides
    activation: Function = "linear"
    strides: Sides = (1, 1)
    padding: Padding = "valid"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"

    def output_shape(self, shape: Shape) -> Shape:
        return (*_windows(shape, self.kernel_size, self.strides, self.padding), self.filters)

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        return _kernel_and_bias((*self.kernel_size, shape[-1], self.filters), self)


@_record
class _Pooling(Layer):
    pool_size: Sides

    def output_shape(self, shape: Shape) -> Shape:
        return (*_windows(shape, self.pool_size, self.pool_size, "valid"), shape[-1])


@_record
class MaxPooling2D(_Pooling):
    """Keep the largest pixel of each window.

    Parameters
    ----------
    pool_size : int or tuple of (int, int)
        Height and width of the windows in pixels.

    Examples
    --------
    >>> from skdigits.architectures.layers import MaxPooling2D
    >>> MaxPooling2D(2).output_shape((27, 27, 6))
    (13, 13, 6)
    """


@_record
class AveragePooling2D(_Pooling):
    """Average over the pixels of each window.

    Parameters
    ----------
    pool_size : int or tuple of (int, int)
        Height and width of the windows in pixels.

    Examples
    --------
    >>> from skdigits.architectures.layers import AveragePooling2D
    >>> AveragePooling2D((2, 1)).output_shape((28, 28, 6))
    (14, 28, 6)
    """


@_record
class GlobalAveragePooling2D(Layer):
    """Average each map over all its pixels.

    Examples
    --------
    >>> from skdigits.architectures.layers import GlobalAveragePooling2D
    >>> GlobalAveragePooling2D().output_shape((5, 5, 96))
    (96,)
    """

    def output_shape(self, shape: Shape) -> Shape:
        _require_image(shape)
        return shape[-1:]


@_record
class BatchNormalization(Layer):
    """Normalise each neuron or map over a batch, in prediction by averages over batches.

    Parameters
    ----------
    momentum : float, default=0.9
        Fraction of the moving averages that is kept after a batch. Keras' default of 0.99 lags
        behind the weights in a fit with only a few hundred updates.
    epsilon : float, default=1e-3
        Number added to the variance, which prevents a division by zero.

    Examples
    --------
    >>> from skdigits.architectures.layers import BatchNormalization
    >>> [weight.is_trained for weight in BatchNormalization().weights((32,))]
    [True, True, False, False]
    """

    momentum: float = 0.9
    epsilon: float = 1e-3

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        size = shape[-1:]
        return (
            Weight(size, "ones"),
            Weight(size, "zeros"),
            Weight(size, "zeros", is_trained=False),
            Weight(size, "ones", is_trained=False),
        )


@_record
class LayerNormalization(Layer):
    """Normalise each image over its neurons, or each of its pixels over its maps.

    Parameters
    ----------
    epsilon : float, default=1e-3
        Number added to the variance, which prevents a division by zero.

    Examples
    --------
    >>> from skdigits.architectures.layers import LayerNormalization
    >>> [weight.initializer for weight in LayerNormalization().weights((32,))]
    ['ones', 'zeros']
    """

    epsilon: float = 1e-3

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        return (Weight(shape[-1:], "ones"), Weight(shape[-1:], "zeros"))


@_record
class Activation(Layer):
    """Apply a function to each number.

    Parameters
    ----------
    activation : str
        The Keras name of the function: "relu", "tanh", "gelu", ...

    Examples
    --------
    >>> from skdigits.architectures.layers import Activation
    >>> Activation("relu")
    Activation(activation='relu')
    """

    activation: Function


@_record
class Dropout(Layer):
    """Set a random fraction of the numbers to zero in training, different for each image.

    Parameters
    ----------
    rate : float
        The fraction, in [0, 1).

    Examples
    --------
    >>> from skdigits.architectures.layers import Dropout
    >>> Dropout(0.5)
    Dropout(rate=0.5)
    """

    rate: float


@_record
class Rescaling(Layer):
    """Multiply and shift all pixels.

    Parameters
    ----------
    scale : float
        Factor of the pixels.
    offset : float, default=0.0
        Number that is added afterwards.

    Examples
    --------
    >>> from skdigits.architectures.layers import Rescaling
    >>> Rescaling(2, -1)
    Rescaling(scale=2.0, offset=-1.0)
    """

    scale: float
    offset: float = 0.0


@_record
class RepeatOverTime(Layer):
    """Present the same image at every time step: each sample becomes `n_steps` consecutive ones.

    Parameters
    ----------
    n_steps : int
        Number of time steps.

    Examples
    --------
    >>> from skdigits.architectures.layers import RepeatOverTime
    >>> RepeatOverTime(4)
    RepeatOverTime(n_steps=4)
    """

    n_steps: int


@_record
class LeakyIntegrateAndFire(Layer):
    """Charge neurons over time; a neuron that exceeds the threshold of one emits a spike.

    Parameters
    ----------
    n_steps : int
        Number of time steps, as consecutive samples.
    decay : float
        Fraction of a neuron's potential that is kept in a time step, in [0, 1].

    Examples
    --------
    >>> from skdigits.architectures.layers import LeakyIntegrateAndFire
    >>> LeakyIntegrateAndFire(4, 0.5)
    LeakyIntegrateAndFire(n_steps=4, decay=0.5)
    """

    n_steps: int
    decay: float


@_record
class AverageOverTime(Layer):
    """Average over the time steps of each image: the average of spikes is a firing rate.

    Parameters
    ----------
    n_steps : int
        Number of time steps, as consecutive samples.

    Examples
    --------
    >>> from skdigits.architectures.layers import AverageOverTime
    >>> AverageOverTime(4)
    AverageOverTime(n_steps=4)
    """

    n_steps: int


def _require_image(shape: Shape) -> None:
    if len(shape) != 3:
        raise ValueError(f"an image needs height, width and channels, got the shape {shape}")


def _windows(shape: Shape, size: Sides, strides: Sides, padding: str) -> tuple[int, int]:
    """Count the windows of an image along its height and its width."""
    _require_image(shape)
    height, width = (
        max(0, -(-(side if padding == "same" else side - window + 1) // step))
        for side, window, step in zip(shape[:2], size, strides, strict=True)
    )
    return height, width


def _kernel_and_bias(shape: Shape, layer: Dense | Conv2D) -> tuple[Weight, ...]:
    bias = (Weight(shape[-1:], "zeros"),) if layer.use_bias else ()
    return (Weight(shape, layer.kernel_initializer), *bias)
