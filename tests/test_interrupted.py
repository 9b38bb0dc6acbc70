"""Ctrl-C ends every command: with status 130, what is finished, and no model that is not whole."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from small_readers import photo_of, text_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals of POSIX")

# Whoever started the tests may have it ignored, as shells do for what runs in the background.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from skdigits.__main__ import run
run()
"""
_LONGEST_WAIT = 120  # seconds
FOR_EVER = str(10**7)  # epochs


@pytest.fixture
def npz(tmp_path):
    X, y = load_digits(return_X_y=True)
    np.savez(tmp_path / "digits.npz", X=X[:100], y=y[:100])
    return str(tmp_path / "digits.npz")


def interrupted(*arguments, after, stream="stderr", whole_group=False):
    """Run a command, press Ctrl-C when a line comes, and give its status and what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    lines = {"stdout": [], "stderr": []}
    came = threading.Event()

    def listen(name):
        for line in getattr(process, name):
            lines[name].append(line)
            if name == stream and after in line:
                came.set()

    listeners = [threading.Thread(target=listen, args=(name,)) for name in lines]
    for listener in listeners:
        listener.start()
    try:
        assert came.wait(_LONGEST_WAIT), f"{after!r} did not come: {lines}"
        send = os.killpg if whole_group else os.kill
        send(process.pid, signal.SIGINT)
        status = process.wait(_LONGEST_WAIT)
    finally:
        # Workers that outlive it would keep the streams open.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for listener in listeners:
            listener.join()
        process.stdout.close()
        process.stderr.close()
    out, err = ("".join(lines[name]) for name in ("stdout", "stderr"))
    assert "Traceback" not in err
    return status, out, err


@pytest.mark.parametrize("n_jobs", ["1", "2"])
def test_compare_prints_the_classifiers_that_were_finished(npz, n_jobs):
    status, out, err = interrupted(
        *("compare", "--data", npz, "--cv", "2", "--epochs", FOR_EVER, "--n-jobs", n_jobs),
        *("--classifiers", "knn", "logistic", "keras"),
        after="[3/3] KerasDigitClassifier",
        whole_group=n_jobs == "2",
    )
    assert status == 130
    lines = out.splitlines()
    assert lines[1].startswith("k-nearest neighbours ")
    assert lines[2].startswith("logistic regression ")
    assert lines[-1] == "interrupted: not finished: KerasDigitClassifier"
    assert "KerasDigitClassifier " not in "\n".join(lines[:-1])
    # joblib's tracker of resources may have a word on folders that it cleans up at its end.
    assert "skdigits: interrupted: not finished: KerasDigitClassifier" in err.splitlines()


def test_compare_has_nothing_to_print_before_the_first_is_finished(npz):
    status, out, err = interrupted(
        *("compare", "--data", npz, "--classifiers", "keras", "knn", "--epochs", FOR_EVER),
        after="[1/2] KerasDigitClassifier",
    )
    assert (status, out) == (130, "")
    assert "not finished: KerasDigitClassifier, k-nearest neighbours" in err.splitlines()[-1]


def test_train_saves_no_network_that_is_not_whole(npz, tmp_path):
    output = tmp_path / "network.skops"
    output.write_bytes(b"whole")
    status, out, err = interrupted(
        *("train", "--data", npz, "--epochs", FOR_EVER, "--output", output, "--force"),
        after=f"epoch 3/{FOR_EVER}",
    )
    assert (status, out) == (130, "")
    assert output.read_bytes() == b"whole"
    last = "skdigits: interrupted: the network was not trained to the end, and was not saved"
    assert err.splitlines()[-1] == last
    assert "current weights are kept" not in err


def test_search_ranks_what_was_scored_on_all_folds(npz, tmp_path):
    output = tmp_path / "best.skops"
    status, out, err = interrupted(
        *("search", "--data", npz, "--budget", "small", "--epochs", "90", "--output", output),
        after="[28/39]",
    )
    assert status == 130
    lines = out.splitlines()
    assert lines[0].split() == ["rank", "candidate", "epochs", "score", "sd"]
    assert [line.split()[0] for line in lines[1:10]] == [str(rank) for rank in range(1, 10)]
    assert all(" 10 " in line or " 30 " in line for line in lines[1:10])
    assert lines[-1] == "interrupted: candidates that were not scored on all folds are missing."
    assert "nothing was saved" in err.splitlines()[-1]
    assert not output.exists()


def test_search_stops_in_its_first_fit(npz):
    status, out, _ = interrupted(
        *("search", "--data", npz, "--budget", "small", "--strategy", "grid"),
        *("--epochs", FOR_EVER),
        after="digits.npz: ",
    )
    assert (status, out) == (130, "")


def test_read_prints_what_was_read(tmp_path):
    photo = tmp_path / "photo.png"
    rows = [[10, 11, 12, 13]]
    Image.fromarray(photo_of(rows)).save(photo)
    n_photos = 400
    status, out, err = interrupted(
        *("read", *[photo] * n_photos, "--min-confidence", "0"),
        after=str(photo),
        stream="stdout",
    )
    assert status == 130
    assert 1 <= out.count(str(photo)) < n_photos
    assert len(text_of(rows)) == len(out.splitlines()[1])
    assert err.startswith("skdigits: interrupted")
