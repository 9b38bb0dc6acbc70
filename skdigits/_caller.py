"""Who called an estimator: the user, or a search that makes many fits."""

from __future__ import annotations

import sys
from types import FrameType

# Frames between an estimator and the user that make one call: its own, decorators, pipelines.
_TRANSPARENT = (
    "skdigits._",
    "skdigits.preprocessing._pixel_scaler",
    "skdigits.reading._digit_string_recognizer",
    "sklearn.base",
    "sklearn.callback.",
    "sklearn.pipeline",
    "sklearn.utils._set_output",
    "contextlib",
)
_MAKERS_OF_MANY_FITS = {"joblib", "sklearn", "skdigits"}


def stacklevel_of_caller() -> int:
    """Count the frames up to the code that called the estimator, as `warnings.warn` does."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _module(frame).startswith(_TRANSPARENT):
        level, frame = level + 1, frame.f_back
    return level


def is_called_by_user() -> bool:
    """Return whether `fit` was called directly or by a pipeline, not by a search or an ensemble."""
    # Levels count from 1, the frame of this function, and frames from 0.
    caller = sys._getframe(stacklevel_of_caller() - 1)
    return _module(caller).partition(".")[0] not in _MAKERS_OF_MANY_FITS


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))
