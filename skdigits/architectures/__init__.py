"""Architectures: parameters in, an untrained network out.

An architecture is a parameter object in scikit-learn's sense: it has ``get_params`` and
``set_params``, can be cloned and printed, and its parameters can be searched as
``architecture__<parameter>``. When called with the shape of an image and the number of classes, it
returns an untrained :class:`keras.Model` from images to logits. You can use your own function with
the same signature instead of an architecture.
"""

from skdigits.architectures import layers
from skdigits.architectures._architecture import Architecture
from skdigits.architectures._architecture import BuildFunction as BuildFunction
from skdigits.architectures._convolutional import ConvNet, DeepConvNet, LeNet5
from skdigits.architectures._dense import MLP, Softmax
from skdigits.architectures._keras_model import LAYERS as LAYERS
from skdigits.architectures._keras_model import build_model as build_model
from skdigits.architectures._keras_model import chain_of as chain_of
from skdigits.architectures._keras_model import read_model as read_model
from skdigits.architectures._keras_model import without_names as without_names
from skdigits.architectures._names import ARCHITECTURES as ARCHITECTURES
from skdigits.architectures._names import resolve_architecture as resolve_architecture
from skdigits.architectures._network import ImageShape as ImageShape
from skdigits.architectures._network import Network
from skdigits.architectures._network import Weights as Weights
from skdigits.architectures._network import weight_dtype_of as weight_dtype_of
from skdigits.architectures._precision import in_precision as in_precision
from skdigits.architectures._seeded_globals import seeded_globals as seeded_globals
from skdigits.architectures._sequential import Sequential
from skdigits.architectures._spiking import SpikingNet

__all__ = [
    "MLP",
    "Architecture",
    "ConvNet",
    "DeepConvNet",
    "LeNet5",
    "Network",
    "Sequential",
    "Softmax",
    "SpikingNet",
    "layers",
]
