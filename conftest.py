"""Shared by the tests and by the examples in the docstrings: data, and no network."""

import gc
import os
import signal
import socket
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from typing import Any

import hypothesis
import numpy as np
import pytest
from joblib import cpu_count
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

gc.disable()  # Until all tests are collected: what is made before stays.
# Before anything imports matplotlib: no window opens.
os.environ.setdefault("MPLBACKEND", "agg")

hypothesis.settings.register_profile("skdigits", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("skdigits")

# The programs of a backend import it.
collect_ignore = [
    f"skdigits/programs/_{backend}"
    for backend in ("jax", "tensorflow", "torch")
    if find_spec(backend) is None
]

_NEED_WRITERS = {"skdigits.datasets._mnist.fetch_mnist"}
# What the tests with these markers load.
_LOADED: dict[str, dict[str, Any]] = {
    "mnist": {"subset": "all"},
    "mnist_writers": {"writers": True},
}


@cache
def _why_absent(marker: str) -> str | None:
    from skdigits.datasets import fetch_mnist

    try:
        fetch_mnist(**_LOADED[marker], download_if_missing=False)
    except OSError as error:
        return str(error)
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: Sequence[object]) -> None:
    """Divide the processors among the processes that run the tests, and what these start.

    The threads of BLAS wait for one another in a loop. If there are more of them than processors,
    they spend most of the time waiting.
    """
    gc.enable()  # This process collects no tests.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(max(1, cpu_count() // len(specs))))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the docstrings that show MNIST."""
    for item in items:
        if item.name in _NEED_WRITERS:
            item.add_marker("mnist")
            item.add_marker("mnist_writers")


def pytest_collection_finish() -> None:
    """Keep the garbage collector from searching what stays until the end."""
    gc.freeze()
    gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs MNIST, or its writers, where they are absent."""
    for marker in _LOADED:
        if item.get_closest_marker(marker) and (reason := _why_absent(marker)):
            pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Fail whatever reaches out to another machine."""
    connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def is_here(host: Any) -> bool:
        return host in (None, "", "localhost", "::1") or str(host).startswith("127.")

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family != getattr(socket, "AF_UNIX", None) and not is_here(address[0]):
            pytest.fail(f"A test connects to {address}, and tests use no network.")
        connect(self, address)

    def getaddrinfo_here(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_here(host):
            pytest.fail(f"A test looks for {host}, and tests use no network.")
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        patch.setattr(socket, "getaddrinfo", getaddrinfo_here)
        yield


@pytest.fixture
def two_threads() -> Iterator[None]:
    """Let BLAS run on two threads, for tests that see them limited."""
    # Set by threads that end: threadpoolctl lets no other thread set a limit while the first lives.
    with ThreadPoolExecutor(1) as thread:
        limits = thread.submit(threadpool_limits, 2, "blas").result()
    yield
    with ThreadPoolExecutor(1) as thread:
        thread.submit(limits.restore_original_limits).result()


@pytest.fixture(scope="session")
def digits() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return scikit-learn's 1,797 digits: rows of 64 grey levels from 0 to 16, and labels."""
    X, y = load_digits(return_X_y=True)
    # Shared by all tests, hence not to be changed by any.
    X.flags.writeable = y.flags.writeable = False
    return X, y


@pytest.fixture(scope="session")
def X(digits: tuple[NDArray[np.float64], NDArray[np.int64]]) -> NDArray[np.float32]:
    """Return the first 60 digits, scaled, for tests that look at behaviour and not at accuracy."""
    return (digits[0][:60] / 16).astype(np.float32)


@pytest.fixture(scope="session")
def y(digits: tuple[NDArray[np.float64], NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the labels of `X`."""
    return digits[1][:60]


@pytest.fixture(scope="session")
def blob() -> NDArray[np.float32]:
    """Return 200 copies of a smooth blob off the centre, in images of shape (28, 28, 1)."""
    y, x = np.mgrid[:28, :28]
    image = np.exp(-((y - 10) ** 2 / 18 + (x - 13.5) ** 2 / 8)).astype(np.float32)
    images = np.repeat(image[np.newaxis, :, :, np.newaxis], 200, axis=0)
    images.flags.writeable = False
    return images


@pytest.fixture
def on_keras() -> Iterator[None]:
    """Compute all networks by the backend that Keras runs on, none by NumPy."""
    import keras

    from skdigits import set_backend

    with set_backend(keras.config.backend()):
        yield


@pytest.fixture
def pyplot() -> Iterator[Any]:
    """Return Matplotlib's pyplot, and close all figures afterwards."""
    plt = pytest.importorskip("matplotlib.pyplot")
    yield plt
    plt.close("all")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands take standard error for a terminal, on which they draw bars."""
    from skdigits.commands._messages import StandardError

    monkeypatch.setattr(StandardError, "isatty", lambda self: True)
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def peak() -> Iterator[Callable[[], int]]:
    """Tell the most memory that Python has taken since, in bytes."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@pytest.fixture
def pythons_own_handler() -> Iterator[None]:
    """Whoever started the process may have it ignore Ctrl-C. A test leaves the handler as it is."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)
