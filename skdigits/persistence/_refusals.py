"""Why an estimator is not data, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sklearn.base import BaseEstimator

from skdigits._printable import printable

_NO_DATA = "The estimator cannot be saved as data, since"
_OWN_CODE = (
    "Functions and classes of your own are code, which a file of data does not hold: use pickle, "
    "or name them in trusted, here and in read_estimator. Callbacks are removed by set_callbacks() "
    "and set_params(callbacks=None)."
)
_TREES = (
    "Trees hold places in memory, which nothing checks before they are followed: save the networks "
    "alone, or use pickle."
)
_DISTRIBUTIONS = (
    "Distributions of scipy hold code as a text: give lists or arrays of values, such as "
    "numpy.geomspace(0.001, 0.1, 1000), or save best_estimator_."
)
_CURES_OF_TYPES = {
    "sklearn.tree.": _TREES,
    "sklearn.ensemble._hist_gradient_boosting.": _TREES,
    "scipy.stats.": _DISTRIBUTIONS,
}
_CURES_OF_PARAMETERS = {
    "cv": "A generator is gone after one search: give a list of the splits, or a splitter.",
    "optimizer": "Give the name of the optimizer, such as 'adam', and learning_rate.",
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
        cure = _CURES_OF_PARAMETERS.get(name.rpartition("__")[2], "Give plain values.")
        kind = type(value).__name__
        return f"{_NO_DATA} its parameter {name}, of the type {kind}, is not. {cure}"
    if isinstance(error, RecursionError):
        return (
            f"{_NO_DATA} it holds itself, or is nested too deep. Requests for metadata hold their "
            "estimator: they are made again, by set_fit_request() and the like, after reading."
        )
    return f"{_NO_DATA} one of its attributes is not data: {printable(error)}. Use pickle."


def _can_be_written(value: Any, dumps: Callable[[Any], bytes]) -> bool:
    try:
        dumps(value)
    except Exception:
        return False
    return True
