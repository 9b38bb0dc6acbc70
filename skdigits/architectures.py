"""Architectures: parameters in, an untrained network out.

An architecture is a parameter object in scikit-learn's sense: it has ``get_params`` and
``set_params``, can be cloned and printed, and its parameters can be searched as
``architecture__<parameter>``. Called with the shape of an image and the number of classes it
returns an untrained :class:`keras.Model` from images to logits. A function of the user's own
with the same signature can stand wherever an architecture can.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, cast

from sklearn.base import BaseEstimator, clone
from sklearn.utils._param_validation import Interval, StrOptions

from skdigits._documentation import DocumentationLinkMixin

if TYPE_CHECKING:
    import keras

__all__ = ["MLP", "Architecture", "ConvNet", "LeNet5", "Softmax"]

ImageShape = tuple[int, int, int]
BuildFunction = Callable[[ImageShape, int], "keras.Model"]

_FRACTION = Interval(Real, 0, 1, closed="left")
_NORMALIZATION = [StrOptions({"batch", "layer"}), None]


class Architecture(DocumentationLinkMixin, BaseEstimator):
    """Base class of the architectures: a function of its parameters and nothing else.

    A subclass stores its parameters in ``__init__``, lists them in ``_parameter_constraints``
    and returns the network's layers from ``_layers``. Two architectures of one class with equal
    parameters must give the same network: compiled programs are shared between them.

    Examples
    --------
    >>> from skdigits.architectures import MLP, Architecture
    >>> isinstance(MLP((64, 32)), Architecture)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    def __call__(self, image_shape: ImageShape, n_classes: int) -> keras.Model:
        """Build the untrained network.

        Parameters
        ----------
        image_shape : tuple of (int, int, int)
            Height, width and number of channels of an image.
        n_classes : int
            Number of classes.

        Returns
        -------
        network : keras.Model
            From images of shape `(n_samples, height, width, channels)` to logits of shape
            `(n_samples, n_classes)`.
        """
        import keras

        self._validate_params()
        hidden = self._layers(image_shape)
        return keras.Sequential(
            [
                keras.Input(image_shape),
                *hidden,
                # In low precision too many logits would be equal.
                keras.layers.Dense(
                    n_classes, name="logits", dtype=keras.config.dtype_policy().variable_dtype
                ),
            ]
        )

    def _layers(self, image_shape: ImageShape) -> Iterable[keras.Layer]:
        """Give the layers between the images and the logits."""
        raise NotImplementedError(f"{type(self).__name__} must define _layers(image_shape).")


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
        "normalization": _NORMALIZATION,
        "dropout": [_FRACTION],
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

        sizes = _as_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        yield layers.Flatten(data_format="channels_last")
        for n_neurons in sizes:
            yield from _dense(n_neurons, self.activation, self.normalization, self.dropout)


