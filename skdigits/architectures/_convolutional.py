"""Networks of convolutions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from numbers import Integral
from typing import Any, ClassVar, TypeVar

from skdigits._private_names import Interval, StrOptions
from skdigits.architectures import layers
from skdigits.architectures._architecture import Architecture
from skdigits.architectures._blocks import (
    FRACTION,
    NORMALIZATION,
    activated,
    as_sizes,
    check_image,
    dense_block,
    dropped,
)
from skdigits.architectures._network import ImageShape
from skdigits.architectures.layers import Layer

_Item = TypeVar("_Item")

# Side in pixels of images whose digits do not reach the rim.
_SMALLEST_WITH_MARGIN = 16
_PADDINGS = ("auto", "same", "valid")
_PADDING_CONSTRAINTS = [StrOptions(set(_PADDINGS)), list, tuple]
_POOLING = {"average": layers.AveragePooling2D, "max": layers.MaxPooling2D}


class LeNet5(Architecture):
    """LeNet-5, the convolutional network that was used to read cheques in the 1990s.

    Two stages of 5x5 convolution and 2x2 pooling (6 and 16 maps), then fully connected layers
    of 120 and 84 neurons. As in most modern descriptions, the maps of the second convolution are
    fully connected, and the output is a softmax. If an image is too small for a convolution, it is
    padded.

    Parameters
    ----------
    activation : str, default="tanh"
        Activation of the hidden layers, by its Keras name; the paper's is a scaled tanh.
    pooling : {"average", "max"}, default="average"
        How the pixels of a 2x2 square are combined into one.
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
        "dropout": [FRACTION],
    }

    def __init__(
        self, *, activation: str = "tanh", pooling: str = "average", dropout: float = 0.0
    ) -> None:
        self.activation = activation
        self.pooling = pooling
        self.dropout = dropout

    def layers(self, image_shape: ImageShape) -> Iterator[Layer]:
        check_image("LeNet5", image_shape)
        size = min(image_shape[:2])
        # The paper frames its 28x28 digits in 32x32 pixels: the first convolution is padded.
        for n_filters, padding in [(6, "same"), (16, "valid")]:
            padding = padding if size >= 5 else "same"
            size = size if padding == "same" else size - 4
            yield layers.Conv2D(n_filters, 5, self.activation, padding=padding)
            if size >= 2:
                yield _POOLING[self.pooling](2)
                size //= 2
        yield layers.Flatten()
        for n_neurons in (120, 84):
            yield from dense_block(n_neurons, self.activation, None, self.dropout)


