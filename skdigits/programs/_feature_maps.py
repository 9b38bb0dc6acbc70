"""Feature maps: the outputs of the convolutions of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import Weights, in_precision
from skdigits.programs._keras_network import AnyNetwork, build_network


def compute_feature_maps(
    network: AnyNetwork, weights: Weights, images: NDArray[Any], convolution: int
) -> NDArray[Any]:
    """Compute the output of a convolution, as input of the next layer with weights.

    This includes the pooling, normalisation and activation after the convolution.

    Parameters
    ----------
    network : Network or KerasNetwork
        The fitted network.
    weights : tuple of ndarray
        The fitted weights.
    images : ndarray of shape (n_samples, height, width, n_channels)
        Images, scaled.
    convolution : int
        Number of the convolution, counted from 1.

    Returns
    -------
    maps : ndarray of shape (n_samples, map_height, map_width, n_maps)
        The feature maps.
    """
    import keras

    model = build_network(network)
    with in_precision(network.dtype):
        model.set_weights(list(weights))
    layers = model.layers
    places = [i for i, layer in enumerate(layers) if isinstance(layer, keras.layers.Conv2D)]
    if not 1 <= convolution <= len(places):
        raise ValueError(
            f"convolution must be from 1 to {len(places)}, the number of convolutions of the "
            f"network, got {convolution}."
            if places
            else "The network does not have a convolution, and therefore no feature maps."
        )
    last = places[convolution - 1]
    while last + 1 < len(layers) and not _ends_stage(layers[last + 1]):
        last += 1
    extractor = keras.Model(model.inputs[0], layers[last].output)
    with in_precision(network.dtype):
        maps: NDArray[Any] = keras.ops.convert_to_numpy(extractor(images, training=False))
    return np.asarray(maps, dtype=np.float32)


def _ends_stage(layer: Any) -> bool:
    from keras import layers

    ends = (layers.Conv2D, layers.Dense, layers.Flatten, layers.Dropout)
    return isinstance(layer, ends) or len(layer.output.shape) != 4
