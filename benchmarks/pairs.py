"""Ours and the rivals in turn: medians, ratios and a table."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def seconds_in_turn(
    contestants: Mapping[str, Callable[[], object]], n_rounds: int = 5
) -> dict[str, float]:
    """Run each contestant once per round, so that all meet the same noise; give medians."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(n_rounds):
        for name, run in contestants.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in seconds.items()}


def answer_of_fresh_process(script: str, *arguments: str) -> Any:
    """Run a script in a process of its own, and read the line of JSON that it prints last."""
    command = [sys.executable, script, *arguments]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output.splitlines()[-1])


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a header, the first column to the left and numbers to the right."""
    cells = [list(map(str, row)) for row in [header, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    for row in cells:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join([first.strip().ljust(widths[0]), *others]).rstrip(), flush=True)
