"""commands/_workers: Ctrl-C reaches the process of the command alone. See test_interrupted.py."""

import json
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="masks of POSIX")

# Each of n tasks waits until n processes have come, so that all take part.
PROGRAM = """
import json, os, signal, sys, time
from pathlib import Path
import joblib
from skdigits.commands._workers import Workers

def wait_until(condition):
    end = time.monotonic() + 60
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)

def blocked():
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])

def look(folder, n_jobs):
    (folder / str(os.getpid())).touch()
    wait_until(lambda: len(os.listdir(folder)) == n_jobs)
    return os.getpid(), blocked()

def are_gone(processes):
    return not any(Path(f"/proc/{process}").exists() for process in processes)

folder, idle_worker_timeout, n_jobs_of_runs = sys.argv[1], *map(json.loads, sys.argv[2:])
runs = []
with joblib.parallel_config(Workers(idle_worker_timeout=idle_worker_timeout)):
    for number, n_jobs in enumerate(n_jobs_of_runs):
        met = Path(folder, str(number))
        met.mkdir()
        tasks = (joblib.delayed(look)(met, n_jobs) for _ in range(n_jobs))
        runs.append(dict(joblib.Parallel(n_jobs)(tasks)))
        if idle_worker_timeout < 10:
            wait_until(lambda: are_gone(runs[-1]))
print(json.dumps([runs, blocked()]))
"""


def seen_in(folder, *n_jobs_of_runs, idle_worker_timeout=60):
    """Give the process and whether it blocks Ctrl-C, for each worker of each run."""
    command = [sys.executable, "-c", PROGRAM, str(folder), str(idle_worker_timeout)]
    finished = subprocess.run(
        [*command, json.dumps(n_jobs_of_runs)], capture_output=True, text=True, check=True
    )
    runs, in_command = json.loads(finished.stdout)
    assert [len(run) for run in runs] == [*n_jobs_of_runs]
    assert not in_command
    return runs


@pytest.mark.parametrize("n_jobs_of_runs", [[2], [2, 3], [3, 2]])
def test_workers_leave_the_interrupt_to_the_command(n_jobs_of_runs, tmp_path):
    for run in seen_in(tmp_path, *n_jobs_of_runs):
        assert all(run.values())


def test_the_command_itself_may_be_interrupted(tmp_path):
    (run,) = seen_in(tmp_path, 1)
    assert not any(run.values())


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_workers_in_place_of_those_that_have_ended_do_likewise(tmp_path):
    first, second = seen_in(tmp_path, 2, 2, idle_worker_timeout=0.5)
    assert not first.keys() & second.keys()
    assert all(second.values())
