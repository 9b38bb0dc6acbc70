"""The backend that a user asks for."""

from __future__ import annotations

import os

BACKENDS = ("auto", "numpy", "tensorflow", "jax", "torch")
_VARIABLE = "SKDIGITS_BACKEND"


def get_backend() -> str:
    """Tell which backend is asked for.

    Returns
    -------
    backend : {"auto", "numpy", "tensorflow", "jax", "torch"}
        What :func:`set_backend` or the environment variable `SKDIGITS_BACKEND` says.

    Raises
    ------
    ValueError
        If the environment variable names something else.

    Examples
    --------
    >>> from skdigits import get_backend
    >>> get_backend()
    'auto'
    """
    return _checked(os.environ.get(_VARIABLE) or "auto", _VARIABLE)


class set_backend:
    """Ask for the backend that computes networks, until further notice or for a block.

    The setting is the environment variable `SKDIGITS_BACKEND` of this process, so processes that it
    starts afterwards have the same one. Read more in the :ref:`User Guide <backends>`.

    Parameters
    ----------
    backend : {"auto", "numpy", "tensorflow", "jax", "torch"}
        What computes.

        - "auto" is NumPy where it trains a network or the work of a prediction is small, or where
          no other backend is installed, else the one that Keras is set to;
        - "numpy" predicts with all networks of the package, trains dense ones, and refuses others;
        - "tensorflow" computes everything;
        - "jax" and "torch" predict, and do not train yet.

    Raises
    ------
    ValueError
        If the name is none of these.

    Examples
    --------
    >>> from skdigits import get_backend, set_backend
    >>> with set_backend("numpy"):
    ...     get_backend()
    'numpy'
    >>> get_backend()
    'auto'
    """

    def __init__(self, backend: str) -> None:
        self._before = os.environ.get(_VARIABLE)
        os.environ[_VARIABLE] = _checked(backend, "backend")

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        if self._before is None:
            os.environ.pop(_VARIABLE, None)
        else:
            os.environ[_VARIABLE] = self._before


def _checked(backend: str, name: str) -> str:
    if backend not in BACKENDS:
        raise ValueError(f"{name} must be one of {BACKENDS}, got {backend!r}.")
    return backend
