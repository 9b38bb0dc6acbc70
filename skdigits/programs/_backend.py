"""The Keras backend in use: imported without notices, or reported as missing."""

import importlib
import json
import os
import sys
from contextlib import AbstractContextManager, nullcontext, suppress
from importlib.util import find_spec
from types import ModuleType

from joblib import cpu_count

from skdigits._extras import describe_missing
from skdigits.programs._notices import without_notices

# The process in which the backend was first used.
_process: int | None = None

_INSTALL = 'pip install "skdigits[cpu]"'

_TRAINING = {
    "tensorflow": "skdigits.programs._tensorflow",
    "jax": "skdigits.programs._jax",
}
_PREDICTION = {**_TRAINING, "torch": "skdigits.programs._keras"}


def require_backend(wanted: str = "auto", *, trains: bool = True) -> ModuleType:
    """Import the programs of a Keras backend, or raise an error that says how to install one.

    Call this before Keras is used in any other way: a backend accepts settings only before it has
    computed anything. More backends are supported for prediction than for training. "auto" is the
    backend that Keras is configured for; any other has to be that one, and is set as such if Keras
    has not been imported yet.
    """
    check_process()
    if wanted != "auto" and "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = wanted
    with _quietened():
        programs = _import_programs(trains=trains)
        _check_is_wanted(wanted)
        return programs


def is_installed() -> bool:
    """Whether the backend that Keras is set to is installed, without importing either."""
    return find_spec("keras") is not None and find_spec(_name_backend()) is not None


def _name_backend() -> str:
    """Name the backend that Keras is set to, as Keras does."""
    if "keras" in sys.modules:
        name: str = sys.modules["keras"].config.backend()
        return name
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    configured = None
    with suppress(OSError, ValueError), open(os.path.join(home, "keras.json")) as file:
        configured = json.load(file).get("backend")
    return os.environ.get("KERAS_BACKEND") or configured or "tensorflow"


def _check_is_wanted(wanted: str) -> None:
    import keras

    backend = keras.config.backend()
    if wanted not in ("auto", backend):
        raise ImportError(
            f"skdigits is set to the backend {wanted!r}, but Keras runs on {backend!r}: set the "
            f"environment variable KERAS_BACKEND={wanted} before Keras is imported, or call "
            "skdigits.set_backend('auto')."
        )


def _quietened() -> AbstractContextManager[None]:
    """Silence TensorFlow's notices while it is imported, unless its log level asks for them."""
    if "tensorflow" in sys.modules or _process is not None:
        return nullcontext()
    # 2 leaves errors and drops notices, but for those that come before the level is read.
    level = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    return without_notices() if level >= "2" else nullcontext()


def _import_programs(*, trains: bool) -> ModuleType:
    global _process
    try:
        import keras
    except ModuleNotFoundError as error:
        raise ImportError(_describe_absence(error.name)) from error
    backend = keras.config.backend()
    programs = _TRAINING if trains else _PREDICTION
    if backend not in programs:
        purpose = "trains on" if trains else "predicts on"
        raise ImportError(
            f"Keras runs on the backend {backend!r}, but KerasDigitClassifier {purpose} one of "
            f"{sorted(programs)}. Install it with: {_INSTALL}, and set the "
            "environment variable KERAS_BACKEND=tensorflow before Keras is imported."
        )
    _process = os.getpid()
    return importlib.import_module(programs[backend])


def _describe_absence(name: str | None) -> str:
    """Return which backend is missing, and whether an installed one can be used instead."""
    message = describe_missing("KerasDigitClassifier", [name or "a Keras backend"], _INSTALL)
    others = [other for other in sorted(_PREDICTION) if other != name and find_spec(other)]
    if not others:
        return message
    other = others[0]
    purpose = "which trains and predicts" if other in _TRAINING else "which predicts"
    return (
        f"{message}, or set the environment variable KERAS_BACKEND={other} before Keras is "
        f"imported: {other!r} is installed, {purpose}."
    )


def count_threads() -> int | None:
    """Return the number of threads of the backend, None if it is unknown."""
    import keras

    if keras.config.backend() != "tensorflow":
        return None
    import tensorflow as tf

    # 0 stands for one thread per processor.
    granted: int = tf.config.threading.get_intra_op_parallelism_threads()
    return granted or cpu_count()


def check_process() -> None:
    """Refuse to compute in a fork of a process that has used the backend, which would never end."""
    if _process not in (None, os.getpid()):
        raise RuntimeError(
            "This process is a fork of one that has already used Keras. The threads of a backend "
            "do not survive a fork, and waiting for them never ends. Start processes with joblib's "
            "default backend 'loky', with multiprocessing.get_context('spawn') or 'forkserver', or "
            "fork before the first fit and prediction."
        )
