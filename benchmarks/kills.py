"""Kill processes that save an estimator or a checkpoint: the old file or the new one is whole.

    python benchmarks/kills.py --n-kills 1000

Each process replaces a file and is killed (SIGKILL): one of three after a random time, one before a
random call of a function, and one before one of the last calls. Prints how often the file was the
old one, the new one or damaged, and how often a hidden part of a file was left beside it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from killed_writers import WRITERS, outcomes
from pairs import print_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    names = ("old", "new", "damaged", "parts left")
    rows = []
    for kind, writer in WRITERS.items():
        counts = outcomes(writer(), arguments.n_kills, arguments.seed)
        rows.append([kind, *(f"{counts.get(name, 0):,}" for name in names)])
    print_table(["file", *names], rows)


if __name__ == "__main__":
    main()
