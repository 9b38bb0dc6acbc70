"""Networks of dense layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from skdigits.architectures._architecture import Architecture
from skdigits.architectures._blocks import FRACTION, NORMALIZATION, as_sizes, dense_block
from skdigits.architectures._network import ImageShape
from skdigits.architectures.layers import Flatten, Layer


class Softmax(Architecture):
    """Multinomial logistic regression as a network, without hidden layers.

    It has one weight per pixel and class. When trained to convergence, it is equivalent to
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

    def layers(self, image_shape: ImageShape) -> Iterator[Layer]:
        yield Flatten()


class MLP(Architecture):
    """Multi-layer perceptron: fully connected hidden layers.

    It accepts rows of any width, whether or not they are images.

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
    ConvNet : Uses the neighbourhood of pixels.
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

    def layers(self, image_shape: ImageShape) -> Iterator[Layer]:
        yield Flatten()
        for n_neurons in as_sizes("hidden_layer_sizes", self.hidden_layer_sizes):
            yield from dense_block(n_neurons, self.activation, self.normalization, self.dropout)
