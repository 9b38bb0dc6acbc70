"""Read thousands of damaged and hostile files: each ends in an estimator or in a ValueError.

    python benchmarks/fuzz_files.py --n-files 10000

Every file is made from a sound one by a seeded mutation of tests/file_mutations.py: bytes flipped,
cut or doubled; members of the archive altered, with right checksums; values of the schema replaced
by others that an attacker might choose; arrays enlarged or put in the place of others. What can be
read must predict probabilities, or refuse in a ValueError, too. Prints how many files ended how,
the slowest, and the most memory taken.
"""

from __future__ import annotations

import argparse
import collections
import resource
import sys
import time
import warnings
from pathlib import Path

from sklearn.datasets import load_digits

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from file_mutations import MUTATIONS, mutated, outcome, sound_files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    images = load_digits().data[:5] / 16
    files = sound_files()
    ends: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    slowest = 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(arguments.n_files):
        name = MUTATIONS[number % len(MUTATIONS)].__name__
        content = mutated(files, number, arguments.seed)
        started = time.perf_counter()
        try:
            ends[name][outcome(content, images)] += 1
        except Exception as error:
            ends[name][f"{type(error).__name__}"] += 1
            print(f"file {number} by {name}: {type(error).__name__}: {str(error)[:300]}")
        slowest = max(slowest, time.perf_counter() - started)
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    for name, counts in ends.items():
        print(f"{name:20} {dict(counts)}")
    print(f"{arguments.n_files} files, the slowest {slowest:.2f} s, {taken / 1024:.0f} MB more")


if __name__ == "__main__":
    main()
