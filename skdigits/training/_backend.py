"""The Keras backend in use: found, quietened, or missed with the command that installs it."""

import importlib
import os
import sys
from types import ModuleType

_PROGRAMS = {"tensorflow": "skdigits.training._tensorflow"}


def require_backend() -> ModuleType:
    """Import the programs of the Keras backend in use, or say which command installs one.

    This comes before anything else of Keras is used: a backend takes its settings only as long as
    it has computed nothing.
    """
    # TensorFlow reads its log level when it is imported; 2 leaves errors and drops notices.
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import keras
    except ModuleNotFoundError as error:
        raise ImportError(
            f"KerasDigitClassifier needs a Keras backend, and {error.name!r} is not installed. "
            "Install one with: pip install 'skdigits[cpu]'"
        ) from error
    backend = keras.config.backend()
    if backend not in _PROGRAMS:
        raise ImportError(
            f"Keras runs on the backend {backend!r}, but KerasDigitClassifier needs one of "
            f"{sorted(_PROGRAMS)}. Install it with: pip install 'skdigits[cpu]', and set the "
            "environment variable KERAS_BACKEND=tensorflow before Keras is imported."
        )
    return importlib.import_module(_PROGRAMS[backend])
