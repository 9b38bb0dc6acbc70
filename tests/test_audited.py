"""audited: what the hostile files are watched for is noticed."""

import importlib
import os
import pickle
import socket
import subprocess
import sys
import tempfile

import pytest
from audited import watched


def import_what_was_not_there():
    sys.modules.pop("this", None)
    importlib.import_module("this")


@pytest.mark.parametrize(
    ("act", "event"),
    [
        (import_what_was_not_there, "import "),
        (lambda: subprocess.run(["true"], check=False), "subprocess.Popen "),
        (lambda: os.system("true"), "os.system "),
        (lambda: socket.socket().close(), "socket."),
        (lambda: open(os.devnull, "w").close(), "open "),
        (lambda: os.close(os.open(os.devnull, os.O_WRONLY)), "open "),
        (lambda: os.close(tempfile.mkstemp()[0]), "tempfile."),
        (lambda: os.rmdir(tempfile.mkdtemp()), "os.mkdir "),
        (lambda: exec("1"), "exec "),
        (lambda: pickle.loads(pickle.dumps(len)), "pickle.find_class "),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="starts programs of POSIX")
def test_reports(act, event):
    with watched() as reports:
        act()
    assert any(report.startswith(event) for report in reports)
    n_reports = len(reports)
    act()
    assert len(reports) == n_reports


def test_reading_is_allowed():
    with watched() as reports, open(__file__) as file:
        file.read()
    assert reports == []
