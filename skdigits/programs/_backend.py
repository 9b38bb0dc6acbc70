"""The Keras backend in use: imported without notices, or reported as missing."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

from skdigits._extras import describe_missing
from skdigits._keras_backend import choose_backend, name_backend
from skdigits.programs._notices import without_notices
from skdigits.programs._postponed_interrupts import postponed_interrupts
from skdigits.programs._setting import get_backend

if TYPE_CHECKING:
    from skdigits.programs._contract import KerasBackend

# The process in which the backend was first used.
_process: int | None = None

_INSTALL = 'pip install "skdigits[cpu]"'

# In the order in which they are offered.
_PROGRAMS = {
    "tensorflow": "skdigits.programs._tensorflow",
    "torch": "skdigits.programs._torch",
    "jax": "skdigits.programs._jax",
}


def require_backend() -> KerasBackend:
    """Import the programs of a Keras backend, or raise an error that says how to install one.

    Call this before Keras is used in any other way: a backend accepts settings only before it has
    computed anything. It is the backend that is set, by :func:`set_backend` or the environment, or
    else the one that Keras is configured for.
    """
    check_process()
    wanted = get_backend()
    if wanted in _PROGRAMS and "keras" not in sys.modules:
        _check_is_installed(wanted)
        os.environ["KERAS_BACKEND"] = wanted
    choose_backend()
    with postponed_interrupts(), _uncollected(), _quietened():
        programs = _import_programs()
    _check_is_wanted(wanted)
    return programs


def is_installed() -> bool:
    """Whether the backend that Keras is set to is installed, without importing either."""
    return find_spec("keras") is not None and find_spec(name_backend()) is not None


def _check_is_installed(wanted: str) -> None:
    """Refuse a setting before Keras is imported, which keeps to the first backend it is given."""
    if find_spec(wanted) is None:
        extra = "cpu" if wanted == "tensorflow" else wanted
        raise ImportError(
            f"skdigits.set_backend or SKDIGITS_BACKEND asks for {wanted!r}, which is not "
            f'installed. Install it with: pip install "skdigits[{extra}]", or set "auto".'
        )


def _check_is_wanted(wanted: str) -> None:
    import keras

    backend = keras.config.backend()
    if wanted in _PROGRAMS and wanted != backend:
        raise ImportError(
            f"The backend {wanted!r} is needed here, but Keras runs on {backend!r}: set the "
            f"environment variable KERAS_BACKEND={wanted} before Keras is imported. If "
            "skdigits.set_backend asks for it, 'auto' takes the one that Keras runs on."
        )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from searching the many objects of an import again and again."""
    rests = _process is None and gc.isenabled()
    if rests:
        gc.disable()
    try:
        yield
    finally:
        if rests:
            gc.enable()


def _quietened() -> AbstractContextManager[None]:
    """Silence TensorFlow's notices while it is imported, unless its log level asks for them."""
    if "tensorflow" in sys.modules or _process is not None:
        return nullcontext()
    # 2 leaves errors and drops notices, but for those that come before the level is read.
    level = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    return without_notices() if level >= "2" else nullcontext()


def _import_programs() -> KerasBackend:
    global _process
    try:
        import keras
    except ModuleNotFoundError as error:
        raise ImportError(_describe_absence(error.name)) from error
    backend = keras.config.backend()
    if backend not in _PROGRAMS:
        raise ImportError(
            f"Keras runs on the backend {backend!r}, but KerasDigitClassifier runs on one of "
            f"{[*_PROGRAMS]}. Install it with: {_INSTALL}, and set the environment variable "
            "KERAS_BACKEND=tensorflow before Keras is imported."
        )
    _process = os.getpid()
    return cast("KerasBackend", importlib.import_module(_PROGRAMS[backend]))


def _describe_absence(name: str | None) -> str:
    """Return which backend is missing, and whether an installed one can be used instead."""
    message = describe_missing("KerasDigitClassifier", [name or "a Keras backend"], _INSTALL)
    others = [other for other in _PROGRAMS if other != name and find_spec(other)]
    if not others:
        return message
    return (
        f"{message}, or set the environment variable KERAS_BACKEND={others[0]} before Keras is "
        f"imported: {others[0]!r} is installed."
    )


def check_process() -> None:
    """Refuse to compute in a fork of a process that has used the backend, which would never end."""
    if _process not in (None, os.getpid()):
        raise RuntimeError(
            "This process is a fork of one that has already used Keras. The threads of a backend "
            "do not survive a fork, and waiting for them never ends. Start processes with joblib's "
            "default backend 'loky', with multiprocessing.get_context('spawn') or 'forkserver', or "
            "fork before the first fit and prediction."
        )
