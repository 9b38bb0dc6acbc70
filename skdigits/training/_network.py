"""Networks built reproducibly: the one place that touches global state of Keras and Python."""

from __future__ import annotations

import json
import random
import threading
import types
import uuid
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import Architecture, BuildFunction, ImageShape

if TYPE_CHECKING:
    import keras

Weights = tuple[NDArray[Any], ...]

_LARGEST_SEED = np.iinfo(np.int32).max
# Held while the global generators are seeded. Whoever holds it may ask for any program: a build
# function may itself fit a classifier.
BUILDING = threading.RLock()

_FOREIGN = "foreign "

# Where a Keras configuration names a layer or refers to one.
_KEYS_OF_NAMES = {"name", "keras_history", "input_layers", "output_layers"}


@dataclass(frozen=True)
class Network:
    """An architecture for images of one shape and a number of classes: what programs compile.

    `fingerprint` tells networks of one class of architecture apart by their parameters, and those
    of a build function of the user's own by what it returned.
    """

    architecture: Architecture | BuildFunction
    image_shape: ImageShape
    n_classes: int
    dtype: str
    fingerprint: str = ""

    @property
    def key(self) -> Hashable:
        """Equal for two networks that are computed alike, in this process."""
        kind = type(self.architecture) if isinstance(self.architecture, Architecture) else None
        return (kind, self.fingerprint, self.image_shape, self.n_classes, self.dtype)

    @property
    def has_foreign_code(self) -> bool:
        """Whether the user's network, once described, is more than Keras' layers."""
        return self.fingerprint.startswith(_FOREIGN)

    def continues(self, other: Network) -> bool:
        """Whether training that went on with this network would go on with the other one."""
        if isinstance(self.architecture, Architecture):
            return self.key == other.key
        # A callable object is copied for each fit, and the copies need not be equal.
        is_function = isinstance(self.architecture, types.FunctionType)
        same = self.architecture == other.architecture or not is_function
        return same and self.key == replace(other, fingerprint=self.fingerprint).key

    def described_by(self, model: keras.Model) -> Network:
        """Complete the key with the network that the user's function returned."""
        return replace(self, fingerprint=fingerprint(model))

    def build(self, seed: int = 0) -> keras.Model:
        """Build the network, with its initial weights drawn from `seed`."""
        with _seeded_globals(seed, self.dtype):
            model = self.architecture(self.image_shape, self.n_classes)
            if isinstance(self.architecture, Architecture):
                return model
            _check_built(model, self)
            model = _detached(model)
        if self.fingerprint and not self.has_foreign_code:
            self._check_unchanged(model)
        return model

    def _check_unchanged(self, model: keras.Model) -> None:
        if fingerprint(model) != self.fingerprint:
            raise ValueError(
                f"architecture={self.architecture!r} returns another network than the one that was "
                "fitted: fit again, or bring back the function as it was."
            )


def describe_network(
    architecture: Architecture | BuildFunction,
    image_shape: ImageShape,
    n_classes: int,
    dtype: str,
) -> Network:
    """Describe a network by the parameters of its architecture, where it has any."""
    network = Network(architecture, image_shape, n_classes, dtype)
    if not isinstance(architecture, Architecture):
        return network
    return replace(network, fingerprint=joblib.hash(architecture.get_params()))


def draw_seeds(random_state: np.random.RandomState, n_seeds: int) -> list[int]:
    """Draw seeds for initializers and for layers with random behaviour."""
    return [int(seed) for seed in random_state.randint(_LARGEST_SEED, size=n_seeds)]


def draw_weights(
    network: Network, model: keras.Model, random_state: np.random.RandomState
) -> Weights:
    """Draw initial weights from the initializers of the layers, without building a new model.

    Layers that do not name the initializer of each weight ask for a new model after all.
    """
    initializers = _initializers(model)
    if initializers is None:
        (seed,) = draw_seeds(random_state, 1)
        return read_weights(network.build(seed))
    return tuple(
        _draw(initializers[id(variable)], variable, random_state) for variable in model.weights
    )


def _initializers(model: keras.Model) -> dict[int, dict[str, Any]] | None:
    """Find the configuration of the initializer of each weight."""
    found = {}
    for layer in model.layers:
        config = layer.get_config()
        for variable in layer.weights:
            initializer = config.get(f"{variable.name}_initializer")
            if initializer is None:
                return None
            found[id(variable)] = initializer
    return found


