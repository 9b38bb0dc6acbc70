"""The state of a classifier as plain data, as stored by pickle, joblib and skops.

`pack` converts objects that are private to the package; `unpack` restores them, and checks
everything that prediction relies on: stored data are never assumed to be consistent.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from skdigits._skdigits_estimator import (
    MERSENNE_TWISTER_SIZE,
    Expected,
    are_figures,
    are_finite,
    is_array,
    is_count,
    is_text,
    require_sound,
)
from skdigits.architectures import LAYERS, Architecture, Network, Weights
from skdigits.architectures.layers import Dense
from skdigits.programs._contract import TrainingState
from skdigits.programs._keras_network import AnyNetwork, KerasNetwork, describe_network, frozen

# The number of the format, which every file and every pickle carries.
#
# A new parameter, attribute or field of `_continuation` needs no new number: older versions refuse
# names that they do not know and say that an update is needed, and state without it has the default
# of `__init__`, or what is listed in `_IN_OLDER_CONTINUATIONS`.
#
# Raise the number if a name comes to mean something else, or is dropped. Then:
# 1. `unpack` turns a state of each lower number into one of the new number before it checks it;
# 2. `python tests/files/write.py` writes tests/files/format_<number>.skops and .npy, which stay in
#    the repository beside those of all lower numbers and are read by tests/test_estimators.py;
# 3. the changelog says from which version on files are written in the new format.
FORMAT = 2

_DTYPES = ("float32", "float64", "mixed_bfloat16")

# What the averages of batch normalisation have seen, if nothing says it: more than matters.
MANY_BATCHES = 1e6

# `require_sound` for one class.
Require = Callable[[bool, str, Any, str], None]

# Packages with functions that a file may name. None of them builds a network.
_PACKAGES_OF_OTHER_FUNCTIONS = {"builtins", "numpy", "scipy", "sklearn"}


def _are_labels(value: Any) -> bool:
    if not (is_array(value) and value.ndim == 1 and len(value) >= 2):
        return False
    labels = value.tolist()
    is_simple = all(isinstance(label, str | bytes | bool | int | float) for label in labels)
    return (
        is_simple
        and len({type(label) for label in labels}) == 1
        and all(a < b for a, b in pairwise(labels))
    )


def _is_image_shape(value: Any) -> bool:
    is_triple = isinstance(value, list | tuple) and len(value) == 3
    return is_triple and all(is_count(size) and size >= 1 for size in value)


def _builds_networks(value: Any) -> bool:
    if isinstance(value, Architecture):
        return True
    package = str(getattr(value, "__module__", None) or "builtins").partition(".")[0]
    return (
        callable(value)
        and not isinstance(value, type)
        and package not in _PACKAGES_OF_OTHER_FUNCTIONS
    )


def _are_numbers(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(
        is_array(array) and array.dtype.kind in "biuf" for array in value
    )


def _is_generator(value: Any) -> bool:
    return value is None or isinstance(value, np.random.RandomState)


def _are_different_texts(value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(text, str) and text for text in value)
        and len(set(value)) == len(value)
    )


def _are_layers(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(layer, tuple)
        and len(layer) == 2
        and isinstance(layer[0], str)
        and layer[0] in LAYERS
        for layer in value
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, float) and 0 <= value < np.inf


# The fields of `TrainingState` but the weights, and what draws its random numbers.
_CONTINUATION: Mapping[str, Expected] = {
    "slots": Expected(_are_numbers, "a tuple of arrays of numbers"),
    "slots_of": Expected(is_text, "a text"),
    "n_updates": Expected(is_count, "a number of at least 0"),
    "seeds": Expected(_are_numbers, "a tuple of arrays of numbers"),
    "n_batches": Expected(_is_number, "a number of at least 0"),
    "generator": Expected(_is_generator, "a RandomState or None"),
}
# What a state that lacks one of them has; it must have the others.
_IN_OLDER_CONTINUATIONS = {"n_batches": MANY_BATCHES}


def _is_continuation(value: Any) -> bool:
    names, optional = _CONTINUATION.keys(), _IN_OLDER_CONTINUATIONS.keys()
    return value is None or (isinstance(value, dict) and names - optional <= value.keys() <= names)


def _is_format(value: Any) -> bool:
    return is_count(value) and 1 <= value <= FORMAT


# What is stored beside the parameters, as `pack` gives it.
STORED_ATTRIBUTES: Mapping[str, Expected] = {
    "_format": Expected(_is_format, f"a number from 1 to {FORMAT}"),
    "architecture_": Expected(_builds_networks, "an Architecture or a function that builds one"),
    "best_epoch_": Expected(is_count, "a number of at least 0"),
    "classes_": Expected(_are_labels, "an array of numbers or texts in increasing order"),
    "history_": Expected(are_figures, "lists of numbers by name"),
    "image_shape_": Expected(_is_image_shape, "height, width and number of channels"),
    "n_iter_": Expected(is_count, "a number of at least 0"),
    "weights_": Expected(are_finite, "a tuple of arrays of finite numbers"),
    "_continuation": Expected(_is_continuation, f"None or a dict of {sorted(_CONTINUATION)}"),
    "_network_dtype": Expected(
        lambda value: isinstance(value, str) and value in _DTYPES, f"one of {_DTYPES}"
    ),
    "_network_fingerprint": Expected(is_text, "a text"),
    "_network_layers": Expected(_are_layers, "a list of names and parameters of layers"),
    "_network_names": Expected(_are_different_texts, "a list of different texts"),
}
_OF_FITTED = {
    "architecture_", "best_epoch_", "classes_", "history_", "image_shape_", "n_features_in_",
    "n_iter_", "_network_dtype",
}  # fmt: skip
_OF_FITTED_ONLY = {
    "_continuation",
    "_network_dtype",
    "_network_fingerprint",
    "_network_layers",
    "_network_names",
}


class Continuation(NamedTuple):
    """State for continued training, and the random numbers of `partial_fit`."""

    state: TrainingState
    generator: np.random.RandomState | None = None


def pack(state: dict[str, Any]) -> dict[str, Any]:
    """Turn the attributes of a classifier into plain data."""
    packed = {name: _plain(value) for name, value in state.items()}
    packed["_format"] = FORMAT
    network: AnyNetwork | None = packed.pop("_network_", None)
    if network is not None:
        packed["_network_dtype"] = network.dtype
        if isinstance(network, KerasNetwork):
            packed["_network_fingerprint"] = network.fingerprint
        elif not isinstance(packed["architecture_"], Architecture):
            packed["_network_layers"] = [(type(it).__name__, asdict(it)) for it in network.layers]
            packed["_network_names"] = list(network.names)
    continuation = packed.pop("_continuation", None)
    if continuation is not None:
        training, generator = continuation
        known = {**vars(training), "generator": generator}
        packed["_continuation"] = {name: _plain(known[name]) for name in _CONTINUATION}
    return packed


def _plain(value: Any) -> Any:
    """View memory maps, alone or in a tuple, as arrays: copies do not depend on the file."""
    if isinstance(value, np.memmap):
        return np.asarray(value)
    return tuple(map(_plain, value)) if type(value) is tuple else value


def check_format(state: Any) -> None:
    """Refuse state of a newer format, in which attributes have other meanings.

    Raises
    ------
    ValueError
        If the number of its format is larger than `FORMAT`.
    """
    number: Any = state.get("_format") if isinstance(state, dict) else None
    if is_count(number) and number > FORMAT:
        raise ValueError(
            f"The classifier was stored by a newer skdigits, in the format {number}; this version "
            f"reads up to {FORMAT}: update skdigits."
        )


def unpack(state: dict[str, Any], cls: type) -> dict[str, Any]:
    """Turn the data into the attributes of a classifier, and check each of them.

    Raises
    ------
    ValueError
        If the data are inconsistent; the message names the attribute.
    """

    def require(condition: bool, name: str, value: Any, expected: str) -> None:
        require_sound(condition, cls, name, value, expected)

    require("_format" in state, "format", None, STORED_ATTRIBUTES["_format"].words)
    attributes = {name: value for name, value in state.items() if name != "_format"}
    if state["_format"] == 1:
        # Format 1 has a parameter that averages over moved images.
        shift = attributes.pop("prediction_shift", 0)
        require(shift == 0, "prediction_shift", shift, "0, since this version has no other")
    architecture = attributes.get("architecture")
    is_sound = not callable(architecture) or _builds_networks(architecture)
    require(is_sound, "architecture", architecture, STORED_ATTRIBUTES["architecture_"].words)
    _check_generator("random_state", attributes.get("random_state"), require)
    if "weights_" not in attributes:
        stray = sorted(_OF_FITTED_ONLY & attributes.keys())
        require(not stray, "state", stray, "weights_, too")
        return attributes
    missing = _OF_FITTED - attributes.keys()
    require(not missing, "state", sorted(attributes), f"also {sorted(missing)}")
    network = _describe(attributes, require)
    _check_stored_weights(attributes["weights_"], network, require)
    n_pixels, names = attributes["n_features_in_"], attributes.get("feature_names_in_")
    has_names = names is None or len(names) == n_pixels
    require(has_names, "feature_names_in_", names, f"{n_pixels} texts")
    n_epochs, best_epoch = attributes["n_iter_"], attributes["best_epoch_"]
    require(best_epoch <= n_epochs, "best_epoch_", best_epoch, f"at most n_iter_, {n_epochs}")
    weights = frozen(tuple(attributes["weights_"]))
    return {
        **attributes,
        "image_shape_": network.image_shape,
        "weights_": weights,
        "_network_": network,
        "_continuation": _continue(state, weights, require),
    }


def _describe(attributes: dict[str, Any], require: Require) -> AnyNetwork:
    """Describe the network again, unless it was built by the user's own function."""
    height, width, n_channels = (int(size) for size in attributes["image_shape_"])
    n_pixels = height * width * n_channels
    given = attributes["n_features_in_"]
    require(given == n_pixels, "n_features_in_", given, f"{n_pixels}")
    shape, n_classes = (height, width, n_channels), len(attributes["classes_"])
    dtype = attributes.pop("_network_dtype")
    layers = attributes.pop("_network_layers", ())
    names = tuple(attributes.pop("_network_names", ()))
    fingerprint = attributes.pop("_network_fingerprint", "")
    architecture = attributes["architecture_"]
    try:
        if layers and not isinstance(architecture, Architecture):
            records = tuple(LAYERS[name](**values) for name, values in layers)
            network: AnyNetwork = Network(records, shape, dtype, names)
        else:
            network = describe_network(architecture, shape, n_classes, dtype)
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"architecture_ cannot be built: {error}") from error
    if isinstance(network, Network):
        n_layers, last = len(network.layers), network.layers[-1]
        require(len(names) in (0, n_layers), "_network_names", names, f"{n_layers} names")
        makes_logits = isinstance(last, Dense) and last.units == n_classes
        require(makes_logits, "the last layer", last, f"Dense(units={n_classes})")
    if isinstance(network, KerasNetwork) and not network.fingerprint:
        return replace(network, fingerprint=fingerprint)
    return network


