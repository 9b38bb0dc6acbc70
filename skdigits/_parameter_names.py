"""Errors that name the parameter which a misspelt one was meant to be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator


class ParameterNamesMixin:
    """Mixin whose `set_params` answers an unknown name with the nearest right one.

    It goes to the left of :class:`~sklearn.base.BaseEstimator`, whose error it completes. Pipelines
    and searches set the parameters of their steps the same way, and so give the same error.

    Examples
    --------
    >>> from skdigits.architectures import ConvNet
    >>> ConvNet().set_params(filter=(16, 32))
    Traceback (most recent call last):
    ...
    ValueError: Invalid parameter 'filter' for estimator ConvNet(). Did you mean 'filters'? ...
    """

    # Classes of the objects that a parameter takes, for those that take something else as well.
    _parameter_objects: ClassVar[Mapping[str, Collection[type[BaseEstimator]]]] = {}

    def set_params(self, **params: Any) -> Self:
        """Set parameters, also those of nested objects as `<parameter>__<its parameter>`.

        Nothing is set where a name of this estimator is unknown.

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
            Where there is no such parameter, naming the one that was probably meant.
        """
        names = self._get_param_names()  # type: ignore[attr-defined]
        for given in params:
            name, _, inner = given.partition("__")
            if name not in names:
                raise ValueError(self._unknown(given, names))
            if inner and not hasattr(owner := params.get(name, getattr(self, name)), "set_params"):
                raise ValueError(self._not_nested(name, inner, owner))
        super().set_params(**params)  # type: ignore[misc]
        return self

    def _unknown(self, given: str, names: list[str]) -> str:
        name, delimiter, inner = given.partition("__")
        meant = [match + delimiter + inner for match in get_close_matches(name, names, n=1)]
        if not delimiter:
            meant += [
                nested
                for nested in self.get_params()  # type: ignore[attr-defined]
                if "__" in nested and nested.rpartition("__")[2] == name
            ]
        question = f"Did you mean {meant[0]!r}? " if meant else ""
        return (
            f"Invalid parameter {name!r} for estimator {self}. "
            f"{question}Valid parameters are: {names!r}."
        )

    def _not_nested(self, name: str, inner: str, owner: Any) -> str:
        classes = self._parameter_objects.get(name, ())
        suited = [cls for cls in classes if cls.__name__.lower() == owner] or [
            cls for cls in classes if inner in cls._get_param_names()
        ]
        cure = f" Pass an object, {name}={suited[0].__name__}(), to set them." if suited else ""
        return (
            f"Invalid parameter '{name}__{inner}' for estimator {self}. "
            f"{name}={owner!r} has no parameters of its own.{cure}"
        )
