"""Networks that only Keras can run."""

from __future__ import annotations

import json
import types
import uuid
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import (
    Architecture,
    BuildFunction,
    ImageShape,
    Network,
    Weights,
    build_model,
    in_precision,
    read_model,
    seeded_globals,
    weight_dtype_of,
    without_names,
)

if TYPE_CHECKING:
    import keras

_LARGEST_SEED = np.iinfo(np.int32).max
_FOREIGN = "foreign "


@dataclass(frozen=True)
class KerasNetwork:
    """A network of the user's own function, or of an architecture with layers of other kinds.

    `fingerprint` identifies its computation: the class and the parameters of an architecture, or
    the network that a function returned; it is "" before the function is called.
    """

    make: Architecture | BuildFunction = field(compare=False)
    image_shape: ImageShape
    n_classes: int
    dtype: str
    fingerprint: str = ""

    @property
    def weight_dtype(self) -> str:
        """Precision of the weights, which is higher than that of the computation if mixed."""
        return weight_dtype_of(self.dtype)

    @property
    def has_foreign_code(self) -> bool:
        """Whether there are layers that are not Keras' own."""
        return self.fingerprint.startswith(_FOREIGN)

    def build(self, seed: int = 0) -> keras.Model:
        """Build the model, with its initial weights drawn from `seed`."""
        with seeded_globals(seed, self.dtype):
            model = self.make(self.image_shape, self.n_classes)
            if isinstance(self.make, Architecture):
                return model
            _check_built(model, self)
            model = _detached(model)
        is_known = self.fingerprint and not self.has_foreign_code
        if is_known and fingerprint(model) != self.fingerprint:
            raise ValueError(
                f"architecture={self.make!r} returns another network than the one that was fitted: "
                "fit again, or restore the function."
            )
        return model


AnyNetwork = Network | KerasNetwork


def describe_network(
    architecture: Architecture | BuildFunction, image_shape: ImageShape, n_classes: int, dtype: str
) -> AnyNetwork:
    """Describe a network by its layers, or else by the object that builds it."""
    described = KerasNetwork(architecture, image_shape, n_classes, dtype)
    if not isinstance(architecture, Architecture):
        return described
    network = architecture.network(image_shape, n_classes, dtype)
    if network is not None:
        return network
    parameters = joblib.hash(architecture.get_params())
    kind = f"{type(architecture).__qualname__} {id(type(architecture))}"
    return replace(described, fingerprint=f"{kind} {parameters}")


def is_same_network(
    known: AnyNetwork,
    made_by: Architecture | BuildFunction,
    wanted: AnyNetwork,
    wanted_by: Architecture | BuildFunction,
) -> bool:
    """Return whether continued training of a network would use the requested network."""
    if isinstance(wanted_by, Architecture):
        return known == wanted
    # A callable object is copied for each fit, and the copies need not be equal.
    is_same_function = made_by == wanted_by or not isinstance(wanted_by, types.FunctionType)
    one, other = (
        (network.image_shape, network.n_classes, network.dtype) for network in (known, wanted)
    )
    return not isinstance(made_by, Architecture) and is_same_function and one == other


def build_network(network: AnyNetwork) -> keras.Model:
    """Build the model of a network whose weights are to be set."""
    if isinstance(network, KerasNetwork):
        return network.build()
    with in_precision(network.dtype):
        return build_model(network, draws=False)


def begin_network(
    network: AnyNetwork, random_state: np.random.RandomState
) -> tuple[AnyNetwork, Weights, keras.Model | None]:
    """Draw initial weights, and convert the result of the user's own function to layers.

    If only Keras can run the network, the model that was built for its weights is returned as well.
    """
    if isinstance(network, Network):
        return network, network.draw_weights(random_state), None
    (seed,) = draw_seeds(random_state, 1)
    model = network.build(seed)
    if not network.fingerprint:
        read = read_model(model, network.image_shape, network.dtype)
        if read is not None:
            return read, read_weights(model), None
        network = replace(network, fingerprint=fingerprint(model))
    return network, read_weights(model), model