def _check_stored_weights(weights: Weights, network: AnyNetwork, require: Require) -> None:
    if isinstance(network, KerasNetwork):
        return
    try:
        expected = [weight.shape for weight in network.weights]
    except (IndexError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"architecture_ cannot be built: {error}") from error
    shapes = [weight.shape for weight in weights]
    wanted = f"{reprlib.repr(expected)} for {reprlib.repr(network.layers)}"
    require(shapes == expected, "shapes of weights_", shapes, wanted)
    dtypes, expected_dtype = {str(weight.dtype) for weight in weights}, network.weight_dtype
    require(dtypes == {expected_dtype}, "dtype of weights_", dtypes, expected_dtype)


def _check_generator(name: str, generator: Any, require: Require) -> None:
    if isinstance(generator, np.random.RandomState):
        position = generator.get_state(legacy=False)["state"].get("pos", 0)
        is_inside = 0 <= position <= MERSENNE_TWISTER_SIZE
        require(is_inside, f"position of {name}", position, f"at most {MERSENNE_TWISTER_SIZE}")


def _continue(attributes: dict[str, Any], weights: Weights, require: Require) -> Continuation:
    stored = attributes.get("_continuation")
    if stored is None:
        return Continuation(TrainingState(weights, n_batches=MANY_BATCHES))
    for name, part in stored.items():
        test, words = _CONTINUATION[name]
        require(test(part), f"{name} of _continuation", part, words)
    fields: dict[str, Any] = {
        name: tuple(part) if isinstance(part, list) else part for name, part in stored.items()
    }
    generator = fields.pop("generator")
    _check_generator("generator", generator, require)
    if attributes["_format"] == 1:
        fields["slots"] = _slots_of_format_1(fields["slots"], fields["slots_of"])
    state = TrainingState(weights, **{**_IN_OLDER_CONTINUATIONS, **fields})
    return Continuation(state, generator)


def _slots_of_format_1(slots: Weights, slots_of: str) -> Weights:
    """Remove Keras' counter of updates, and the momentum of an optimizer without momentum."""
    if slots and slots[0].shape == () and slots[0].dtype == np.int64:
        return slots[1:]
    is_without_momentum = slots_of.startswith("SGD ") and '"momentum": 0.0,' in slots_of
    return () if is_without_momentum else slots
