"""The state of a classifier as plain data: what pickle, joblib and skops are given.

`pack` takes apart what is private to the package; `unpack` puts it together again, and checks all
that prediction relies on: nothing that was stored is believed to fit together.
"""

from __future__ import annotations

import reprlib
from dataclasses import replace
from itertools import pairwise
from math import prod
from numbers import Integral, Real
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from skdigits.architectures import Architecture, ImageShape
from skdigits.training._network import Network, Weights, describe_network, frozen
from skdigits.training._program import TrainingState

# Raised when the state changes so that older versions of the package cannot read it. Then
# `unpack` still reads all lower numbers, and tests/files/ gets a file of each.
FORMAT = 1

# The precision of the weights, by that of the computation.
_WEIGHT_DTYPES = {"float32": "float32", "float64": "float64", "mixed_bfloat16": "float32"}

_NEEDED = {"architecture_", "classes_", "image_shape_", "n_features_in_"}
_CONTINUATION = {"slots", "slots_of", "n_updates", "seeds", "generator"}
# What the averages of batch normalisation have seen, if the state does not say: more than matters.
_MANY_BATCHES = 1e6

# NumPy draws from beyond the generator's memory where it is told to go on behind its end.
_MERSENNE_TWISTER_SIZE = 624


class Continuation(NamedTuple):
    """Where training goes on: all that changes in it, and the random numbers of `partial_fit`."""

    state: TrainingState
    generator: np.random.RandomState | None = None


def pack(state: dict[str, Any]) -> dict[str, Any]:
    """Turn the attributes of a classifier into plain data."""
    packed = {name: _plain(value) for name, value in state.items()}
    packed["_format"] = FORMAT
    network: Network | None = packed.pop("_network_", None)
    if network is not None:
        packed["_network_dtype"] = network.dtype
        if not isinstance(network.architecture, Architecture):
            packed["_network_fingerprint"] = network.fingerprint
    continuation = packed.pop("_continuation", None)
    if continuation is not None:
        training, generator = continuation
        packed["_continuation"] = {
            "slots": _plain(training.slots),
            "slots_of": training.slots_of,
            "n_updates": training.n_updates,
            "n_batches": training.n_batches,
            "seeds": _plain(training.seeds),
            "generator": generator,
        }
    return packed


def _plain(value: Any) -> Any:
    """View memory maps, alone or in a tuple, as arrays: a copy need not know of the file."""
    if isinstance(value, np.memmap):
        return np.asarray(value)
    return tuple(map(_plain, value)) if type(value) is tuple else value


def unpack(state: Any, known: type) -> dict[str, Any]:
    """Turn the data into the attributes of a classifier of the class `known`.

    Raises
    ------
    ValueError
        Where the data do not fit together, naming the attribute.
    """
    _check(isinstance(state, dict), "state", state, "a dict of attributes")
    attributes = dict(state)
    _check_format(attributes.pop("_format", None))
    for name in attributes:
        is_free = isinstance(name, str) and not callable(getattr(known, name, None))
        _check(is_free, "name of an attribute", name, f"one that {known.__name__} does not use")
    _check_generator("random_state", attributes.get("random_state"))
    if "weights_" not in attributes:
        return attributes
    missing = _NEEDED - attributes.keys()
    _check(not missing, "state", sorted(attributes), f"also {sorted(missing)}")
    attributes["classes_"] = _unpack_classes(attributes["classes_"])
    network = _unpack_network(attributes)
    weights = _unpack_weights(attributes["weights_"], network)
    _check_feature_names(attributes.get("feature_names_in_"), attributes["n_features_in_"])
    _check_history(attributes.get("history_", {}))
    _check_shift(attributes.get("prediction_shift", 0), network.image_shape)
    continuation = attributes.pop("_continuation", None)
    return {
        **attributes,
        "architecture_": network.architecture,
        "image_shape_": network.image_shape,
        "weights_": weights,
        "_network_": network,
        "_continuation": _continuation(continuation, weights),
    }


def _check(condition: bool, name: str, value: Any, expected: str) -> None:
    if not condition:
        raise ValueError(
            f"What was stored as KerasDigitClassifier is not sound: {name} is "
            f"{reprlib.repr(value)}, expected {expected}."
        )


def _is_whole(value: Any, low: int = 0) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= low


def _check_format(number: Any) -> None:
    _check(_is_whole(number, 1), "format", number, "a number of at least 1")
    if number > FORMAT:
        raise ValueError(
            f"The classifier was stored by a newer skdigits, in the format {number}; this version "
            f"reads up to {FORMAT}: update skdigits."
        )


def _unpack_classes(classes: Any) -> NDArray[Any]:
    is_vector = isinstance(classes, np.ndarray) and classes.ndim == 1 and len(classes) >= 2
    _check(is_vector, "classes_", classes, "an array of at least 2 labels")
    labels = classes.tolist()
    is_simple = all(isinstance(label, str | bytes | bool | int | float) for label in labels)
    is_sorted = is_simple and len({type(label) for label in labels}) == 1
    is_sorted = is_sorted and all(a < b for a, b in pairwise(labels))
    _check(is_sorted, "classes_", classes, "numbers or texts in increasing order")
    return cast("NDArray[Any]", classes)


