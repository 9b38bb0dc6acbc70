"""Neural networks for handwritten digits that feel native to scikit-learn."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from skdigits._keras_backend import choose_backend

if TYPE_CHECKING:
    from skdigits._classifier import KerasDigitClassifier
    from skdigits.preprocessing import PixelScaler
    from skdigits.programs._setting import get_backend, set_backend
    from skdigits.programs._versions import show_versions

__version__ = "0.1.0"

__all__ = [
    "KerasDigitClassifier",
    "PixelScaler",
    "__version__",
    "get_backend",
    "set_backend",
    "show_versions",
]

# Imported when they are asked for, so that the import and the help of a command come at once.
_NAMES = {
    "KerasDigitClassifier": "skdigits._classifier",
    "PixelScaler": "skdigits.preprocessing",
    "get_backend": "skdigits.programs._setting",
    "set_backend": "skdigits.programs._setting",
    "show_versions": "skdigits.programs._versions",
}
_MODULES = (
    "architectures",
    "augmentation",
    "comparison",
    "datasets",
    "export",
    "handwriting",
    "persistence",
    "plotting",
    "preprocessing",
    "reading",
    "recipes",
    "search",
    "training",
)

# Before anything imports Keras, which would look for TensorFlow only.
choose_backend()


def __dir__() -> list[str]:
    return [*__all__, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        globals()[name] = value = getattr(import_module(_NAMES[name]), name)
        return value
    if name in _MODULES:
        return import_module(f"skdigits.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
