"""A trained network as an ordinary Keras model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from skdigits.architectures import (
    Network,
    Weights,
    build_model,
    in_precision,
    seeded_globals,
)
from skdigits.programs._keras_network import AnyNetwork

if TYPE_CHECKING:
    import keras


def as_keras_model(network: AnyNetwork, weights: Weights) -> keras.Model:
    """Build a model from images to probabilities, independent of compiled programs."""
    import keras

    with seeded_globals(0, network.dtype):
        logits = build_model(network) if isinstance(network, Network) else network.build()
    with in_precision(network.dtype):
        logits.set_weights(weights)
        images = keras.Input(network.image_shape, name="images", dtype=network.weight_dtype)
        outputs = images
        for layer in logits.layers if isinstance(logits, keras.Sequential) else [logits]:
            outputs = layer(outputs)
        # In low precision too many probabilities would be equal.
        softmax = keras.layers.Softmax(name="probabilities", dtype=network.weight_dtype)
        model = keras.Model(images, softmax(outputs), name="digits")
        # Keras exports only models that have been called.
        model(np.zeros((1, *network.image_shape), network.weight_dtype))
    return model
