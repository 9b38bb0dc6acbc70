"""The state of a recognizer of lines as it is stored, and its checks."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits._skdigits_estimator import (
    Expected,
    are_figures,
    are_finite,
    is_array,
    is_count,
    require_sound,
)
from skdigits.reading._line_network import network_of

_LARGEST_STORED = float(np.finfo(np.float16).max)


def _are_characters(value: Any) -> bool:
    return (
        is_array(value)
        and value.ndim == 1
        and value.dtype.kind == "U"
        and len(value) > 0
        and all(len(it) == 1 for it in value.tolist())
        and all(a < b for a, b in pairwise(value.tolist()))
    )


def _are_weights(value: Any) -> bool:
    return are_finite(value, kinds="f")


STORED_ATTRIBUTES: Mapping[str, Expected] = {
    "characters_": Expected(_are_characters, "an array of characters in increasing order"),
    "weights_": Expected(_are_weights, "a tuple of arrays of finite numbers"),
    "history_": Expected(are_figures, "lists of numbers by name"),
    "n_iter_": Expected(is_count, "a number of at least 0"),
}


def rounded(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round to the precision of a file, so that a saved recognizer predicts the same."""
    bounded = np.clip(weight, -_LARGEST_STORED, _LARGEST_STORED)
    rounded = bounded.astype(np.float16).astype(np.float32)
    rounded.setflags(write=False)
    return rounded


def pack(state: dict[str, Any]) -> dict[str, Any]:
    """Convert the attributes of a recognizer to the stored form."""
    if "weights_" not in state:
        return state
    return {**state, "weights_": tuple(weight.astype(np.float16) for weight in state["weights_"])}


def unpack(cls: type, state: dict[str, Any]) -> dict[str, Any]:
    """Convert the stored form to the attributes, and check that they fit together.

    Raises
    ------
    ValueError
        If attributes are missing, or there is no network with these weights and characters.
    """
    present = {name for name in STORED_ATTRIBUTES if name in state}
    is_whole = not present or present == STORED_ATTRIBUTES.keys()
    require_sound(is_whole, cls, "state", sorted(present), "all fitted attributes, or none")
    if not present:
        return state
    weights = tuple(weight.astype(np.float32) for weight in state["weights_"])
    try:
        network = network_of(weights)
    except ValueError as error:
        raise ValueError(f"The stored state of {cls.__name__} is invalid: {error}.") from error
    n_expected = network.n_classes - 1
    is_sound = len(state["characters_"]) == n_expected
    require_sound(is_sound, cls, "characters_", state["characters_"], f"{n_expected} characters")
    return {**state, "weights_": weights}
