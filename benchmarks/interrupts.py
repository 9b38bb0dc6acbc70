"""Press Ctrl-C at random moments: what becomes of the work, and does the next call succeed?

    python benchmarks/interrupts.py --n-moments 200

Fits, searches, comparisons and predictions are interrupted (SIGINT), half of them after a random
time and half at a random call of a function; half of the programs are new. For each kind of work,
prints how often the estimator was as before, had the weights reached so far, was fitted to the end
because the interrupt came too late, or was anything else; how often the next call gave the bits of
one that nobody interrupts; and how often a program stayed lent, a lock held, or a setting of the
process changed. `--backend` adds networks that a backend of Keras trains.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from interrupted_work import BACKEND_WORK, ENDS, LEFT, WORK, outcomes
from pairs import print_table

_PATIENCE = 3600  # seconds for one kind of work, after which it hangs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-moments", type=int, default=200, help="of all kinds of work together")
    parser.add_argument("--backend", action="store_true", help="also networks that Keras trains")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    kinds = {**WORK, **(BACKEND_WORK if arguments.backend else {})}
    n_moments = -(-arguments.n_moments // len(kinds))
    names = [*ENDS, "next call works", *LEFT]
    rows = []
    for kind, work in kinds.items():
        faulthandler.dump_traceback_later(_PATIENCE, exit=True)
        counts = outcomes(work(), n_moments, arguments.seed)
        rows.append([kind, n_moments, *(counts.get(name, 0) for name in names)])
    faulthandler.cancel_dump_traceback_later()
    print_table(["work", "interrupted", *names], rows)


if __name__ == "__main__":
    main()
