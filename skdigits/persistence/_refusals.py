"""Why an estimator is not data, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sklearn.base import BaseEstimator

from skdigits._printable import printable

_NO_DATA = "The estimator cannot be saved as data, because"
_OWN_CODE = (
    "Functions and classes of your own are code, which a file of data cannot contain: use pickle, "
    "or pass them as trusted, here and in read_estimator. Remove callbacks with set_callbacks() "
    "and set_params(callbacks=None)."
)
_TREES = (
    "Trees hold positions in memory, which are followed without any check: save the networks "
    "alone, or use pickle."
)
_DISTRIBUTIONS = (
    "Distributions of scipy hold code as text: use lists or arrays of values, such as "
    "numpy.geomspace(0.001, 0.1, 1000), or save best_estimator_."
)
_RECORDS = (
    "The network of the Keras model has layers that have no records in "
    "skdigits.architectures.layers: use pickle, or to_keras().save()."
)
_CURES_OF_TYPES = {
    "skdigits.programs.": _RECORDS,
    "sklearn.tree.": _TREES,
    "sklearn.ensemble._hist_gradient_boosting.": _TREES,
    "scipy.stats.": _DISTRIBUTIONS,
}
_CURES_OF_PARAMETERS = {
    "cv": "A generator is exhausted after one search: use a list of the splits, or a splitter.",
    "optimizer": "Pass the name of the optimizer, such as 'adam', and learning_rate.",
    "param_distributions": _DISTRIBUTIONS,
}


def refusal_of_types(names: Collection[str]) -> str:
    """Explain why an estimator that refers to these types and functions cannot be saved."""
    cures = [
        next((cure for start, cure in _CURES_OF_TYPES.items() if name.startswith(start)), _OWN_CODE)
        for name in names
    ]
    return " ".join([f"{_NO_DATA} it refers to {', '.join(names)}.", *dict.fromkeys(cures)])


def refusal_of_parts(
    estimator: BaseEstimator, error: Exception, dumps: Callable[[Any], bytes]
) -> str:
    """Explain which part `dumps` cannot write, for which it raised `error`."""
    refused = [
        (name, value)
        for name, value in estimator.get_params().items()
        if not isinstance(value, BaseEstimator) and not _can_be_written(value, dumps)
    ]
    if refused:
        # Those of the steps of a pipeline are parts of its own.
        name, value = max(refused, key=lambda one: one[0].count("__"))
        cure = _CURES_OF_PARAMETERS.get(name.rpartition("__")[2], "Pass plain values.")
        kind = type(value).__name__
        return f"{_NO_DATA} its parameter {name}, of the type {kind}, is not. {cure}"
    if isinstance(error, RecursionError):
        return (
            f"{_NO_DATA} it contains itself or is nested too deep. Metadata requests contain "
            "their estimator: set them again after reading, with set_fit_request() and similar "
            "methods."
        )
    return f"{_NO_DATA} one of its attributes is not data: {printable(error)}. Use pickle."


def _can_be_written(value: Any, dumps: Callable[[Any], bytes]) -> bool:
    try:
        dumps(value)
    except Exception:
        return False
    return True
