"""The network that reads lines, described from its sizes or from its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from skdigits._skdigits_estimator import is_count
from skdigits.architectures import Network
from skdigits.architectures.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Layer,
    MaxPooling2D,
)
from skdigits.ink.normalised_line import HEIGHT, STEP

FRAME_WIDTH = 2  # pixels of a normalised picture per frame
# Rows that are pooled into one after each convolution but the first.
_N_ROWS = (2, 1, 2, 2, 1)
_SPREAD = 7  # width of a convolution along the line, in frames
_N_ALONG = 2  # convolutions along the line

N_FILTERS = len(_N_ROWS) + 2


@dataclass(frozen=True)
class LineNetwork(Network):
    """A network with one row of logits per frame of a picture."""

    n_axes: ClassVar[int] = 3


def line_network(filters: Sequence[int], n_characters: int, dropout: float = 0.0) -> LineNetwork:
    """Describe a network that computes logits of no character and of each, per frame.

    Parameters
    ----------
    filters : sequence of int
        Number of filters of the first convolution, of each further one, and of those along the
        line.
    n_characters : int
        Number of characters.
    dropout : float, default=0.0
        Fraction of the inputs of the last layers to drop during training.

    Returns
    -------
    network : LineNetwork
        The network. Its input width is a placeholder: that of a picture may be any multiple of 16.

    Raises
    ------
    ValueError
        If there is another number of filters, or one of them is not a whole number above 0.
    """
    if len(filters) != N_FILTERS or not all(is_count(it) and it >= 1 for it in filters):
        raise ValueError(
            f"filters must be {N_FILTERS} whole numbers of at least 1, got {filters!r}."
        )
    first, *others, along = filters
    layers = _convolution(first, (5, 5), strides=FRAME_WIDTH)
    height = HEIGHT // FRAME_WIDTH
    for n_maps, n_rows in zip(others, _N_ROWS, strict=True):
        layers += _convolution(n_maps, (3, 3))
        if n_rows > 1:
            layers.append(MaxPooling2D((n_rows, 1)))
            height //= n_rows
    layers += _convolution(along, (height, 1), padding="valid")
    left_out = [Dropout(dropout)] if dropout else []
    for _ in range(_N_ALONG):
        layers += [*left_out, *_convolution(along, (1, _SPREAD))]
    layers += [*left_out, Dense(n_characters + 1)]
    return LineNetwork(tuple(layers), (HEIGHT, STEP, 1))


def network_of(weights: Sequence[NDArray[Any]]) -> LineNetwork:
    """Describe the network that has these weights, from their shapes.

    Raises
    ------
    ValueError
        If no network has weights of these shapes.
    """
    kernels = [weight.shape[-1] for weight in weights if weight.ndim == 4]
    if len(kernels) != N_FILTERS + _N_ALONG or not weights or weights[-1].ndim != 1:
        raise ValueError("a network that reads lines has other weights")
    network = line_network(kernels[:N_FILTERS], max(1, len(weights[-1]) - 1))
    if [weight.shape for weight in network.weights] != [weight.shape for weight in weights]:
        raise ValueError("the shapes of the weights do not match")
    return network


def _convolution(
    filters: int, size: tuple[int, int], *, strides: int = 1, padding: str = "same"
) -> list[Layer]:
    convolution = Conv2D(
        filters,
        size,
        strides=strides,
        padding=padding,
        use_bias=False,
        kernel_initializer="he_normal",
    )
    return [convolution, BatchNormalization(momentum=0.95), Activation("relu")]
