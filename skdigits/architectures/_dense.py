"""Networks of dense layers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from skdigits.architectures._architecture import Architecture, ImageShape, WeightShape
from skdigits.architectures._layers import (
    FRACTION,
    NORMALIZATION,
    as_sizes,
    dense_layers,
    dense_shapes,
)

if TYPE_CHECKING:
    import keras


class Softmax(Architecture):
    """Multinomial logistic regression as a network: pixels straight to logits.

    The network of the first lesson: one weight per pixel and class. Trained to the end it is
    :class:`~sklearn.linear_model.LogisticRegression` without a penalty.

    See Also
    --------
    MLP : Adds hidden layers.

    Examples
    --------
    >>> from skdigits.architectures import Softmax
    >>> Softmax()((28, 28, 1), 10).count_params()
    7850
    """

    def _layers(self, image_shape: ImageShape) -> Iterable[keras.Layer]:
        from keras import layers

        return [layers.Flatten(data_format="channels_last")]

    def _hidden_shapes(self, image_shape: ImageShape) -> tuple[list[WeightShape], int]:
        return [], prod(image_shape)


class MLP(Architecture):
    """Multi-layer perceptron: fully connected hidden layers.

    Takes rows of any width, whether or not they are images.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int, default=(128,)
        Number of neurons of each hidden layer.
    activation : str, default="relu"
        Activation of the hidden layers, by its Keras name ("relu", "tanh", "gelu", ...).
    normalization : {"batch", "layer"} or None, default=None
        Normalisation between the weights and the activation of each hidden layer.
    dropout : float, default=0.0
        Fraction of each hidden layer's outputs dropped in training, in [0, 1).

    See Also
    --------
    ConvNet : Knows that pixels have neighbours.
    sklearn.neural_network.MLPClassifier : The same network in NumPy.

    Examples
    --------
    >>> from skdigits.architectures import MLP
    >>> MLP((64, 32))
    MLP(hidden_layer_sizes=(64, 32))
    >>> MLP((64, 32))((8, 8, 1), 10).count_params()
    6570
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "hidden_layer_sizes": ["array-like"],
        "activation": [str],
        "normalization": NORMALIZATION,
        "dropout": [FRACTION],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (128,),
        *,
        activation: str = "relu",
        normalization: str | None = None,
        dropout: float = 0.0,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.normalization = normalization
        self.dropout = dropout

    def _layers(self, image_shape: ImageShape) -> Iterable[keras.Layer]:
        from keras import layers

        sizes = as_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        yield layers.Flatten(data_format="channels_last")
        for n_neurons in sizes:
            yield from dense_layers(n_neurons, self.activation, self.normalization, self.dropout)

    def _hidden_shapes(self, image_shape: ImageShape) -> tuple[list[WeightShape], int]:
        sizes = as_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        return dense_shapes(prod(image_shape), sizes, self.normalization)