def _unpack_network(attributes: dict[str, Any]) -> Network:
    """Describe the network anew, where it is data; that of a function comes with a fingerprint."""
    shape, n_pixels = attributes["image_shape_"], attributes["n_features_in_"]
    is_shape = isinstance(shape, list | tuple) and len(shape) == 3
    is_shape = is_shape and all(_is_whole(size, 1) for size in shape)
    _check(is_shape, "image_shape_", shape, "height, width and number of channels")
    image_shape: ImageShape = (int(shape[0]), int(shape[1]), int(shape[2]))
    _check(n_pixels == prod(image_shape), "n_features_in_", n_pixels, f"{prod(image_shape)}")
    dtype = attributes.pop("_network_dtype", None)
    is_dtype = isinstance(dtype, str) and dtype in _WEIGHT_DTYPES
    _check(is_dtype, "_network_dtype", dtype, f"one of {sorted(_WEIGHT_DTYPES)}")
    architecture = attributes["architecture_"]
    is_callable = callable(architecture) and not isinstance(architecture, type)
    _check(is_callable, "architecture_", architecture, "an Architecture or a function")
    fingerprint = attributes.pop("_network_fingerprint", "")
    _check(isinstance(fingerprint, str), "_network_fingerprint", fingerprint, "a text")
    try:
        network = describe_network(architecture, image_shape, len(attributes["classes_"]), dtype)
    except (AttributeError, TypeError) as error:
        raise ValueError(f"architecture_ lacks a parameter: {error}") from error
    return network if network.fingerprint else replace(network, fingerprint=fingerprint)


def _unpack_weights(weights: Any, network: Network) -> Weights:
    is_tuple = isinstance(weights, list | tuple)
    is_tuple = is_tuple and all(isinstance(weight, np.ndarray) for weight in weights)
    _check(is_tuple, "weights_", weights, "a tuple of arrays")
    for i, weight in enumerate(weights):
        is_number = weight.dtype.kind in "iuf" and bool(np.isfinite(weight).all())
        _check(is_number, f"weights_[{i}]", weight, "finite numbers")
    if isinstance(network.architecture, Architecture):
        _check_shapes(weights, network, network.architecture)
    return frozen(tuple(weights))


def _check_shapes(weights: Weights, network: Network, architecture: Architecture) -> None:
    try:
        expected = architecture.weight_shapes(network.image_shape, network.n_classes)
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"architecture_ cannot be built: {error}") from error
    if expected is None:
        return
    shapes = [weight.shape for weight in weights]
    _check(
        shapes == expected,
        "shapes of weights_",
        shapes,
        f"{reprlib.repr(expected)} for {reprlib.repr(architecture)}",
    )
    dtypes = {weight.dtype for weight in weights}
    expected_dtype = _WEIGHT_DTYPES[network.dtype]
    _check(dtypes == {np.dtype(expected_dtype)}, "dtype of weights_", dtypes, expected_dtype)


def _check_feature_names(names: Any, n_features: int) -> None:
    is_vector = isinstance(names, np.ndarray) and names.shape == (n_features,)
    is_sound = names is None or (is_vector and all(isinstance(name, str) for name in names))
    _check(is_sound, "feature_names_in_", names, f"{n_features} texts")


def _check_history(history: Any) -> None:
    is_sound = isinstance(history, dict) and all(
        isinstance(name, str)
        and isinstance(column, list)
        and all(isinstance(figure, Real) for figure in column)
        for name, column in history.items()
    )
    _check(is_sound, "history_", history, "lists of numbers by name")


def _check_shift(shift: Any, image_shape: ImageShape) -> None:
    """Refuse what would make a prediction take hours: (2 shift + 1)² passes."""
    side = max(image_shape[:2])
    is_sound = _is_whole(shift) and shift <= side
    _check(is_sound, "prediction_shift", shift, f"at most the side of the image, {side}")


def _check_generator(name: str, generator: Any) -> None:
    if isinstance(generator, np.random.RandomState):
        state = generator.get_state(legacy=False)["state"]
        position = state.get("pos", 0)
        is_inside = 0 <= position <= _MERSENNE_TWISTER_SIZE
        _check(is_inside, f"position of {name}", position, f"at most {_MERSENNE_TWISTER_SIZE}")


def _continuation(stored: Any, weights: Weights) -> Continuation:
    if stored is None:
        return Continuation(TrainingState(weights, n_batches=_MANY_BATCHES))
    is_complete = isinstance(stored, dict) and stored.keys() - {"n_batches"} == _CONTINUATION
    _check(is_complete, "_continuation", stored, f"a dict of {sorted(_CONTINUATION)}")
    for name in ("slots", "seeds"):
        arrays = stored[name]
        is_sound = isinstance(arrays, list | tuple) and all(
            isinstance(array, np.ndarray) and array.dtype.kind in "biuf" for array in arrays
        )
        _check(is_sound, name, arrays, "a tuple of arrays of numbers")
    is_counted = _is_whole(stored["n_updates"]) and isinstance(stored["slots_of"], str)
    _check(is_counted, "n_updates", stored["n_updates"], "a number of at least 0")
    n_batches = stored.get("n_batches", _MANY_BATCHES)
    is_counted = isinstance(n_batches, int | float) and 0 <= n_batches < np.inf
    _check(is_counted, "n_batches", n_batches, "a number of at least 0")
    generator = stored["generator"]
    is_generator = generator is None or isinstance(generator, np.random.RandomState)
    _check(is_generator, "generator", generator, "a RandomState or None")
    _check_generator("generator", generator)
    state = TrainingState(
        weights=weights,
        slots=tuple(stored["slots"]),
        slots_of=stored["slots_of"],
        n_updates=int(stored["n_updates"]),
        n_batches=float(n_batches),
        seeds=tuple(stored["seeds"]),
    )
    return Continuation(state, generator)
