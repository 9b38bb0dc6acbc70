"""programs/_backend: the backend keeps to what it is granted. Its errors: test_bad_input.py."""

import gc
import os
import subprocess
import sys
from importlib.util import find_spec

import keras
import pytest

from skdigits.programs import _backend

ABSENT = [name for name in ("torch", "jax", "tensorflow") if find_spec(name) is None]
# What comes first in the two processes of the tests.
A_MISSING_BACKEND = f"""
import os
from skdigits import set_backend
from skdigits.programs._backend import require_backend
before = os.environ.get("KERAS_BACKEND")
for absent in {ABSENT[:1]}:
    try:
        with set_backend(absent):
            require_backend()
    except ImportError as error:
        assert os.environ.get("KERAS_BACKEND") == before
        print(error)
"""
ANOTHER_IMPORT_OF_KERAS = """
import skdigits
skdigits.show_versions()
import keras
print(keras.config.backend())
"""
# Prints the numbers of threads that compute, after a fit.
FIT = """
import os
import numpy as np
from skdigits import KerasDigitClassifier
KerasDigitClassifier("lenet5", epochs=1).fit(np.eye(4, 64), [0, 0, 1, 1])
"""
COUNTED = {
    "tensorflow": """
import tensorflow as tf
threading = tf.config.threading
print(threading.get_intra_op_parallelism_threads(), threading.get_inter_op_parallelism_threads())
""",
    "jax": """
threads = [open(f"/proc/self/task/{i}/comm").read() for i in os.listdir("/proc/self/task")]
print(threads.count("tf_XLAEigen\\n"))
assert "NPROC" not in os.environ
""",
    "torch": """
import torch
print(torch.get_num_threads())
""",
}
EXPECTED = {
    "tensorflow": [("1", "1 1"), ("", "0 0")],  # 0 is TensorFlow's word for all processors.
    "jax": [("1", "1"), ("3", "3")],
    "torch": [("1", "1"), ("2", "2")],
}
BACKEND = keras.config.backend()


def printed(first, granted, **environment):
    """Lines of a process that does something first, then fits and counts its threads."""
    counted = COUNTED[BACKEND] if counts_threads() else ""
    return subprocess.run(
        [sys.executable, "-c", first + FIT + counted],
        env={**os.environ, "OMP_NUM_THREADS": granted, **environment},
        check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip


def counts_threads():
    """Return whether the threads can be told apart: those of JAX have had a name since 0.8."""
    if BACKEND != "jax":
        return True
    import jax

    return os.path.isdir("/proc/self/task") and jax.__version_info__ >= (0, 8)


@pytest.fixture(scope="module")
def after_a_missing_backend():
    return printed(A_MISSING_BACKEND, EXPECTED[BACKEND][0][0])


@pytest.fixture(scope="module")
def after_another_import():
    granted = EXPECTED[BACKEND][1][0]
    backends = {"SKDIGITS_BACKEND": BACKEND, "KERAS_BACKEND": ""}
    return printed(ANOTHER_IMPORT_OF_KERAS, granted, **backends)


@pytest.mark.skipif(not counts_threads(), reason="seen on Linux only, since JAX 0.8")
def test_threads_granted_are_the_threads_used(after_a_missing_backend, after_another_import):
    for lines, (_, expected) in zip(
        (after_a_missing_backend, after_another_import), EXPECTED[BACKEND], strict=True
    ):
        assert lines[-1] == expected


def test_notices_are_hidden_only_until_the_backend_is_imported(monkeypatch):
    """A process that looks at the lines would take longer than a prediction."""
    _backend.require_backend()
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.delattr(_backend, "without_notices")
    _backend.require_backend()


@pytest.mark.skipif(not ABSENT, reason="all backends are installed")
def test_a_setting_whose_backend_is_missing_leaves_nothing_behind(after_a_missing_backend):
    assert f"asks for '{ABSENT[0]}', which is not installed" in after_a_missing_backend[0]


def test_the_setting_decides_whatever_imports_keras_first(after_another_import):
    assert BACKEND in after_another_import


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_garbage_collector_rests_during_the_import_and_is_as_before(is_enabled, monkeypatch):
    seen = []
    monkeypatch.setattr(_backend, "_process", None)
    imported = _backend._import_programs
    monkeypatch.setattr(
        _backend, "_import_programs", lambda: (seen.append(gc.isenabled()), imported())[1]
    )
    if not is_enabled:
        gc.disable()
    try:
        _backend.require_backend()
        assert (seen, gc.isenabled()) == ([False], is_enabled)
        gc.enable()
        _backend.require_backend()  # It is imported.
        assert seen == [False, True]
    finally:
        gc.enable()


def test_a_setting_is_set_anew_in_each_block():
    from skdigits import get_backend, set_backend

    before, setting = get_backend(), set_backend("numpy")
    for _ in range(2):
        with setting:
            assert get_backend() == "numpy"
        assert get_backend() == before