def _draw(
    initializer: dict[str, Any], variable: keras.Variable, random_state: np.random.RandomState
) -> NDArray[Any]:
    import keras

    config = dict(initializer["config"])
    if "seed" in config:
        (config["seed"],) = draw_seeds(random_state, 1)
    draw = keras.initializers.deserialize({**initializer, "config": config})
    value: NDArray[Any] = keras.ops.convert_to_numpy(
        draw(tuple(variable.shape), dtype=variable.dtype)
    )
    return value


def read_weights(model: keras.Model) -> Weights:
    """Copy the weights of a model into arrays."""
    return tuple(np.array(variable.numpy()) for variable in model.weights)


def check_weights(model: keras.Model, weights: Weights) -> None:
    """Refuse weights of another network, which only a function of the user's own can let in."""
    expected = [tuple(variable.shape) for variable in model.weights]
    shapes = [weight.shape for weight in weights]
    if shapes != expected:
        raise ValueError(
            f"The weights have the shapes {shapes}, but the architecture builds a network of "
            f"{expected}: fit again, or bring back the function as it was."
        )


def frozen(weights: Weights) -> Weights:
    """Make the arrays read-only, so that nobody changes them unseen."""
    for weight in weights:
        weight.setflags(write=False)
    return weights


def fingerprint(model: keras.Model) -> str:
    """Describe a built model so that equal descriptions mean equal computations.

    The names that Keras numbers through a process, and seeds, are left out: seeds are state, not
    computation. Code that Keras did not write is never taken to be equal to other such code.
    """
    if _has_foreign_layers(model):
        return _FOREIGN + uuid.uuid4().hex
    return json.dumps(_without_names(model.get_config(), {}), sort_keys=True, default=repr)


def _detached(model: keras.Model) -> keras.Model:
    """Rebuild a model from its configuration: the function that made it may keep its layers."""
    if _has_foreign_layers(model):
        return model
    copied = type(model).from_config(model.get_config())
    copied.set_weights(model.get_weights())
    return copied


def _has_foreign_layers(model: keras.Model) -> bool:
    return any(_has_foreign_code(layer) for layer in _all_layers(model))


def _all_layers(model: keras.Model) -> Iterator[keras.Layer]:
    yield model
    for layer in model.layers:
        yield from _all_layers(layer) if hasattr(layer, "layers") else [layer]


def _has_foreign_code(layer: keras.Layer) -> bool:
    """Whether a layer, or a function that configures it, is not Keras' own."""
    if not _is_from_keras(type(layer)) or type(layer).__name__ == "Lambda":
        return True
    configured = (value for name, value in vars(layer).items() if not name.startswith("_"))
    return any(callable(value) and not _is_from_keras(value) for value in configured)


def _is_from_keras(code: Any) -> bool:
    return str(getattr(code, "__module__", "")).startswith("keras.")


def _without_names(config: Any, names: dict[str, str]) -> Any:
    """Replace the names in a configuration by the order in which they come, and drop seeds."""
    if isinstance(config, list | tuple):
        return [_without_names(item, names) for item in config]
    if not isinstance(config, dict) or "DTypePolicy" in str(config.get("class_name")):
        return config

    def renamed(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [renamed(item) for item in value]
        return names.setdefault(value, str(len(names))) if isinstance(value, str) else value

    return {
        key: renamed(value) if key in _KEYS_OF_NAMES else _without_names(value, names)
        for key, value in config.items()
        if key != "seed"
    }


@contextmanager
def _seeded_globals(seed: int, dtype: str) -> Iterator[None]:
    """Seed what initializers draw from and set the precision; put both back afterwards."""
    import keras

    # Keras draws the seed of an unseeded layer from Python's global generator.
    with BUILDING:
        python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
        policy = keras.config.dtype_policy()
        try:
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            keras.config.set_dtype_policy(dtype)
            yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)  # noqa: NPY002
            keras.config.set_dtype_policy(policy)


def _check_built(model: Any, network: Network) -> None:
    import keras

    name = getattr(network.architecture, "__name__", repr(network.architecture))
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
