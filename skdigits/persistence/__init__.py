"""Fitted estimators as files that hold data and no code."""

from __future__ import annotations

import os
from typing import IO, Any

from sklearn.base import BaseEstimator

__all__ = ["read_estimator", "save_estimator"]

_TRUSTED_PACKAGES = {"collections", "numpy", "skdigits", "sklearn"}


def save_estimator(estimator: BaseEstimator, file: str | os.PathLike[str] | IO[bytes]) -> None:
    """Save an estimator to a file that holds data and no code.

    Parameters
    ----------
    estimator : estimator
        An estimator, fitted or not, such as a pipeline.
    file : str, path-like or binary file
        Where to write; by custom the name ends in ".skops".

    Examples
    --------
    >>> import io
    >>> from skdigits import PixelScaler
    >>> from skdigits.persistence import read_estimator, save_estimator
    >>> file = io.BytesIO()
    >>> save_estimator(PixelScaler(pixel_range=(0, 16)), file)
    >>> read_estimator(file)
    PixelScaler(pixel_range=(0, 16))
    """
    _require_skops().dump(estimator, file)


def read_estimator(file: str | os.PathLike[str] | IO[bytes]) -> Any:
    """Read an estimator that `save_estimator` wrote.

    Parameters
    ----------
    file : str, path-like or binary file
        What was written.

    Returns
    -------
    estimator : estimator
        The estimator.

    Raises
    ------
    ValueError
        Where the file asks for types that do not belong into it.

    Examples
    --------
    See :func:`save_estimator`.

    >>> from skdigits.persistence import read_estimator
    """
    skops_io = _require_skops()
    types = skops_io.get_untrusted_types(file=file)
    foreign = [name for name in types if name.split(".")[0] not in _TRUSTED_PACKAGES]
    if foreign:
        raise ValueError(f"{file} asks for types that are not trusted: {foreign}")
    return skops_io.load(file, trusted=types)


def _require_skops() -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise ImportError(
            'Files of estimators need skops: pip install "skdigits[persistence]"'
        ) from error
    return skops.io
