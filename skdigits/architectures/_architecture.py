"""What an architecture is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from skdigits._skdigits_estimator import SkdigitsEstimator
from skdigits.architectures._keras_model import as_keras_layer, read_layer
from skdigits.architectures._listed_layers import listed_layers
from skdigits.architectures._network import ImageShape, Network
from skdigits.architectures._seeded_globals import seeded_globals
from skdigits.architectures.layers import Dense, Layer

if TYPE_CHECKING:
    import keras

BuildFunction = Callable[[ImageShape, int], "keras.Model"]


class Architecture(SkdigitsEstimator):
    """Base class of the architectures, which depend on nothing but their parameters.

    To write an architecture whose parameters can be searched, derive a class from it: store the
    parameters in ``__init__``, list their types in ``_parameter_constraints``, and return the
    layers of the network from :meth:`layers`. Read more in the
    :ref:`User Guide <own_architecture>`.

    Examples
    --------
    >>> from skdigits.architectures import Architecture, layers
    >>> class Averaged(Architecture):
    ...     def __init__(self, n_filters=16):
    ...         self.n_filters = n_filters
    ...
    ...     def layers(self, image_shape):
    ...         yield layers.Conv2D(self.n_filters, 3)
    ...         yield layers.Activation("relu")
    ...         yield layers.GlobalAveragePooling2D()
    >>> print(Averaged(8).summary((28, 28, 1), 10))
    layer                                                   output  weights
    ...
    """

    def layers(self, image_shape: ImageShape) -> Iterable[Layer | keras.Layer]:
        """List the layers between the images and the logits.

        Parameters
        ----------
        image_shape : tuple of (int, int, int)
            Height, width and number of channels of an image.

        Returns
        -------
        layers : iterable of Layer or keras.Layer
            Records of :mod:`skdigits.architectures.layers`, or layers of Keras, which are converted
            to records if there are records of their kind. A network with other layers only runs
            with Keras, and two objects with equal parameters must return the same network, because
            they share compiled programs.
        """
        raise NotImplementedError(f"{type(self).__name__} must define layers(image_shape).")

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
        policy = keras.config.dtype_policy()
        hidden = [
            as_keras_layer(layer, policy.name) if isinstance(layer, Layer) else layer
            for layer in self.layers(image_shape)
        ]
        # In low precision too many logits would be equal.
        logits = as_keras_layer(self._logits(n_classes), policy.variable_dtype, name="logits")
        return keras.Sequential(
            [keras.Input(image_shape, dtype=policy.variable_dtype), *hidden, logits]
        )

    def network(
        self, image_shape: ImageShape, n_classes: int, dtype: str = "float32"
    ) -> Network | None:
        """Describe the network, without building it.

        Parameters
        ----------
        image_shape : tuple of (int, int, int)
            Height, width and number of channels of an image.
        n_classes : int
            Number of classes.
        dtype : str, default="float32"
            Precision: a Keras dtype policy.

        Returns
        -------
        network : Network or None
            The network as data; None if there are no records of some of its layers.
        """
        self._validate_params()
        layers = [
            layer if isinstance(layer, Layer) else read_layer(layer, dtype)
            for layer in self._listed(image_shape, dtype)
        ]
        known = tuple(layer for layer in layers if layer is not None)
        if len(known) < len(layers):
            return None
        return Network((*known, self._logits(n_classes)), image_shape, dtype)

    def _logits(self, n_classes: int) -> Dense:
        """Return the last layer."""
        return Dense(n_classes)

    def _listed(self, image_shape: ImageShape, dtype: str) -> list[Layer | keras.Layer]:
        """List the layers; those of Keras draw seeds from Python's global generator."""
        state = random.getstate()
        layers = listed_layers(self.layers(image_shape))
        if all(isinstance(layer, Layer) for layer in layers):
            return layers
        random.setstate(state)
        with seeded_globals(0, dtype):
            return listed_layers(self.layers(image_shape))

    def summary(self, image_shape: ImageShape, n_classes: int) -> str:
        """Return a table of the layers, the shapes of their outputs and their numbers of weights.

        Parameters
        ----------
        image_shape : tuple of (int, int, int)
            Height, width and number of channels of an image.
        n_classes : int
            Number of classes.

        Returns
        -------
        table : str
            One line per layer.
        """
        network = self.network(image_shape, n_classes)
        if network is None:
            raise ValueError(
                f"{self!r} has layers that have no records in skdigits.architectures.layers."
            )
        return network.summary()
