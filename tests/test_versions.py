"""programs/_versions: what bug reports tell."""

import re

import keras

import skdigits
from skdigits.programs import _versions
from skdigits.programs._backend import require_backend


def test_report_tells_versions_backend_devices_threads_and_cache(capsys):
    skdigits.show_versions()
    shown = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert shown["skdigits"] == skdigits.__version__
    assert shown["keras"] == keras.__version__
    assert shown["backend"] == keras.config.backend()
    assert "cpu" in shown["devices"].lower()
    assert shown["threads"] == str(require_backend().count_threads() or "unknown")
    assert re.fullmatch(r"\d+ of 32 programs, \d+ hits, \d+ compilations", shown["cache"])


def test_report_of_a_wrong_setting_tells_so(capsys, monkeypatch):
    monkeypatch.setenv("SKDIGITS_BACKEND", "pytorch")
    skdigits.show_versions()
    assert "SKDIGITS_BACKEND must be one of" in capsys.readouterr().out


def test_report_of_a_machine_without_backend_tells_so(capsys, monkeypatch):
    def require_backend(**_):
        raise ImportError("KerasDigitClassifier needs torch")

    monkeypatch.setattr(_versions, "require_backend", require_backend)
    skdigits.show_versions()
    assert "none: KerasDigitClassifier needs torch" in capsys.readouterr().out
