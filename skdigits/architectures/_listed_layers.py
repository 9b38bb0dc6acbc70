"""The layers that an architecture lists, checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from skdigits.architectures.layers import Layer

if TYPE_CHECKING:
    import keras


def listed_layers(layers: Any) -> list[Layer | keras.Layer]:
    """Return what `Architecture.layers` listed, if all of it is layers.

    Raises
    ------
    TypeError
        If it is not iterable, or an item is neither a record nor a layer of Keras.
    """
    expected = "records of skdigits.architectures.layers, or layers of Keras"
    if not isinstance(layers, Iterable):
        raise TypeError(
            f"layers(image_shape) must yield {expected}, got {layers!r} instead of an iterable: "
            "yield each layer, or return a list of them."
        )
    listed = list(layers)
    for item in listed:
        if not _is_layer(item):
            raise TypeError(f"layers(image_shape) must yield {expected}, got {item!r}.")
    return listed


def _is_layer(item: Any) -> bool:
    if isinstance(item, Layer):
        return True
    import keras

    return isinstance(item, keras.Layer)
