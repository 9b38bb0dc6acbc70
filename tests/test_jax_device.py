"""programs/_jax/_device: what JAX is granted, and what it keeps for other processes."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

keras = pytest.importorskip("keras")
jax = pytest.importorskip("jax")
if keras.config.backend() != "jax":
    pytest.skip("Keras runs on another backend than JAX", allow_module_level=True)

from skdigits.programs._jax import _device  # noqa: E402

# Prints how often JAX asked for a compilation, and how often it was found.
PROGRAM = """
import collections, json, sys
import jax
events = collections.Counter()
jax.monitoring.register_event_listener(lambda event, **_: events.update([event.split("/")[-1]]))
import numpy as np
from skdigits import KerasDigitClassifier, set_backend
from skdigits.architectures import ConvNet
set_backend("jax")
X = np.random.default_rng(0).random((20, 64), dtype=np.float32)
classifier = KerasDigitClassifier(ConvNet((2,)), epochs=1, random_state=0).fit(X, np.arange(20) % 2)
probabilities = classifier.predict_proba(X).tolist()
found = {name: events[name] for name in ("cache_hits", "cache_misses")}
print(json.dumps([found, jax.config.jax_compilation_cache_dir, probabilities]))
"""


def run(**variables):
    environment = {**os.environ, **variables}
    command = [sys.executable, "-c", PROGRAM]
    output = subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout
    return json.loads(output.splitlines()[-1])


def test_a_second_process_compiles_nothing(tmp_path):
    first, directory, expected = run(SKDIGITS_COMPILATION_CACHE=str(tmp_path))
    assert first["cache_misses"] > 0
    assert directory == str(tmp_path)
    second, _, probabilities = run(SKDIGITS_COMPILATION_CACHE=str(tmp_path))
    assert second["cache_misses"] == 0
    assert second["cache_hits"] >= first["cache_misses"]
    assert probabilities == expected


def test_the_directory_that_jax_has_been_told_stands(tmp_path):
    own = str(tmp_path / "own")
    other = str(tmp_path / "other")
    assert run(SKDIGITS_COMPILATION_CACHE=other, JAX_COMPILATION_CACHE_DIR=own)[1] == own
    assert not os.path.exists(other)


PREALLOCATE, FRACTION = "XLA_PYTHON_CLIENT_PREALLOCATE", "XLA_PYTHON_CLIENT_MEM_FRACTION"


@pytest.mark.parametrize(
    ("own", "seen"),
    [
        ({}, {PREALLOCATE: "false"}),
        ({PREALLOCATE: "true"}, {PREALLOCATE: "true"}),
        ({FRACTION: ".5"}, {FRACTION: ".5"}),
        ({"OMP_NUM_THREADS": "3"}, {PREALLOCATE: "false", "NPROC": "3"}),
        ({"OMP_NUM_THREADS": "3", "NPROC": "2"}, {PREALLOCATE: "false", "NPROC": "2"}),
        ({"OMP_NUM_THREADS": "0"}, {PREALLOCATE: "false"}),
    ],
)
def test_jax_starts_modestly_and_the_environment_is_left_alone(own, seen, monkeypatch):
    names = (PREALLOCATE, FRACTION, "NPROC", "OMP_NUM_THREADS")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    before, at_start = dict(os.environ), {}

    def start():
        at_start.update({name: os.environ[name] for name in names[:3] if name in os.environ})
        raise KeyboardInterrupt

    monkeypatch.setattr(_device.jax, "local_devices", start)
    with pytest.raises(KeyboardInterrupt):
        _device._start()
    assert at_start == seen
    assert dict(os.environ) == before


class Device:
    def __init__(self, memory):
        self.memory_stats = lambda: memory


@pytest.mark.parametrize(
    ("memory", "fits"),
    [
        ({"bytes_limit": 1600, "bytes_in_use": 0}, True),
        ({"bytes_limit": 1600, "bytes_in_use": 1}, False),
        ({}, True),
        (None, True),
    ],
)
def test_rows_are_resident_where_they_fit(memory, fits, monkeypatch):
    rows = np.zeros((10, 10))
    monkeypatch.setattr(_device.jax, "local_devices", lambda: [Device(memory)])
    assert not _device.holds(rows)  # A processor computes in the memory where they are.
    monkeypatch.setattr(_device, "is_cpu", lambda: False)
    assert _device.holds(rows) is fits
