"""Groups of layers, and checks of parameters, that several architectures share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from numbers import Integral, Real
from typing import Any, cast

from skdigits._private_names import Interval, StrOptions
from skdigits.architectures import layers
from skdigits.architectures._network import ImageShape
from skdigits.architectures.layers import Layer

FRACTION = Interval(Real, 0, 1, closed="left")
NORMALIZATION = [StrOptions({"batch", "layer"}), None]
_NORMALIZATIONS: dict[str | None, tuple[Layer, ...]] = {
    None: (),
    "batch": (layers.BatchNormalization(),),
    "layer": (layers.LayerNormalization(),),
}


def dense_block(
    n_neurons: int, activation: str, normalization: str | None, dropout: float
) -> Iterator[Layer]:
    yield layers.Dense(n_neurons, use_bias=normalization is None)
    yield from activated(activation, normalization)
    yield from dropped(dropout)


def activated(activation: str, normalization: str | None) -> Iterator[Layer]:
    yield from _NORMALIZATIONS[normalization]
    yield layers.Activation(activation)


def dropped(share: float) -> Iterator[Layer]:
    if share:
        yield layers.Dropout(share)


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
            f"{name} needs images, but got rows of {height * width} pixels, which is not a "
            "square number: set image_shape=(height, width), or use the architecture 'mlp'."
        )
