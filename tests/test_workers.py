"""commands/_workers: Ctrl-C reaches the process of the command alone. See test_interrupted.py."""

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="masks of POSIX")

PROGRAM = """
import os, signal, time
import joblib
from skdigits.commands._workers import Workers

def blocked():
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])

def look():
    time.sleep(0.2)  # longer than the other process takes to be there
    return os.getpid(), blocked()

with joblib.parallel_config(Workers(idle_worker_timeout=0.5)):
    seen = {}
    for n_jobs in N_JOBS:
        seen.update(joblib.Parallel(n_jobs)(joblib.delayed(look)() for _ in range(2 * n_jobs)))
        time.sleep(PAUSE)
print(len(seen), all(seen.values()), any(seen.values()), blocked())
"""


@pytest.mark.parametrize(
    ("n_jobs", "pause", "n_processes", "expected"),
    [
        pytest.param([2], 0, 2, (True, True), id="two"),
        pytest.param([1], 0, 1, (False, False), id="none: the command itself"),
        pytest.param([2, 3], 0, 3, (True, True), id="one more"),
        pytest.param([2, 2], 3, 4, (True, True), id="others in place of those that have ended"),
    ],
)
def test_workers_leave_the_interrupt_to_the_command(n_jobs, pause, n_processes, expected):
    program = f"N_JOBS, PAUSE = {n_jobs}, {pause}\n{PROGRAM}"
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert finished.stdout.split() == [str(n_processes), *map(str, expected), "False"]
