"""What an architecture is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from sklearn.base import BaseEstimator

from skdigits._documentation import DocumentationLinkMixin
from skdigits._parameter_names import ParameterNamesMixin
from skdigits._stored_state import StoredStateMixin

if TYPE_CHECKING:
    import keras

ImageShape = tuple[int, int, int]
WeightShape = tuple[int, ...]
BuildFunction = Callable[[ImageShape, int], "keras.Model"]


class Architecture(ParameterNamesMixin, StoredStateMixin, DocumentationLinkMixin, BaseEstimator):
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
        # In low precision too many logits would be equal.
        dtype = keras.config.dtype_policy().variable_dtype
        return keras.Sequential(
            [
                keras.Input(image_shape, dtype=dtype),
                *self._layers(image_shape),
                keras.layers.Dense(n_classes, name="logits", dtype=dtype),
            ]
        )

    def weight_shapes(self, image_shape: ImageShape, n_classes: int) -> list[WeightShape] | None:
        """Tell the shapes of the network's weights, without Keras and without building it.

        Parameters
        ----------
        image_shape : tuple of (int, int, int)
            Height, width and number of channels of an image.
        n_classes : int
            Number of classes.

        Returns
        -------
        shapes : list of tuple of int, or None
            In Keras' order. None for a subclass that does not define `_hidden_shapes`.
        """
        self._validate_params()
        hidden = self._hidden_shapes(image_shape)
        if hidden is None:
            return None
        shapes, n_outputs = hidden
        return [*shapes, (n_outputs, n_classes), (n_classes,)]

    def _hidden_shapes(self, image_shape: ImageShape) -> tuple[list[WeightShape], int] | None:
        """Tell the shapes of the weights of `_layers`, and how many numbers come out of them."""
        return None

    def _layers(self, image_shape: ImageShape) -> Iterable[keras.Layer]:
        """Give the layers between the images and the logits."""
        raise NotImplementedError(f"{type(self).__name__} must define _layers(image_shape).")
