"""Architectures by name."""

from __future__ import annotations

from sklearn.base import clone

from skdigits.architectures._architecture import Architecture, BuildFunction
from skdigits.architectures._convolutional import ConvNet, DeepConvNet, LeNet5
from skdigits.architectures._dense import MLP, Softmax
from skdigits.architectures._network import ImageShape
from skdigits.architectures._spiking import SpikingNet

ARCHITECTURES: dict[str, type[Architecture]] = {
    "convnet": ConvNet,
    "deepconvnet": DeepConvNet,
    "lenet5": LeNet5,
    "mlp": MLP,
    "softmax": Softmax,
    "spikingnet": SpikingNet,
}

# In smaller images, there are too few pixels for neighbourhoods to matter.
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
        Object to call with the shape of the images and the number of classes.

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
        raise ValueError(f"architecture must be an object: pass {name}(), not the class {name}.")
    if hasattr(architecture, "layers") and hasattr(architecture, "get_weights"):
        raise ValueError(
            "architecture must be a function (image_shape, n_classes) -> keras.Model, which makes "
            f"a new network for each fit, got the built model {architecture!r}. You can pass a "
            "function that returns keras.models.clone_model(model)."
        )
    if not isinstance(architecture, str):
        copied: Architecture | BuildFunction = clone(architecture, safe=False)
        return copied
    if architecture == "auto":
        height, width, _ = image_shape
        return ConvNet() if height == width >= _SMALLEST_CONVOLVED_SIDE else MLP()
    return ARCHITECTURES[architecture]()
