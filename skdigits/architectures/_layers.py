"""Groups of layers, and checks of parameters, that several architectures share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, cast

from sklearn.utils._param_validation import Interval, StrOptions

from skdigits.architectures._architecture import ImageShape

if TYPE_CHECKING:
    import keras

FRACTION = Interval(Real, 0, 1, closed="left")
NORMALIZATION = [StrOptions({"batch", "layer"}), None]


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
    yield layers.Activation(activation)


def batch_normalization() -> keras.Layer:
    from keras import layers

    # Keras' momentum of .99 lags behind the weights where a fit has only a few hundred updates.
    return layers.BatchNormalization(momentum=0.9)


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
