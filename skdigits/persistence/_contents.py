"""Checks of the objects that a file contains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import KFold, RepeatedKFold, RepeatedStratifiedKFold, StratifiedKFold
from sklearn.pipeline import Pipeline

from skdigits._skdigits_estimator import (
    SCIKIT_LEARN_ATTRIBUTES,
    check_attributes,
    default_parameters,
    unknown_attributes,
)

# The class that a splitter makes its folds with. It calls what it holds.
_SPLITTERS: Mapping[type, type] = {RepeatedKFold: KFold, RepeatedStratifiedKFold: StratifiedKFold}
_WITHOUT_PARTS = (str, bytes, int, float, bool, type(None), type, FunctionType)


def nested_estimators(value: Any) -> Iterator[BaseEstimator]:
    """Return an estimator and all estimators in its parameters and attributes."""
    return (part for part in _parts(value) if isinstance(part, BaseEstimator))


def check_contents(value: Any) -> None:
    """Check all objects built from a file, and add parameters that an older scikit-learn lacked.

    Raises
    ------
    ValueError
        If a check fails; the message says what is wrong.
    """
    if not isinstance(value, BaseEstimator):
        raise ValueError(f"it contains an object of {type(value)}, which is not an estimator")
    for part in _parts(value):
        if isinstance(part, BaseEstimator):
            _check_estimator(part)
        elif type(part) in _SPLITTERS and part.cv is not _SPLITTERS[type(part)]:
            raise ValueError(f"{type(part).__name__} makes its folds by {part.cv!r}")


def _check_estimator(estimator: BaseEstimator) -> None:
    cls: Any = type(estimator)
    attributes = vars(estimator)
    for name, default in default_parameters(cls).items():
        attributes.setdefault(name, default)
    check_attributes(cls, attributes, SCIKIT_LEARN_ATTRIBUTES)
    hidden = [
        name
        for name in attributes
        if callable(getattr(cls, name, None)) or name == "_parameter_constraints"
    ]
    if hidden:
        raise ValueError(f"{cls.__name__} has attributes in the place of {hidden}")
    unknown = unknown_attributes(estimator)
    if unknown:
        raise ValueError(
            f"{cls.__name__} has the attribute {unknown[0]!r}, which this version of skdigits does "
            "not store: delete an attribute that you set yourself, or update skdigits if a newer "
            "version has stored it"
        )
    if hasattr(estimator, "_parameter_constraints"):
        estimator._validate_params()
    if attributes.get("memory") is not None:
        raise ValueError(
            f"{cls.__name__} has memory={attributes['memory']!r}, a folder that it would write to "
            "wherever it is read: remove it with set_params(memory=None)"
        )
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
        if not all(isinstance(step, BaseEstimator) for step in steps):
            raise ValueError("a step of its pipeline is not an estimator")


def _parts(value: Any) -> Iterator[Any]:
    """Yield an object and all objects that can be reached from it, each once."""
    seen: dict[int, Any] = {}
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, _WITHOUT_PARTS) or id(part) in seen:
            continue
        seen[id(part)] = part
        yield part
        waiting.extend(reversed(list(_held_by(part))))


def _held_by(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    if isinstance(value, list | tuple | set):
        return value
    if isinstance(value, np.ndarray):
        return np.asarray(value).ravel() if value.dtype == object else ()
    return vars(value).values() if hasattr(value, "__dict__") else ()