class LeNet5(Architecture):
    """LeNet-5, the convolutional network that read the cheques of the 1990s.

    Two stages of 5x5 convolution and 2x2 pooling (6 and 16 maps), then fully connected layers
    of 120 and 84 neurons. As in most modern accounts, the maps of the second convolution are
    fully connected and the output is a softmax. Convolutions that do not fit into a small image
    are padded.

    Parameters
    ----------
    activation : str, default="tanh"
        Activation of the hidden layers, by its Keras name; the paper's is a scaled tanh.
    pooling : {"average", "max"}, default="average"
        How a 2x2 square becomes one pixel.
    dropout : float, default=0.0
        Fraction of the outputs of the layers of 120 and 84 neurons dropped in training, in [0, 1).

    References
    ----------
    LeCun, Bottou, Bengio and Haffner (1998). Gradient-based learning applied to document
    recognition. Proceedings of the IEEE 86(11), figure 2.

    Examples
    --------
    >>> from skdigits.architectures import LeNet5
    >>> LeNet5()((28, 28, 1), 10).count_params()
    61706
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "activation": [str],
        "pooling": [StrOptions({"average", "max"})],
        "dropout": [_FRACTION],
    }

    def __init__(
        self, *, activation: str = "tanh", pooling: str = "average", dropout: float = 0.0
    ) -> None:
        self.activation = activation
        self.pooling = pooling
        self.dropout = dropout

    def _layers(self, image_shape: ImageShape) -> Iterable[keras.Layer]:
        from keras import layers

        _check_image("LeNet5", image_shape)
        pool = {"average": layers.AveragePooling2D, "max": layers.MaxPooling2D}[self.pooling]
        size = min(image_shape[:2])
        # The paper frames its 28x28 digits in 32x32 pixels: the first convolution is padded.
        for n_filters, padding in [(6, "same"), (16, "valid")]:
            padding = padding if size >= 5 else "same"
            yield layers.Conv2D(
                n_filters,
                5,
                padding=padding,
                data_format="channels_last",
                activation=self.activation,
            )
            size = size if padding == "same" else size - 4
            if size >= 2:
                yield pool(2, data_format="channels_last")
                size //= 2
        yield layers.Flatten(data_format="channels_last")
        for n_neurons in (120, 84):
            yield from _dense(n_neurons, self.activation, None, self.dropout)


class ConvNet(Architecture):
    """Convolutional network: stages of convolutions, each ending in max-pooling, then dense layers.

    Parameters
    ----------
    filters : sequence of int or of sequences of int, default=(24, 32)
        One entry per stage: the number of filters of its convolution, or of each of its
        convolutions in turn. Pooling follows each stage while the image is large enough.
    kernel_size : int or sequence of int, default=(5, 3)
        Side of the convolution kernels in pixels: for all stages, or stage by stage, where the
        last one is that of all further stages too.
    pool_size : int, default=2
        Side of the pooling windows in pixels; 1 leaves pooling out.
    padding : {"same", "valid"}, default="same"
        Whether a convolution keeps the size of the image or only the pixels whose whole
        neighbourhood lies inside it. Images too small for "valid" are padded.
    hidden_layer_sizes : sequence of int, default=(256,)
        Number of neurons of each dense hidden layer; may be empty.
    activation : str, default="relu"
        Activation of all hidden layers, by its Keras name.
    normalization : {"batch", "layer"} or None, default=None
        Normalisation between the weights and the activation of each hidden layer.
    pool_dropout : float, default=0.0
        Fraction of each stage's outputs dropped in training, in [0, 1).
    dropout : float, default=0.0
        Fraction of each dense hidden layer's outputs dropped in training, in [0, 1).

    See Also
    --------
    LeNet5 : The historical network.

    Examples
    --------
    The two convolutional networks of the well-known tutorials:

    >>> from skdigits.architectures import ConvNet
    >>> large = ConvNet([(32, 64)], kernel_size=3, padding="valid", pool_dropout=0.25, dropout=0.5)
    >>> large((28, 28, 1), 10).count_params()
    2380938
    >>> small = ConvNet([32], kernel_size=3, padding="valid", hidden_layer_sizes=(128,))
    >>> small((28, 28, 1), 10).count_params()
    693962
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "filters": [list, tuple],
        "kernel_size": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "pool_size": [Interval(Integral, 1, None, closed="left")],
        "padding": [StrOptions({"same", "valid"})],
        "hidden_layer_sizes": ["array-like"],
        "activation": [str],
        "normalization": _NORMALIZATION,
        "pool_dropout": [_FRACTION],
        "dropout": [_FRACTION],
    }

    def __init__(
        self,
        filters: Sequence[int | Sequence[int]] = (24, 32),
        *,
        kernel_size: int | Sequence[int] = (5, 3),
        pool_size: int = 2,
        padding: str = "same",
        hidden_layer_sizes: Sequence[int] = (256,),
        activation: str = "relu",
        normalization: str | None = None,
        pool_dropout: float = 0.0,
        dropout: float = 0.0,
    ) -> None:
        self.filters = filters
        self.kernel_size = kernel_size
        self.pool_size = pool_size
        self.padding = padding
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.normalization = normalization
        self.pool_dropout = pool_dropout
        self.dropout = dropout

    def _layers(self, image_shape: ImageShape) -> Iterable[keras.Layer]:
        from keras import layers

        _check_image("ConvNet", image_shape)
        hidden_layer_sizes = _as_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        stages = [_as_sizes("filters", stage) for stage in self.filters]
        size = min(image_shape[:2])
        for stage, kernel_size in zip(stages, self._kernel_sizes(), strict=False):
            for n_filters in stage:
                padding = self.padding if size >= kernel_size else "same"
                yield from _normalized(
                    layers.Conv2D(
                        n_filters,
                        kernel_size,
                        padding=padding,
                        data_format="channels_last",
                        use_bias=self.normalization is None,
                    ),
                    self.activation,
                    self.normalization,
                )
                size = size if padding == "same" else size - kernel_size + 1
            if size >= self.pool_size > 1:
                yield layers.MaxPooling2D(int(self.pool_size), data_format="channels_last")
                size //= self.pool_size
            if self.pool_dropout:
                yield layers.Dropout(self.pool_dropout)
        yield layers.Flatten(data_format="channels_last")
        for n_neurons in hidden_layer_sizes:
            yield from _dense(n_neurons, self.activation, self.normalization, self.dropout)

    def _kernel_sizes(self) -> Iterator[int]:
        """Give a size for each stage, the last one again and again."""
        sizes = _as_sizes("kernel_size", self.kernel_size)
        if not sizes:
            raise ValueError(f"kernel_size must hold a size, got {self.kernel_size!r}.")
        return itertools.chain(sizes, itertools.repeat(sizes[-1]))


