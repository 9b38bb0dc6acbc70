"""Packages that extras install: imported, or missed with the command that installs them."""

from __future__ import annotations

import importlib

_MODULES = {"files": "skops.io", "images": "PIL", "onnx": "onnx", "plot": "matplotlib.pyplot"}
_NAMES = {"PIL": "Pillow", "matplotlib": "Matplotlib"}


def require_extras(what: str, *extras: str) -> None:
    """Import the packages of extras, or raise an error with the command that installs them.

    Examples
    --------
    >>> from skdigits._extras import require_extras
    >>> require_extras("skdigits read", "images", "plot")

    If neither is installed:

    .. code-block:: text

        ImportError: skdigits read needs Pillow and Matplotlib, which are not installed. Install
        them with: pip install "skdigits[images,plot]"
    """
    missing: dict[str, str] = {}
    for extra in extras:
        try:
            importlib.import_module(_MODULES[extra])
        except ModuleNotFoundError as error:
            package = (error.name or _MODULES[extra]).partition(".")[0]
            missing[extra] = _NAMES.get(package, package)
    if missing:
        command = f'pip install "skdigits[{",".join(missing)}]"'
        raise ImportError(describe_missing(what, list(missing.values()), command))


def describe_missing(what: str, packages: list[str], command: str) -> str:
    """Say which packages are missing, and the command that installs them.

    Examples
    --------
    >>> from skdigits._extras import describe_missing
    >>> describe_missing("Comparison.to_frame", ["pandas"], "pip install pandas")
    'Comparison.to_frame needs pandas, which is not installed. Install it with: pip install pandas'
    """
    verb, pronoun = ("is", "it") if len(packages) == 1 else ("are", "them")
    *others, last = packages
    names = f"{', '.join(others)} and {last}" if others else last
    return f"{what} needs {names}, which {verb} not installed. Install {pronoun} with: {command}"
