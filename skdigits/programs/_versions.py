"""What a bug report should tell: versions, backend, devices, threads and the cache."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version

from joblib import cpu_count

from skdigits.programs._backend import require_backend
from skdigits.programs._cache import cache_info
from skdigits.programs._setting import get_backend

_PACKAGES = (
    "numpy", "scipy", "scikit-learn", "joblib", "threadpoolctl", "keras", "tensorflow",
    "tensorflow-cpu", "torch", "jax", "jaxlib", "skops", "pillow", "scikit-image", "matplotlib",
)  # fmt: skip


def show_versions() -> None:
    """Print what a bug report should tell.

    The versions of Python and of the packages, the backend with its devices and threads, and the
    cache of compiled programs. The backend is imported if it is installed.

    See Also
    --------
    sklearn.show_versions : The same for scikit-learn.

    Examples
    --------
    >>> from skdigits import show_versions
    >>> show_versions()  # doctest: +ELLIPSIS
    system          ...
    python          ...
    skdigits        ...
    """
    for name, text in describe_versions():
        print(f"{name:15} {text}")


def describe_versions() -> Iterator[tuple[str, str]]:
    """List names and what there is to say of each."""
    yield "system", platform.platform()
    yield "python", sys.version.split()[0]
    yield "skdigits", sys.modules["skdigits"].__version__
    yield from installed_versions(_PACKAGES)
    try:
        yield "setting", get_backend()
    except ValueError as error:
        yield "setting", str(error)
    yield from _describe_backend()
    granted = os.environ.get("OMP_NUM_THREADS")
    yield "processors", f"{cpu_count()}{f', OMP_NUM_THREADS={granted}' if granted else ''}"
    info = cache_info()
    yield (
        "cache",
        f"{info.size} of {info.max_size} programs, {info.hits} hits, "
        f"{info.compilations} compilations",
    )


def installed_versions(packages: Iterable[str]) -> Iterator[tuple[str, str]]:
    """List the names and versions of those packages that are installed."""
    for package in packages:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            continue


def _describe_backend() -> Iterator[tuple[str, str]]:
    try:
        backend = require_backend()
    except (ImportError, RuntimeError, ValueError) as error:
        yield "backend", f"none: {error}"
        return
    import keras

    yield "backend", keras.config.backend()
    yield "devices", ", ".join(backend.list_devices())
    yield "threads", str(backend.count_threads() or "unknown")
