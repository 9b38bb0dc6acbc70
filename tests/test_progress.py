"""commands/_progress: bars on a terminal, lines elsewhere, and nothing on standard output."""

import os
import re
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from small_networks import small

from skdigits.commands._messages import tell
from skdigits.commands._progress import progress_of, progress_of_folds


def plain(text):
    """Leave out colours and movements of the cursor."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def compare():
    with progress_of_folds(2, 3) as progress:
        for name in ("linear", "network"):
            progress.begin(name)
            for _ in range(3):
                progress.end_fold()
            tell("a warning")
            progress.end("97.00 %, 3 fits in 0.3 s")


def test_bars_of_folds(terminal, capsys):
    compare()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.search(r"all +\S+ 6/6 folds \d:\d\d:\d\d", plain(captured.err))
    assert re.search(r"network +\S+ 3/3 folds", plain(captured.err))
    assert captured.err.count("a warning") == 2


def test_lines_of_classifiers(capsys):
    compare()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        *("[1/2] linear", "a warning", "      97.00 %, 3 fits in 0.3 s"),
        *("[2/2] network", "a warning", "      97.00 %, 3 fits in 0.3 s"),
    ]


def test_lines_without_rich(terminal, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "rich", None)
    compare()
    assert capsys.readouterr().err.startswith("[1/2] linear\n")


def test_bars_of_a_network(terminal, X, y, capsys):
    network = small()
    before = dict(vars(network))
    with progress_of(network):
        network.fit(X, y)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.search(r"KerasDigitClassifier - fit +\S+ 100%", plain(captured.err))
    assert "so far loss" in captured.err
    assert not hasattr(network, "_skl_callbacks")
    assert vars(network).items() >= before.items()


def test_lines_of_a_network(X, y, capsys):
    network = small()
    with progress_of(network):
        network.fit(X, y)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("epoch 1/2 ")
    assert network.verbose == 0


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_bars_of_a_search(terminal, n_jobs, X, y, capsys):
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2, n_jobs=n_jobs)
    with progress_of(search):
        search.fit(X, y)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.search(r"GridSearchCV - search #0 +\S+ 100%", plain(captured.err))
    assert not hasattr(search, "_skl_callbacks")


def test_no_trace_is_left_where_a_fit_fails(terminal, X, y, capsys):
    network = small()
    with pytest.raises(ValueError, match="inconsistent"), progress_of(network):
        network.fit(X, y[:-1])
    assert not hasattr(network, "_skl_callbacks")
    assert network.verbose == 0


@pytest.mark.skipif(os.name != "posix", reason="terminals and signals of POSIX")
def test_a_command_on_a_terminal_ends_at_ctrl_c(tmp_path):
    """The bars are drawn by a thread that must end, too."""
    import pty

    X, y = load_digits(return_X_y=True)
    np.savez(tmp_path / "digits.npz", X=X[:100], y=y[:100])
    script = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from skdigits.__main__ import run; run()"
    )
    options = ["--data", tmp_path / "digits.npz", "--epochs", "10000000"]
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", script, "train", *options, "--output", tmp_path / "it.skops"],
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(terminal)
    shown, begun = [], threading.Event()

    def listen():
        while True:
            try:
                shown.append(os.read(controller, 4096))
            except OSError:  # The other end is closed.
                return
            if b"KerasDigitClassifier - fit" in b"".join(shown[-2:]):
                begun.set()

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        assert begun.wait(120), b"".join(shown)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=120)
    finally:
        process.kill()
        listener.join()
        os.close(controller)
    assert (process.returncode, out) == (130, "")
    assert b"was not saved" in b"".join(shown)
