"""Each script of the gallery runs, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted((ROOT / "examples").glob("plot_*.py"))


def test_scripts_are_numbered_in_reading_order():
    numbers = [script.stem.split("_")[1] for script in SCRIPTS]
    assert numbers == [f"{number:02}" for number in range(1, len(SCRIPTS) + 1)]
    assert numbers


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_script_runs(script, tmp_path):
    pytest.importorskip("matplotlib", reason="the examples draw with matplotlib")
    # The examples run on the code beside them, installed or not.
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    finished = subprocess.run(
        [sys.executable, "-W", "error:::__main__", script],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout
    assert list(tmp_path.iterdir()) == []
