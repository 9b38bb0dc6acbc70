"""Processes that are killed while they replace a file, and what is in the file afterwards.

    python tests/killed_writers.py estimator 30

prints how often the file was the old one, the new one or damaged, as JSON. Of three processes, one
is killed after a random time, one before a random call of a function, and one before one of the
last calls, which are taken in turn, because they write the file. The program has no threads, so
that it can fork.
"""

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP
from skdigits.persistence import read_estimator, save_estimator
from skdigits.reading._checkpoints import Checkpoint, read_checkpoint, write_checkpoint

OLD, NEW = 1, 2


class EstimatorWriter:
    """Saves a classifier, whose state of random numbers tells the old one from the new one."""

    def __init__(self):
        X, y = load_digits(return_X_y=True)
        self.estimator = KerasDigitClassifier(MLP((64,)), epochs=1, pixel_range=(0, 16))
        self.estimator.fit(X[:100], y[:100])

    def write(self, path, which):
        save_estimator(self.estimator.set_params(random_state=which), path)

    def read(self, path):
        return read_estimator(path).random_state


class CheckpointWriter:
    """Writes a checkpoint of a megabyte."""

    variables = [np.zeros((250, 50), np.float32)] * 20

    def write(self, path, which):
        losses = np.ones(which)
        write_checkpoint(path, Checkpoint("5e" * 32, losses, np.zeros(0), self.variables))

    def read(self, path):
        return len(read_checkpoint(path, "5e" * 32, self.variables, 1, 10).losses)


WRITERS = {"estimator": EstimatorWriter, "checkpoint": CheckpointWriter}


def outcomes(writer, n_kills, seed=0):
    """Count the files that are old, new and neither after processes were killed, and leftovers."""
    chance, counts = random.Random(seed), Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        writer.write(path, OLD)
        seconds, n_calls = measured(writer, path)
        for number in range(n_kills):
            writer.write(path, OLD)
            if number % 3 == 0:
                kill_after(writer, path, seconds * chance.uniform(0, 1.5))
            elif number % 3 == 1:
                kill_at_call(writer, path, chance.randint(1, n_calls))
            else:
                kill_at_call(writer, path, max(1, n_calls - number // 3))
            try:
                counts[{OLD: "old", NEW: "new"}[writer.read(path)]] += 1
            except Exception as error:
                print(f"kill {number}: {error}", file=sys.stderr)
                counts["damaged"] += 1
            for other in Path(folder).iterdir():
                if other != path:
                    assert other.suffix == ".part", other
                    counts["parts left"] += 1
                    other.unlink()
    return dict(counts)


def measured(writer, path):
    """How long writing takes in a forked process, and how many calls of functions."""
    receiver, sender = os.pipe()
    if not os.fork():
        calls = Calls()
        with calls:
            writer.write(path, NEW)
        os.write(sender, str(calls.n_calls).encode())
        os._exit(0)
    os.wait()
    started = time.perf_counter()
    for _ in range(3):
        writer.write(path, NEW)
    seconds = (time.perf_counter() - started) / 3
    with open(receiver) as stream:
        os.close(sender)
        return seconds, int(stream.read())


class Calls:
    """Counts the calls of functions, and kills the process at one of them."""

    def __init__(self, last=None):
        self.n_calls, self.last = 0, last

    def __enter__(self):
        sys.setprofile(self.count)

    def __exit__(self, *exception):
        sys.setprofile(None)

    def count(self, frame, event, argument):
        if event in ("call", "c_call"):
            self.n_calls += 1
            if self.n_calls == self.last:
                os.kill(os.getpid(), signal.SIGKILL)


def kill_at_call(writer, path, number):
    os.waitpid(forked(writer, path, number), 0)


def kill_after(writer, path, seconds):
    process = forked(writer, path)
    time.sleep(seconds)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def forked(writer, path, last_call=None):
    process = os.fork()
    if not process:
        try:
            with Calls(last_call) if last_call else nullcontext():
                writer.write(path, NEW)
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    return process


if __name__ == "__main__":
    kind, n_kills = sys.argv[1], int(sys.argv[2])
    print(json.dumps(outcomes(WRITERS[kind](), n_kills)))
