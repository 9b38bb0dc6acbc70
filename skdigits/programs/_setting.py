"""The backend that the user has set."""

from __future__ import annotations

import os

BACKENDS = ("auto", "numpy", "tensorflow", "jax", "torch")
_VARIABLE = "SKDIGITS_BACKEND"


def get_backend() -> str:
    """Return the backend that is set.

    Returns
    -------
    backend : {"auto", "numpy", "tensorflow", "jax", "torch"}
        Value of :func:`set_backend` or of the environment variable `SKDIGITS_BACKEND`.

    Raises
    ------
    ValueError
        If the environment variable has another value.

    Examples
    --------
    >>> from skdigits import get_backend
    >>> get_backend()
    'auto'
    """
    return _checked(os.environ.get(_VARIABLE) or "auto", _VARIABLE)


class set_backend:
    """Set the backend that computes networks, permanently or within a `with` block.

    The setting is the environment variable `SKDIGITS_BACKEND` of this process, which processes that
    are started later inherit. Read more in the :ref:`User Guide <backends>`.

    Parameters
    ----------
    backend : {"auto", "numpy", "tensorflow", "jax", "torch"}
        Name of the backend.

        - "auto" is NumPy if it can train the network, or if a prediction is little work or no
          other backend is installed; otherwise it is the backend that Keras is configured for;
        - "numpy" is NumPy whenever it can compute the network: it trains dense networks and
          predicts with all networks of the package;
        - "tensorflow", "torch" and "jax" compute everything.

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
        self._backend = _checked(backend, "backend")
        self._before = os.environ.get(_VARIABLE)
        os.environ[_VARIABLE] = backend

    def __enter__(self) -> None:
        os.environ[_VARIABLE] = self._backend

    def __exit__(self, *_: object) -> None:
        if self._before is None:
            os.environ.pop(_VARIABLE, None)
        else:
            os.environ[_VARIABLE] = self._before


def _checked(backend: str, name: str) -> str:
    if backend not in BACKENDS:
        raise ValueError(f"{name} must be one of {BACKENDS}, got {backend!r}.")
    return backend
