"""Networks given as a list of layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from skdigits._private_names import StrOptions
from skdigits._skdigits_estimator import require_sound
from skdigits.architectures._architecture import Architecture
from skdigits.architectures._initializers import INITIALIZERS
from skdigits.architectures._keras_model import LAYERS
from skdigits.architectures._network import ImageShape
from skdigits.architectures.layers import Dense, Flatten, Layer


class Sequential(Architecture):
    """A list of layers, each of which gets the output of the one before it.

    :meth:`KerasDigitClassifier.from_keras <skdigits.KerasDigitClassifier.from_keras>` describes
    the network of a Keras model in this way.

    Parameters
    ----------
    hidden_layers : list or tuple of Layer, default=None
        Records of :mod:`skdigits.architectures.layers`, between the images and the logits. None is
        `[Flatten()]`, which is the same network as `Softmax`.
    use_bias : bool, default=True
        Whether each logit has a bias.
    kernel_initializer : str, default="glorot_uniform"
        How the weights of the logits begin, by the Keras name of an initializer.

    See Also
    --------
    Architecture : Base class of architectures with parameters of their own.

    Examples
    --------
    >>> from skdigits.architectures import Sequential
    >>> from skdigits.architectures.layers import Conv2D, GlobalAveragePooling2D
    >>> network = Sequential([Conv2D(16, 3, "relu"), GlobalAveragePooling2D()])
    >>> print(network.summary((8, 8, 1), 10))
    layer                                                     output  weights
    Conv2D(filters=16, kernel_size=(3, 3), activation='relu') 6 x 6 x 16      160
    GlobalAveragePooling2D()                                      16        0
    Dense(units=10)                                               10      170
    330 weights in all
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "hidden_layers": [list, tuple, None],
        "use_bias": ["boolean"],
        "kernel_initializer": [StrOptions(set(INITIALIZERS))],
    }

    def __init__(
        self,
        hidden_layers: Sequence[Layer] | None = None,
        *,
        use_bias: bool = True,
        kernel_initializer: str = "glorot_uniform",
    ) -> None:
        self.hidden_layers = hidden_layers
        self.use_bias = use_bias
        self.kernel_initializer = kernel_initializer

    def layers(self, image_shape: ImageShape) -> Iterator[Layer]:
        for layer in [Flatten()] if self.hidden_layers is None else self.hidden_layers:
            if not isinstance(layer, Layer):
                raise TypeError(
                    "hidden_layers must be a list of records of skdigits.architectures.layers, got "
                    f"the item {layer!r}. To mix them with layers of Keras, derive a class from "
                    "Architecture."
                )
            yield layer

    def _logits(self, n_classes: int) -> Dense:
        return Dense(n_classes, use_bias=self.use_bias, kernel_initializer=self.kernel_initializer)

    def _pack(self, state: dict[str, Any]) -> dict[str, Any]:
        layers = state["hidden_layers"]
        if isinstance(layers, list | tuple):
            state = {**state, "hidden_layers": type(layers)(map(_as_data, layers))}
        return state

    def _unpack(self, state: dict[str, Any]) -> dict[str, Any]:
        layers = state["hidden_layers"]
        if isinstance(layers, list | tuple):
            state = {**state, "hidden_layers": type(layers)(map(_as_layer, layers))}
        return state


def _as_data(layer: Any) -> Any:
    return (type(layer).__name__, asdict(layer)) if isinstance(layer, Layer) else layer


def _as_layer(data: Any) -> Any:
    """Build a record of a layer, which checks its values."""
    if not (isinstance(data, tuple) and len(data) == 2 and isinstance(data[1], dict)):
        return data
    name, values = data
    is_known = isinstance(name, str) and name in LAYERS
    require_sound(is_known, Sequential, "a layer", name, f"one of {', '.join(LAYERS)}")
    try:
        return LAYERS[name](**values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"The stored state of Sequential is invalid: {error}") from error
