"""The base class of all objects with parameters: names, documentation link and stored state."""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from functools import cache
from itertools import takewhile
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackContext, FitCallback
from sklearn.utils.metadata_routing import MetadataRequest

# NumPy draws from beyond the generator's memory where it is told to go on behind its end.
MERSENNE_TWISTER_SIZE = 624


class Expected(NamedTuple):
    """Condition on a stored value: a test, and its description in an error."""

    test: Callable[[Any], bool]
    words: str


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_count(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 0


def is_array(value: Any) -> bool:
    """Return whether a value is an array, not of a subclass such as a masked array."""
    return type(value) in (np.ndarray, np.memmap)


def are_finite(value: Any, kinds: str = "iuf") -> bool:
    """Return whether a value is a list or tuple of arrays of finite numbers of these kinds."""
    return isinstance(value, list | tuple) and all(
        is_array(array) and array.dtype.kind in kinds and bool(np.isfinite(array).all())
        for array in value
    )


def are_figures(value: Any) -> bool:
    """Return whether a value is a history: lists of numbers by name."""
    return isinstance(value, dict) and all(
        isinstance(name, str)
        and isinstance(column, list)
        and all(isinstance(figure, Real) for figure in column)
        for name, column in value.items()
    )


def _are_texts(value: Any) -> bool:
    return is_array(value) and value.ndim == 1 and all(isinstance(name, str) for name in value)


def _are_callbacks(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(callback, FitCallback) and not isinstance(callback, type) for callback in value
    )


def _is_context(value: Any) -> bool:
    return isinstance(value, CallbackContext)


def _is_output_config(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _is_request(value: Any) -> bool:
    return isinstance(value, MetadataRequest) and all(
        isinstance(getattr(method, "requests", None), dict)
        for name, method in vars(value).items()
        if name != "owner"
    )


# What scikit-learn sets on an estimator of any class.
SCIKIT_LEARN_ATTRIBUTES: Mapping[str, Expected] = {
    "_callback_fit_ctx": Expected(_is_context, "a CallbackContext"),
    "_metadata_request": Expected(_is_request, "a MetadataRequest"),
    "_parent_callback_ctx": Expected(_is_context, "a CallbackContext"),
    "_skl_callbacks": Expected(_are_callbacks, "a list of callbacks"),
    "_skl_callbacks_to_teardown": Expected(_are_callbacks, "a list of callbacks"),
    "_sklearn_output_config": Expected(_is_output_config, "the kind of container per method"),
    "feature_names_in_": Expected(_are_texts, "an array of texts"),
    "n_features_in_": Expected(is_count, "a number of at least 0"),
}


class SkdigitsEstimator(BaseEstimator):
    """Base class of the estimators of this package, and of the objects that are their parameters.

    It adds to :class:`~sklearn.base.BaseEstimator`

    - an error for an unknown parameter that suggests the closest name, also if a pipeline or a
      search sets it;
    - a link from the diagram to the documentation of this package;
    - a `__setstate__` that checks all state from pickles, copies and files. A parameter that did
      not exist when the state was stored gets its default, so new parameters can be added to a
      class. The other attributes of a class are listed in `_stored_attributes`, each with its
      condition, and in `_rebuilt_attributes` if they are never stored. Attributes that users set
      are kept if their names have no meaning in the class; files refuse them, see
      `unknown_attributes`.

    In the list of base classes, scikit-learn's mixins come before it.

    Examples
    --------
    >>> from skdigits.architectures import MLP, ConvNet
    >>> ConvNet().set_params(filter=(16, 32))
    Traceback (most recent call last):
    ...
    ValueError: Invalid parameter 'filter' for estimator ConvNet(). Did you mean 'filters'? ...
    >>> ConvNet()._get_doc_link().split("generated/")[1]
    'skdigits.architectures.ConvNet.html'
    >>> network = MLP()
    >>> network.__setstate__({"hidden_layer_sizes": (64,)})
    >>> network
    MLP(hidden_layer_sizes=(64,))
    >>> network.dropout
    0.0
    >>> network.__setstate__({"layers": []})
    Traceback (most recent call last):
        ...
    ValueError: The stored state of MLP is invalid: name of an attribute is 'layers', ...
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}
    # Classes of the objects that a parameter takes, for those that take something else as well.
    _parameter_objects: ClassVar[Mapping[str, Collection[type[BaseEstimator]]]] = {}
    # Attributes beside the parameters and what scikit-learn sets, as `_pack` gives them.
    _stored_attributes: ClassVar[Mapping[str, Expected]] = {}
    # What `_unpack` makes of them.
    _rebuilt_attributes: ClassVar[frozenset[str]] = frozenset()
    _doc_link_module = "skdigits"
    _doc_link_template = (
        "https://skdigits.readthedocs.io/en/stable/api/generated/"
        "{estimator_module}.{estimator_name}.html"
    )

    def set_params(self, **params: Any) -> Self:
        """Set parameters, also those of nested objects as `<parameter>__<its parameter>`.

        If this estimator does not have one of the parameters, none of them is set.

        Parameters
        ----------
        **params : dict
            Values by the names of the parameters.

        Returns
        -------
        self : estimator
            The estimator itself.

        Raises
        ------
        ValueError
            If there is no such parameter; the message suggests the closest name.
        """
        names = self._get_param_names()
        for given in params:
            name, _, inner = given.partition("__")
            if name not in names:
                raise ValueError(self._unknown(given, names))
            if inner and not hasattr(owner := params.get(name, getattr(self, name)), "set_params"):
                raise ValueError(self._not_nested(name, inner, owner))
        super().set_params(**params)
        return self

    def _unknown(self, given: str, names: list[str]) -> str:
        name, delimiter, inner = given.partition("__")
        meant = [match + delimiter + inner for match in get_close_matches(name, names, n=1)]
        if not delimiter:
            meant += [
                nested
                for nested in self.get_params()
                if "__" in nested and nested.rpartition("__")[2] == name
            ]
            meant += [
                f"{parameter}__{name}"
                for parameter in self._parameter_objects
                if not hasattr(getattr(self, parameter), "set_params")
                and self._objects_with(parameter, name)
            ]
        question = f"Did you mean {meant[0]!r}? " if meant else ""
        return (
            f"Invalid parameter {name!r} for estimator {self}. "
            f"{question}Valid parameters are: {names!r}."
        )

    def _not_nested(self, name: str, inner: str, owner: Any) -> str:
        classes = self._parameter_objects.get(name, ())
        named = [cls for cls in classes if cls.__name__.lower() == owner]
        suited = named or self._objects_with(name, inner)
        cure = f" Pass an object, {name}={suited[0].__name__}(), to set them." if suited else ""
        return (
            f"Invalid parameter '{name}__{inner}' for estimator {self}. "
            f"{name}={owner!r} has no parameters of its own.{cure}"
        )

    def _objects_with(self, name: str, inner: str) -> list[type[BaseEstimator]]:
        """List the classes of a parameter's objects that have a parameter themselves."""
        classes = self._parameter_objects.get(name, ())
        return [cls for cls in classes if inner in cls._get_param_names()]

    def _doc_link_url_param_generator(self) -> dict[str, str]:
        parts = type(self).__module__.split(".")
        public = takewhile(lambda part: not part.startswith("_"), parts)
        return {"estimator_module": ".".join(public), "estimator_name": type(self).__name__}

    def __getstate__(self) -> dict[str, Any]:
        return self._pack(super().__getstate__())

    def __setstate__(self, state: Any) -> None:
        cls: Any = type(self)
        require_sound(isinstance(state, dict), cls, "state", state, "a dict of attributes")
        for name in state:
            is_free = not _has_meaning(cls, name)
            require_sound(is_free, cls, "name of an attribute", name, "one without a meaning")
        check_attributes(cls, state, {**SCIKIT_LEARN_ATTRIBUTES, **cls._stored_attributes})
        completed = {**default_parameters(cls), **state}
        super().__setstate__(self._unpack(completed))

    def _pack(self, state: dict[str, Any]) -> dict[str, Any]:
        """Convert the attributes to the stored form."""
        return state

    def _unpack(self, state: dict[str, Any]) -> dict[str, Any]:
        """Convert the stored form to the attributes, and check their consistency."""
        return state


@cache
def default_parameters(cls: type) -> dict[str, Any]:
    """Return the defaults of the parameters of a class and its bases, by name."""
    return {
        name: parameter.default
        for base in reversed(cls.__mro__)
        for name, parameter in inspect.signature(base.__init__).parameters.items()  # type: ignore[misc]
        if parameter.default is not inspect.Parameter.empty
    }


def require_sound(condition: bool, cls: type, name: str, value: Any, expected: str) -> None:
    """Refuse a stored value, with the same message for all classes."""
    if not condition:
        raise ValueError(
            f"The stored state of {cls.__name__} is invalid: {name} is "
            f"{reprlib.repr(value)}, expected {expected}."
        )


def check_attributes(
    cls: type, attributes: Mapping[str, Any], expected: Mapping[str, Expected]
) -> None:
    """Refuse attributes that do not satisfy the conditions for their names."""
    for name, (test, words) in expected.items():
        if name in attributes:
            require_sound(test(attributes[name]), cls, name, attributes[name], words)


def unknown_attributes(estimator: Any) -> list[str]:
    """List the attributes of an estimator of this package that no version stores."""
    cls = type(estimator)
    if _package(cls) != "skdigits":
        return []
    parameters = cls._get_param_names()
    known = {*parameters, *SCIKIT_LEARN_ATTRIBUTES, *cls._stored_attributes}
    return sorted(vars(estimator).keys() - known - cls._rebuilt_attributes)


def _has_meaning(cls: Any, name: Any) -> bool:
    """Return whether an attribute would hide a method, or an attribute that the bases rely on."""
    bases = [base for base in cls.__mro__ if _package(base) in {"builtins", "skdigits", "sklearn"}]
    return (
        not isinstance(name, str)
        or name in cls._rebuilt_attributes
        or any(name in vars(base) for base in bases)
        or callable(getattr(cls, name, None))
    )


def _package(cls: type) -> str:
    return cls.__module__.partition(".")[0]
