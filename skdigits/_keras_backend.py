"""The backend that Keras takes, known and chosen before Keras is imported."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from importlib.util import find_spec

# In the order in which they are preferred if nothing is configured.
BACKENDS = ("tensorflow", "torch", "jax")


def name_backend() -> str:
    """Name the backend of Keras, which need not be imported.

    The environment variable `KERAS_BACKEND` or the configuration file of Keras name it. The file
    does not count if its backend is not installed: Keras writes one that names TensorFlow when it
    is imported for the first time.

    Examples
    --------
    >>> from skdigits._keras_backend import name_backend
    >>> name_backend() in ("tensorflow", "torch", "jax")
    True
    """
    if "keras" in sys.modules:
        import keras  # Waits for another thread that is importing it.

        name: str = keras.config.backend()
        return name
    named = os.environ.get("KERAS_BACKEND")
    if named:
        return named
    installed = [backend for backend in BACKENDS if find_spec(backend)]
    configured = _read_configured()
    if configured not in BACKENDS or configured in installed or not installed:
        return configured
    return installed[0]


def choose_backend() -> None:
    """Let Keras take an installed backend, if it is not imported yet and nothing is configured."""
    if "keras" in sys.modules or os.environ.get("KERAS_BACKEND"):
        return
    name = name_backend()
    if name != _read_configured():
        os.environ["KERAS_BACKEND"] = name


def _read_configured() -> str:
    """Read the backend that Keras takes if the environment does not name one."""
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    configured = None
    with suppress(OSError, ValueError), open(os.path.join(home, "keras.json")) as file:
        configured = json.load(file).get("backend")
    return configured or "tensorflow"
