"""A network as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdigits._table import format_table
from skdigits.architectures._initializers import INITIALIZERS, Shape
from skdigits.architectures.layers import Dense, Layer, Weight

ImageShape = tuple[int, int, int]
Weights = tuple[NDArray[Any], ...]


def weight_dtype_of(dtype: str) -> str:
    """Return the precision of the weights of a Keras dtype policy."""
    return "float32" if dtype == "mixed_bfloat16" else dtype


@dataclass(frozen=True)
class Network:
    """A network as data: equal networks compute the same function.

    Parameters
    ----------
    layers : tuple of Layer
        Records of :mod:`skdigits.architectures.layers`; the last one is `Dense`, with one logit per
        class. Each must fit the output of the one before it.
    image_shape : tuple of (int, int, int)
        Height, width and number of channels of an image.
    dtype : str, default="float32"
        Precision, as a Keras dtype policy.
    names : tuple of str, default=()
        What the user's own function calls the layers; they do not change what is computed.

    Examples
    --------
    >>> from skdigits.architectures import MLP
    >>> network = MLP((64, 32)).network((8, 8, 1), 10)
    >>> [weight.shape for weight in network.weights]
    [(64, 64), (64,), (64, 32), (32,), (32, 10), (10,)]
    >>> network == MLP([64, 32], dropout=0).network((8, 8, 1), 10)
    True
    """

    # Axes of the logits of an image: a subclass may have rows of logits for parts of it.
    n_axes: ClassVar[int] = 1

    layers: tuple[Layer, ...]
    image_shape: ImageShape
    dtype: str = "float32"
    names: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        shape: Shape = self.image_shape
        for layer in self.layers:
            before = shape
            try:
                shape = layer.output_shape(before)
            except ValueError as error:
                raise ValueError(f"{layer!r} does not fit its input: {error}.") from error
            if 0 in shape:
                raise ValueError(
                    f"{layer!r} leaves nothing of an input of shape {before}: use a smaller kernel "
                    'or pool, padding="same", or larger images.'
                )
        if self.layers and len(shape) != self.n_axes:
            raise ValueError(
                f"The logits of an image must be a row, got the shape {shape}: end the layers with "
                "Flatten() or GlobalAveragePooling2D()."
            )

    def __iter__(self) -> Iterator[tuple[Layer, Shape]]:
        """Iterate over the layers, each with the shape of its input."""
        shape: Shape = self.image_shape
        for layer in self.layers:
            yield layer, shape
            shape = layer.output_shape(shape)

    @property
    def weights(self) -> list[Weight]:
        """All weights, in Keras' order."""
        return [weight for layer, shape in self for weight in layer.weights(shape)]

    @property
    def n_classes(self) -> int:
        """Number of logits."""
        last = self.layers[-1]
        assert isinstance(last, Dense)
        return last.units

    @property
    def weight_dtype(self) -> str:
        """Precision of the weights, which is higher than that of the computation if mixed."""
        return weight_dtype_of(self.dtype)

    def draw_weights(self, random_state: np.random.RandomState) -> Weights:
        """Draw initial weights, the same on every backend.

        Parameters
        ----------
        random_state : numpy.random.RandomState
            Random number generator.

        Returns
        -------
        weights : tuple of ndarray
            One array per weight of `weights`.
        """
        return tuple(
            INITIALIZERS[weight.initializer](weight.shape, random_state).astype(self.weight_dtype)
            for weight in self.weights
        )

    def summary(self) -> str:
        """Return a table of the layers, the shapes of their outputs and their numbers of weights.

        Returns
        -------
        table : str
            One line per layer, and the total number of weights.
        """
        rows = [("layer", "output", "weights")]
        for layer, shape in self:
            n_weights = sum(prod(weight.shape) for weight in layer.weights(shape))
            sides = " x ".join(map(str, layer.output_shape(shape)))
            rows.append((repr(layer), sides, f"{n_weights:,}"))
        total = sum(prod(weight.shape) for weight in self.weights)
        return f"{format_table(rows)}\n{total:,} weights in all"