ARCHITECTURES: dict[str, type[Architecture]] = {
    "convnet": ConvNet,
    "lenet5": LeNet5,
    "mlp": MLP,
    "softmax": Softmax,
}

# Smaller images have too few pixels for their neighbourhood to matter.
_SMALLEST_CONVOLVED_SIDE = 8


def resolve_architecture(
    architecture: str | Architecture | BuildFunction, image_shape: ImageShape
) -> Architecture | BuildFunction:
    """Look up the name of an architecture, or copy the object.

    Parameters
    ----------
    architecture : str, Architecture or callable
        "auto" is a `ConvNet` for square images of at least 8x8 pixels, else an `MLP`.
    image_shape : tuple of (int, int, int)
        Height, width and number of channels of an image.

    Returns
    -------
    architecture : Architecture or callable
        What to call with the shape of the images and the number of classes.

    Examples
    --------
    >>> from skdigits.architectures import resolve_architecture
    >>> resolve_architecture("auto", (28, 28, 1))
    ConvNet()
    >>> resolve_architecture("auto", (1, 30, 1))
    MLP()
    """
    if isinstance(architecture, type):
        name = architecture.__name__
        raise ValueError(f"architecture must be an object: give {name}(), not the class {name}.")
    if not isinstance(architecture, str):
        copied: Architecture | BuildFunction = clone(architecture, safe=False)
        return copied
    if architecture == "auto":
        height, width, _ = image_shape
        return ConvNet() if height == width >= _SMALLEST_CONVOLVED_SIDE else MLP()
    return ARCHITECTURES[architecture]()


def _dense(
    n_neurons: int, activation: str, normalization: str | None, dropout: float
) -> Iterable[keras.Layer]:
    from keras import layers

    yield from _normalized(
        layers.Dense(n_neurons, use_bias=normalization is None), activation, normalization
    )
    if dropout:
        yield layers.Dropout(dropout)


def _normalized(
    layer: keras.Layer, activation: str, normalization: str | None
) -> Iterable[keras.Layer]:
    from keras import layers

    yield layer
    if normalization is not None:
        yield {"batch": layers.BatchNormalization, "layer": layers.LayerNormalization}[
            normalization
        ]()
    yield layers.Activation(activation)


def _as_sizes(name: str, value: int | Sequence[int]) -> list[int]:
    """Read a size or a sequence of sizes, of Python's or NumPy's integers."""
    sizes = [value] if isinstance(value, Integral) else list(cast("Sequence[Any]", value))
    if not all(isinstance(size, Integral) and int(size) >= 1 for size in sizes):
        raise ValueError(f"{name} must hold integers of at least 1, got {value!r}.")
    return [int(size) for size in sizes]


def _check_image(name: str, image_shape: ImageShape) -> None:
    height, width, _ = image_shape
    if 1 in (height, width) and height != width:
        raise ValueError(
            f"{name} needs images, but got rows of {height * width} pixels, which are no square: "
            "give image_shape=(height, width), or use the architecture 'mlp'."
        )
