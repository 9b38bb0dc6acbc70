"""Fit extreme data with extreme parameters: each fit ends in probabilities or a documented error.

    python benchmarks/extremes.py --n-fits 2000

Hypothesis draws images, labels, weights and parameters (tests/extreme_fits.py); NumPy trains most
of the networks, and a backend one in ten. Prints how many fits ended how, and each case that broke
a rule: an error that is not documented, probabilities that are not finite or do not sum to one,
labels that are not the most probable ones, or anything that was changed: the arguments, the
parameters, generators, threads, filters of warnings or the configuration of Keras.
"""

from __future__ import annotations

import argparse
import collections
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from extreme_fits import cases, check
from hypothesis import HealthCheck, Phase, given, seed, settings
from pairs import print_table

from skdigits.programs._backend import require_backend


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-fits", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    n_on_backend = arguments.n_fits // 10
    ends: collections.Counter[str] = collections.Counter()
    for on_backend, n_fits in [(False, arguments.n_fits - n_on_backend), (True, n_on_backend)]:
        if on_backend:
            require_backend()  # Its import changes filters of warnings.

        @seed(arguments.seed)
        @settings(
            max_examples=n_fits,
            phases=[Phase.generate],
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(cases(on_backend=on_backend))
        def fit(case: object) -> None:
            try:
                ends[check(case)] += 1
            except Exception:
                ends["broken"] += 1
                print(case, traceback.format_exc(limit=-4), sep="\n", file=sys.stderr, flush=True)

        fit()
    print_table(["end", "fits"], [[end, f"{n:,}"] for end, n in ends.most_common()])


if __name__ == "__main__":
    main()
