"""The network that reads lines: as records, and its scores for each frame of a picture."""

from __future__ import annotations

from skdigits.architectures.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Layer,
    MaxPooling2D,
)
from skdigits.ink.line_picture import HEIGHT

FRAME_WIDTH = 2  # pixels of a normalised picture per frame
# Convolutions of 3x3, and how many rows become one after them.
_STAGES = ((32, 2), (48, 1), (64, 2), (80, 2), (96, 1))
_FIRST, _CONTEXT, _SPREAD = 24, 104, 7  # maps, and how many frames a convolution along a line sees


def line_network(n_characters: int, dropout: float) -> tuple[Layer, ...]:
    """List the layers of a network that gives scores of characters, and of none, per frame."""
    layers = _convolution(_FIRST, (5, 5), strides=FRAME_WIDTH)
    height = HEIGHT // FRAME_WIDTH
    for filters, n_rows in _STAGES:
        layers += _convolution(filters, (3, 3))
        if n_rows > 1:
            layers.append(MaxPooling2D((n_rows, 1)))
            height //= n_rows
    layers += _convolution(_CONTEXT, (height, 1), padding="valid")
    for _ in range(2):
        layers += [Dropout(dropout), *_convolution(_CONTEXT, (1, _SPREAD))]
    return (*layers, Dropout(dropout), Dense(n_characters + 1))


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
