"""programs/_notices: what C++ prints on standard error, line by line."""

import os
import subprocess
import sys
import threading
import time

import keras
import pytest

from skdigits.programs._notices import without_notices

NOTICES = b"""\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795626011.057826    6875 port.cc:153] oneDNN custom operations are on. You may see
W0000 00:00:1795626011.057826    6875 cuda.cc:9] Could not find cuda drivers
2026-01-01 10:00:00.000000: I tensorflow/core/util/port.cc:113] oneDNN custom operations are on.
To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow
"""
ERRORS = b"""\
E0000 00:00:1795626011.057826    6875 cuda.cc:9] Unable to register the factory
2026-01-01 10:00:00.000000: F tensorflow/core/platform/cpu_feature_guard.cc:38] no AVX
A warning of Python, Information in another form, I am one, W 5
"""


def write(content):
    os.write(2, content)


def test_notices_are_dropped_and_all_else_is_shown(capfd):
    with without_notices():
        write(NOTICES + ERRORS + NOTICES)
    assert capfd.readouterr().err.encode() == ERRORS


def test_what_comes_before_and_after_is_shown(capfd):
    write(NOTICES)
    with without_notices():
        pass
    write(NOTICES)
    assert capfd.readouterr().err.encode() == 2 * NOTICES


@pytest.mark.parametrize("error", [ImportError("no"), KeyboardInterrupt()])
def test_all_is_shown_where_the_import_fails(error, capfd):
    def fail():
        write(NOTICES)
        raise error

    with pytest.raises(type(error)), without_notices():
        fail()
    assert capfd.readouterr().err.encode() == NOTICES


def test_no_descriptor_is_left_open(capfd):
    before = len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else None
    for _ in range(3):
        with without_notices():
            write(NOTICES)
    assert before == (len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else None)


def test_blocks_may_be_nested_and_run_in_threads(capfd):
    def run():
        for _ in range(3):
            with without_notices(), without_notices():
                write(NOTICES + ERRORS)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert capfd.readouterr().err.encode() == 12 * ERRORS


DYING = """
import os, signal
from skdigits.programs._notices import without_notices
with without_notices():
    os.write(2, {notices!r} + b"a fatal error\\n")
    {end}
"""


@pytest.mark.parametrize(
    "end", ["os.abort()", "os.kill(os.getpid(), signal.SIGKILL)", "os._exit(1)"]
)
def test_what_a_dying_process_says_is_shown(end):
    script = DYING.format(notices=NOTICES, end=end)
    died = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert died.returncode != 0
    assert died.stderr == b"a fatal error\n" + NOTICES


def test_lines_are_shown_as_they_come(capfd):
    with without_notices():
        write(b"an error\n")
        shown, tries = b"", 0
        while not shown and tries < 500:
            time.sleep(0.01)
            shown, tries = capfd.readouterr().err.encode(), tries + 1
    assert shown == b"an error\n"


@pytest.mark.parametrize("program", ["", "/opt/uwsgi", "/nowhere/python"])
def test_without_another_python_all_is_shown(program, monkeypatch, capfd):
    monkeypatch.setattr(sys, "executable", program)
    with without_notices():
        write(NOTICES)
    assert capfd.readouterr().err.encode() == NOTICES


SCRIPT = """
import os, sys
{prepare}
from skdigits.programs._backend import require_backend
require_backend()
import numpy as np
from skdigits import KerasDigitClassifier
KerasDigitClassifier("mlp", epochs=300, random_state=0).fit(np.eye(64), np.arange(64) % 2)
print("trained")
"""


def train(prepare="", **environment):
    # Asked for, the notice that comes before the log level is read comes on every processor.
    inherited = {name: it for name, it in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.format(prepare=prepare)],
        env={**inherited, "TF_ENABLE_ONEDNN_OPTS": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )


def test_tensorflow_is_quiet():
    assert train().stderr == ""


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="about TensorFlow")
def test_tensorflow_tells_what_is_asked_for():
    assert "oneDNN custom operations are on" in train(TF_CPP_MIN_LOG_LEVEL="0").stderr


@pytest.mark.parametrize("prepare", ["os.close(2)", "sys.stderr = None; os.close(2)"])
def test_standard_error_may_be_closed(prepare):
    assert train(prepare).stdout == "trained\n"