def draw_seeds(random_state: np.random.RandomState, n_seeds: int) -> list[int]:
    """Draw seeds for initializers and for layers with random behaviour."""
    return [int(seed) for seed in random_state.randint(_LARGEST_SEED, size=n_seeds)]


def read_weights(model: keras.Model) -> Weights:
    """Copy the weights of a model into arrays."""
    return tuple(np.array(variable.numpy()) for variable in model.weights)


def all_layers(model: keras.Model) -> list[keras.Layer]:
    """List a model and its layers, with those of the models that are layers, each once."""
    nested = [all_layers(layer) if hasattr(layer, "layers") else [layer] for layer in model.layers]
    return list(dict.fromkeys([model, *chain.from_iterable(nested)]))


def check_weight_shapes(model: keras.Model, weights: Weights) -> None:
    """Refuse weights of another network, which can occur with the user's own function."""
    expected = [tuple(variable.shape) for variable in model.weights]
    shapes = [weight.shape for weight in weights]
    if shapes != expected:
        raise ValueError(
            f"The weights have the shapes {shapes}, but the architecture builds a network of "
            f"{expected}: fit again, or restore the function."
        )


def is_same_and_frozen(known: NDArray[Any], weight: NDArray[Any]) -> bool:
    """Whether what was made of an array is still right for it."""
    return known is weight and not weight.flags.writeable


def frozen(weights: Weights) -> Weights:
    """Make the arrays read-only, which prevents changes by mistake."""
    for weight in weights:
        weight.setflags(write=False)
    return weights


def fingerprint(model: keras.Model) -> str:
    """Describe a built model so that equal descriptions mean equal computations.

    Code that is not Keras' own is never regarded as equal to other such code.
    """
    if _has_foreign_layers(model):
        return _FOREIGN + uuid.uuid4().hex
    return json.dumps(without_names(model.get_config()), sort_keys=True, default=repr)


def _detached(model: keras.Model) -> keras.Model:
    """Rebuild a model from its configuration: the function that made it may keep its layers."""
    if _has_foreign_layers(model):
        return model
    copied = type(model).from_config(model.get_config())
    copied.set_weights(model.get_weights())
    return copied


def _has_foreign_layers(model: keras.Model) -> bool:
    return any(_has_foreign_code(layer) for layer in all_layers(model))


def _has_foreign_code(layer: keras.Layer) -> bool:
    """Return whether a layer, or a function in its configuration, is not Keras' own."""
    if not is_from_keras(type(layer)) or type(layer).__name__ == "Lambda":
        return True
    configured = (value for name, value in vars(layer).items() if not name.startswith("_"))
    return any(callable(value) and not is_from_keras(value) for value in configured)


def is_from_keras(code: Any) -> bool:
    """Return whether a class or a function is Keras' own."""
    return str(getattr(code, "__module__", "")).startswith("keras.")


def _check_built(model: Any, network: KerasNetwork) -> None:
    import keras

    name = getattr(network.make, "__name__", repr(network.make))
    contract = (
        f"architecture={name} must return a keras.Model from images of shape "
        f"{network.image_shape} to {network.n_classes} logits, one per class"
    )
    if not isinstance(model, keras.Model):
        raise ValueError(f"{contract}; it returned {model!r}.")
    image = np.zeros((1, *network.image_shape), dtype=np.float32)
    try:
        output_shape = tuple(model(image).shape)
    except Exception as error:
        raise ValueError(f"{contract}; calling it on such an image failed: {error}") from error
    if output_shape != (1, network.n_classes):
        raise ValueError(
            f"{contract}; its output has the shape {(None, *output_shape[1:])}. "
            f"End the network in Dense(n_classes)."
        )
    last = model.layers[-1] if model.layers else model
    activation = getattr(last, "activation", None)
    if isinstance(last, keras.layers.Softmax) or activation in (
        keras.activations.softmax,
        keras.activations.sigmoid,
    ):
        raise ValueError(
            f"{contract}; it ends in probabilities ({last.name}). Leave out the last activation: "
            "the loss is computed from logits, and predict_proba applies the softmax."
        )
