"""_keras_backend: which backend Keras takes, before it is imported."""

import json
import sys
from types import SimpleNamespace

import pytest

from skdigits import _keras_backend
from skdigits._keras_backend import choose_backend, name_backend


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Give a machine with some backends, a configuration file and an environment variable."""

    def make(installed, configured=None, named=None):
        monkeypatch.delitem(sys.modules, "keras", raising=False)
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        if configured:
            (tmp_path / "keras.json").write_text(json.dumps({"backend": configured}))
        monkeypatch.setenv("KERAS_BACKEND", named or "")
        monkeypatch.setattr(_keras_backend, "find_spec", lambda name: name in installed or None)

    return make


@pytest.mark.parametrize(
    ("installed", "configured", "named", "expected"),
    [
        (["tensorflow", "torch"], None, None, "tensorflow"),
        (["torch", "jax"], None, None, "torch"),
        (["jax"], None, None, "jax"),
        ([], None, None, "tensorflow"),
        (["tensorflow", "torch"], "torch", None, "torch"),
        (["torch"], "tensorflow", None, "torch"),
        (["tensorflow", "torch"], "torch", "jax", "jax"),
        (["torch"], None, "tensorflow", "tensorflow"),
        (["torch"], "openvino", None, "openvino"),
    ],
)
def test_what_is_configured_decides_and_else_what_is_installed(
    installed, configured, named, expected, machine
):
    machine(installed, configured, named)
    assert name_backend() == expected
    choose_backend()
    # What Keras then takes by itself.
    assert (_keras_backend.os.environ["KERAS_BACKEND"] or configured or "tensorflow") == expected


def test_keras_that_is_imported_has_decided(machine, monkeypatch):
    machine(["torch"])
    config = SimpleNamespace(backend=lambda: "jax")
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(config=config))
    assert name_backend() == "jax"
    choose_backend()
    assert _keras_backend.os.environ["KERAS_BACKEND"] == ""
