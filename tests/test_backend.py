"""programs/_backend: the backend keeps to what it is granted. Its errors: test_bad_input.py."""

import os
import subprocess
import sys
from importlib.util import find_spec

import keras
import pytest

from skdigits.programs import _backend

# Prints the numbers of threads that compute, after a fit.
PROGRAM = """
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
    "tensorflow": {"1": "1 1", "": "0 0"},  # 0 is TensorFlow's word for all processors.
    "jax": {"1": "1", "3": "3"},
    "torch": {"1": "1", "2": "2"},
}
BACKEND = keras.config.backend()


@pytest.mark.parametrize(("granted", "expected"), EXPECTED[BACKEND].items())
def test_threads_granted_are_the_threads_used(granted, expected):
    environment = {**os.environ, "OMP_NUM_THREADS": granted}
    if BACKEND == "jax" and not os.path.isdir("/proc/self/task"):
        pytest.skip("The threads of JAX are seen on Linux only.")
    output = subprocess.run(
        [sys.executable, "-c", PROGRAM + COUNTED[BACKEND]],
        env=environment, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert output.split("\n")[-2] == expected


def test_notices_are_hidden_only_until_the_backend_is_imported(monkeypatch):
    """A process that looks at the lines would take longer than a prediction."""
    _backend.require_backend()
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.delattr(_backend, "without_notices")
    _backend.require_backend()


def test_a_setting_whose_backend_is_missing_leaves_nothing_behind():
    code = """
import os, sys
from skdigits import set_backend
from skdigits.programs._backend import require_backend
before = os.environ.get("KERAS_BACKEND")
try:
    with set_backend(sys.argv[1]):
        require_backend()
except ImportError as error:
    assert os.environ.get("KERAS_BACKEND") == before
    print(error)
require_backend()
"""
    absent = [it for it in ("torch", "jax", "tensorflow") if find_spec(it) is None]
    if not absent:
        pytest.skip("All backends are installed.")
    finished = subprocess.run(
        [sys.executable, "-c", code, absent[0]], capture_output=True, text=True, check=True
    )
    assert f"asks for '{absent[0]}', which is not installed" in finished.stdout


def test_the_setting_decides_whatever_imports_keras_first():
    backend = keras.config.backend()
    code = "import skdigits; skdigits.show_versions(); import keras; print(keras.config.backend())"
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "SKDIGITS_BACKEND": backend, "KERAS_BACKEND": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.splitlines()[-1] == backend


def test_a_setting_is_set_anew_in_each_block():
    from skdigits import get_backend, set_backend

    before, setting = get_backend(), set_backend("numpy")
    for _ in range(2):
        with setting:
            assert get_backend() == "numpy"
        assert get_backend() == before
