"""Read thousands of damaged and hostile files: each ends in what it holds or in a ValueError.

    python benchmarks/fuzz_files.py models
    python benchmarks/fuzz_files.py pictures

Every file is made from a sound one by a seeded mutation. Of models (tests/file_mutations.py): bytes
flipped, cut or doubled; members of the archive altered, with right checksums; values of the schema
replaced by others that an attacker might choose; arrays enlarged or put in the place of others.
What can be read must predict probabilities, or refuse in a ValueError, too. Of pictures in all
formats (tests/picture_mutations.py): bytes likewise, numbers in headers, parts moved, and two files
spliced. Prints how many files ended how, and the slowest, the most memory taken, and what Python
reported that reading a file must not do (tests/audited.py), such as to import a module.
"""

from __future__ import annotations

import argparse
import collections
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from sklearn.datasets import load_digits

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import file_mutations
import picture_mutations
from audited import watched

N_FILES = {"models": 30_000, "pictures": 10_000}
Case = tuple[str, Callable[[], str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=N_FILES)
    parser.add_argument("--n-files", type=int)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    n_files = arguments.n_files or N_FILES[arguments.kind]
    with TemporaryDirectory() as folder:
        make = models() if arguments.kind == "models" else pictures(Path(folder, "picture"))
        read(n_files, lambda number: make(number, arguments.seed))


def models() -> Callable[[int, int], Case]:
    images = load_digits().data[:5] / 16
    files = file_mutations.sound_files()
    file_mutations.warm_up(files, images)

    def make(number: int, seed: int) -> Case:
        mutation, content = file_mutations.mutated(files, number, seed)
        return mutation, lambda: file_mutations.outcome(content, images)

    return make


def pictures(path: Path) -> Callable[[int, int], Case]:
    picture_mutations.warm_up(path)

    def make(number: int, seed: int) -> Case:
        mutation, content = picture_mutations.mutated_picture(number, seed)
        path.write_bytes(content)
        return mutation, lambda: picture_mutations.outcome(path)

    return make


def read(n_files: int, make: Callable[[int], Case]) -> None:
    ends: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    n_reports, slowest = 0, 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(n_files):
        mutation, run = make(number)
        started = time.perf_counter()
        with watched() as reports:
            try:
                ends[mutation][run()] += 1
            except Exception as error:
                ends[mutation][type(error).__name__] += 1
                print(f"file {number} by {mutation}: {type(error).__name__}: {str(error)[:300]}")
        slowest = max(slowest, time.perf_counter() - started)
        n_reports += len(reports)
        for report in reports:
            print(f"file {number} by {mutation}: {report}", flush=True)
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    for mutation, counts in ends.items():
        print(f"{mutation:20} {dict(counts)}")
    print(
        f"{n_files:,} files, the slowest {slowest:.2f} s, {taken / 1024:.0f} MB more, "
        f"{n_reports} reports"
    )


if __name__ == "__main__":
    main()
