"""Successive halving against the full grid: seconds and best score on 10,000 images of MNIST.

Both searches are those of ``architecture_search``, over the same candidates and folds, the refit of
the winner included. Each runs in a fresh process; importing is not timed, compiling is. The winners
are then scored on MNIST's test images, which chose nothing.

    python benchmarks/halving.py --budget small
"""

import argparse
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from pairs import answer_of_fresh_process, print_table

STRATEGIES = ("grid", "halving")


def run(strategy: str, budget: str, n_rows: int) -> None:
    """Search once, and print what was found as a line of JSON."""
    import keras  # noqa: F401  (imported before the clock starts)
    import numpy as np

    from skdigits.datasets import fetch_mnist
    from skdigits.search import architecture_search

    X, y = fetch_mnist(subset="train", return_X_y=True)
    rows = np.random.default_rng(0).permutation(len(X))[:n_rows]
    search = architecture_search(budget, strategy=strategy, random_state=0)
    started, cpu_started = time.perf_counter(), time.process_time()
    search.fit(X[rows], y[rows])
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    results = search.cv_results_
    epochs = [
        search.estimator.set_params(**parameters)[-1].epochs for parameters in results["params"]
    ]
    found = {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "epochs": int(np.sum(epochs)) * search.n_splits_,
        "fits": len(epochs) * search.n_splits_,
        "score": search.best_score_,
        "spread": results["std_test_score"][search.best_index_],
        "test": search.score(*fetch_mnist(subset="test", return_X_y=True)),
        "best": str({name.split("__", 1)[1]: value for name, value in search.best_params_.items()}),
    }
    print(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budget", default="small", choices=("small", "medium", "large"))
    parser.add_argument("--n-rows", type=int, default=10_000)
    parser.add_argument("--run", choices=STRATEGIES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run(arguments.run, arguments.budget, arguments.n_rows)
        return
    options = ("--budget", arguments.budget, "--n-rows", str(arguments.n_rows))
    found = {
        name: answer_of_fresh_process(__file__, "--run", name, *options) for name in STRATEGIES
    }
    print_table(
        [
            f"{arguments.budget}, {arguments.n_rows:,} rows",
            *("fits", "epochs", "seconds", "processor s", "best score", "sd", "test accuracy"),
        ],
        [
            [name, it["fits"], it["epochs"], f"{it['seconds']:.0f}", f"{it['cpu_seconds']:.0f}",
             f"{it['score']:.4f}", f"{it['spread']:.4f}", f"{it['test']:.4f}"]
            for name, it in found.items()
        ],
    )  # fmt: skip
    grid, halving = found["grid"], found["halving"]
    print(
        f"halving takes {halving['seconds'] / grid['seconds']:.2f} of the grid's seconds, "
        f"{halving['cpu_seconds'] / grid['cpu_seconds']:.2f} of its processor seconds and "
        f"{halving['epochs'] / grid['epochs']:.2f} of its epochs, and its best score is "
        f"{halving['score'] / grid['score']:.4f} of the grid's."
    )
    for name, it in found.items():
        print(f"{name} chooses {it['best']}")


if __name__ == "__main__":
    main()
