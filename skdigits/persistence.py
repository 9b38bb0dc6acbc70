"""Fitted estimators in files that run no code when they are read."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["read_estimator", "save_estimator"]

_INSTALL = 'needs the package of pip install "skdigits[safe]"'


def save_estimator(estimator: Any, file: str | os.PathLike[str]) -> None:
    """Write an estimator in the format of skops."""
    from skops import io

    io.dump(estimator, file)


def read_estimator(file: str | os.PathLike[str]) -> Any:
    """Read an estimator, made of this package's types and of those that skops trusts."""
    from skops import io

    unknown = io.get_untrusted_types(file=file)
    foreign = [name for name in unknown if not name.startswith("skdigits.")]
    if foreign:
        raise ValueError(f"{file} holds types that are not trusted: {', '.join(foreign)}.")
    return io.load(file, trusted=unknown)