class ConvNet(Architecture):
    """Convolutional network: stages of convolutions, each ending in max-pooling, then dense layers.

    The last convolution of a stage is pooled before it is normalised and activated. With a
    monotonic activation, such as relu, and without normalisation, this is equivalent to the usual
    order, activation before pooling, but fewer numbers are normalised and activated.

    Parameters
    ----------
    filters : sequence of int or of sequences of int, default=(16, 32)
        One entry per stage: the number of filters of its convolution, or of each of its
        convolutions in turn. Pooling follows each stage while the image is large enough.
    kernel_size : int or sequence of int, default=(5, 3)
        Side of the convolution kernels in pixels: for all stages, or stage by stage; the
        last one is used for all further stages.
    pool_size : int, default=2
        Side of the pooling windows in pixels; 1 means no pooling.
    padding : {"auto", "same", "valid"} or a sequence of these, default="auto"
        Whether a convolution keeps the size of the image ("same") or only the pixels whose whole
        neighbourhood lies inside it ("valid"): for all stages, or stage by stage; the last one is
        used for all further stages. Images too small for "valid" are padded. "auto" is "valid" for
        images of at least 16x16 pixels, in which digits have a margin.
    hidden_layer_sizes : sequence of int, default=(256,)
        Number of neurons of each dense hidden layer; may be empty.
    activation : str, default="relu"
        Activation of all hidden layers, by its Keras name.
    normalization : {"batch", "layer"} or None, default="batch"
        Normalisation between the weights and the activation of each hidden layer. The
        averages of batch normalisation are over all batches so far, and moving averages from the
        tenth batch on, so that predictions are good after only a few updates, too.
    pool_dropout : float, default=0.0
        Fraction of each stage's outputs dropped in training, in [0, 1).
    dropout : float, default=0.2
        Fraction of each dense hidden layer's outputs dropped in training, in [0, 1).

    See Also
    --------
    LeNet5 : The historical network.

    Examples
    --------
    The two convolutional networks of the well-known tutorials:

    >>> from skdigits.architectures import ConvNet
    >>> plain = {"kernel_size": 3, "padding": "valid", "normalization": None}
    >>> large = ConvNet([(32, 64)], **plain, pool_dropout=0.25, dropout=0.5)
    >>> large((28, 28, 1), 10).count_params()
    2380938
    >>> small = ConvNet([32], **plain, hidden_layer_sizes=(128,), dropout=0)
    >>> small((28, 28, 1), 10).count_params()
    693962
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "filters": [list, tuple],
        "kernel_size": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "pool_size": [Interval(Integral, 1, None, closed="left")],
        "padding": _PADDING_CONSTRAINTS,
        "hidden_layer_sizes": ["array-like"],
        "activation": [str],
        "normalization": NORMALIZATION,
        "pool_dropout": [FRACTION],
        "dropout": [FRACTION],
    }

    def __init__(
        self,
        filters: Sequence[int | Sequence[int]] = (16, 32),
        *,
        kernel_size: int | Sequence[int] = (5, 3),
        pool_size: int = 2,
        padding: str | Sequence[str] = "auto",
        hidden_layer_sizes: Sequence[int] = (256,),
        activation: str = "relu",
        normalization: str | None = "batch",
        pool_dropout: float = 0.0,
        dropout: float = 0.2,
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

    def layers(self, image_shape: ImageShape) -> Iterator[Layer]:
        check_image("ConvNet", image_shape)
        # What is left of the image settles padding and pooling.
        size = min(image_shape[:2])
        auto = "valid" if size >= _SMALLEST_WITH_MARGIN else "same"
        stages = [as_sizes("filters", stage) for stage in self.filters]
        kernel_sizes = _by_stage("kernel_size", as_sizes("kernel_size", self.kernel_size))
        paddings = [auto if it == "auto" else it for it in _as_paddings(self.padding)]
        wanted_paddings = _by_stage("padding", paddings)
        for stage, kernel_size, wanted in zip(stages, kernel_sizes, wanted_paddings, strict=False):
            if not stage:
                raise ValueError(f"filters must not have an empty stage, got {self.filters!r}.")
            for i, n_filters in enumerate(stage, start=1):
                padding = wanted if size >= kernel_size else "same"
                size = size if padding == "same" else size - kernel_size + 1
                yield layers.Conv2D(
                    n_filters, kernel_size, padding=padding, use_bias=self.normalization is None
                )
                if i == len(stage) and size >= self.pool_size > 1:
                    yield layers.MaxPooling2D(self.pool_size)
                    size //= self.pool_size
                yield from activated(self.activation, self.normalization)
            yield from dropped(self.pool_dropout)
        yield layers.Flatten()
        for n_neurons in as_sizes("hidden_layer_sizes", self.hidden_layer_sizes):
            yield from dense_block(n_neurons, self.activation, self.normalization, self.dropout)


class DeepConvNet(Architecture):
    """Deep convolutional network for high accuracy, with batch normalisation and no dense layers.

    It is meant to be trained with :class:`~skdigits.augmentation.RandomAffine` for a dozen epochs
    or more. It is a `ConvNet` with batch normalisation whose last maps are connected to the logits
    directly.

    Parameters
    ----------
    filters : sequence of int or of sequences of int, default=((32,), (48, 48), (96, 96))
        One entry per stage: the number of filters of its convolution, or of each of its
        convolutions in turn. Pooling follows each stage while the image is large enough.
    kernel_size : int or sequence of int, default=(5, 3)
        Side of the convolution kernels in pixels: for all stages, or stage by stage; the
        last one is used for all further stages.
    padding : {"auto", "same", "valid"} or a sequence of these, default="same"
        Whether a convolution keeps the size of the image, as in `ConvNet`.
    activation : str, default="relu"
        Activation of all hidden layers, by its Keras name.
    dropout : float, default=0.3
        Fraction of the last maps dropped in training, in [0, 1).

    See Also
    --------
    ConvNet : Trains faster.

    Examples
    --------
    >>> from skdigits.architectures import DeepConvNet
    >>> DeepConvNet()((28, 28, 1), 10).count_params()
    169706
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "filters": [list, tuple],
        "kernel_size": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "padding": _PADDING_CONSTRAINTS,
        "activation": [str],
        "dropout": [FRACTION],
    }

    def __init__(
        self,
        filters: Sequence[int | Sequence[int]] = ((32,), (48, 48), (96, 96)),
        *,
        kernel_size: int | Sequence[int] = (5, 3),
        padding: str | Sequence[str] = "same",
        activation: str = "relu",
        dropout: float = 0.3,
    ) -> None:
        self.filters = filters
        self.kernel_size = kernel_size
        self.padding = padding
        self.activation = activation
        self.dropout = dropout

    def layers(self, image_shape: ImageShape) -> Iterator[Layer]:
        check_image("DeepConvNet", image_shape)
        plain = ConvNet(
            self.filters,
            kernel_size=self.kernel_size,
            padding=self.padding,
            hidden_layer_sizes=(),
            activation=self.activation,
        )
        yield from plain.layers(image_shape)
        yield from dropped(self.dropout)


def _by_stage(name: str, items: list[_Item]) -> Iterator[_Item]:
    """Return an item for each stage; the last one is repeated."""
    if not items:
        raise ValueError(f"{name} must not be empty, got {tuple(items)}.")
    return itertools.chain(items, itertools.repeat(items[-1]))


def _as_paddings(padding: str | Sequence[str]) -> list[str]:
    paddings = [padding] if isinstance(padding, str) else list(padding)
    if not all(it in _PADDINGS for it in paddings):
        raise ValueError(f"padding must hold some of {_PADDINGS}, got {padding!r}.")
    return paddings
