"""How seconds grow with the number of rows, of candidates, and with n_jobs.

Rows are MNIST's where its files are found (see ``skdigits.datasets.fetch_mnist``), else random.
Each number of jobs searches in a fresh process, so that starting the workers counts.

    python benchmarks/growth.py
    python benchmarks/growth.py --plot docs/images/growth.svg
"""

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from figures import WRITING, written_to
from mnist import scaled_mnist
from pairs import answer_of_fresh_process, print_table
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP, ConvNet

N_ROWS = (1_000, 3_000, 10_000, 30_000, 60_000)
N_CANDIDATES = (1, 3, 6, 12, 24)
N_JOBS = (1, 2)
LEARNING_RATES = np.geomspace(0.0005, 0.01, 24)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[WRITING])
    parser.add_argument("--plot", metavar="FILE", help="draw what was measured")
    parser.add_argument("--rounds", type=int, default=3, help="of the searches with n_jobs")
    parser.add_argument("--search", type=int, metavar="N_JOBS", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.search:
        print(json.dumps(search(arguments.search)))
        return
    warnings.simplefilter("ignore", ConvergenceWarning)
    with written_to(arguments.write):
        rows = against_rows()
        print()
        candidates = against_candidates()
        print()
        jobs = against_jobs(arguments.rounds)
    if arguments.plot:
        draw(arguments.plot, rows, candidates, jobs)


def against_rows() -> dict[str, dict[int, float]]:
    """Fit one epoch of more and more rows; the programs are compiled before."""
    X, y = mnist_or_noise()
    contestants = {
        "MLP, 1 epoch": KerasDigitClassifier(MLP(), epochs=1, batch_size=128, random_state=0),
        "ConvNet, 1 epoch": KerasDigitClassifier(
            ConvNet(), epochs=1, batch_size=128, random_state=0
        ),
        "logistic regression": LogisticRegression(max_iter=50, tol=1e-9),
    }
    found = {
        name: {n: seconds(lambda e=e, n=n: e.fit(X[:n], y[:n])) for n in N_ROWS}
        for name, e in contestants.items()
    }
    print_table(
        ["seconds of a fit", *(f"{n:,} rows" for n in N_ROWS)],
        [[name, *(f"{value:.2f}" for value in of_n.values())] for name, of_n in found.items()],
    )
    return found


def against_candidates() -> dict[int, float]:
    """Search more and more learning rates, in 5 folds of load_digits."""
    X, y = load_digits(return_X_y=True)
    classifier = KerasDigitClassifier(MLP((64,)), epochs=20, batch_size=64, random_state=0)

    def run(n: int) -> None:
        rates = {"learning_rate": LEARNING_RATES[:n]}
        GridSearchCV(classifier, rates, cv=5, refit=False).fit(X / 16, y)

    found = {n: seconds(lambda n=n: run(n)) for n in N_CANDIDATES}
    print_table(
        ["search of", *(f"{n} candidates" for n in N_CANDIDATES)],
        [["seconds", *(f"{value:.2f}" for value in found.values())]],
    )
    return found


def against_jobs(n_rounds: int) -> dict[int, float]:
    """Search in one process and in two."""
    times: dict[int, list[float]] = {n: [] for n in N_JOBS}
    for _ in range(n_rounds):
        for n in N_JOBS:
            times[n].append(answer_of_fresh_process(__file__, "--search", str(n)))
    found = {n: float(np.median(values)) for n, values in times.items()}
    print_table(
        ["120 fits of a small network", *(f"n_jobs={n}" for n in N_JOBS), "ratio", "asked"],
        [["seconds", *(f"{found[n]:.1f}" for n in N_JOBS), f"{found[1] / found[2]:.2f}", 1.6]],
    )
    return found


def search(n_jobs: int) -> float:
    X, y = load_digits(return_X_y=True)
    classifier = KerasDigitClassifier(
        ConvNet((8,), hidden_layer_sizes=(32,), normalization=None), epochs=24, batch_size=64,
        random_state=0,
    )  # fmt: skip
    rates = {"learning_rate": LEARNING_RATES}
    run = GridSearchCV(classifier, rates, cv=5, refit=False, n_jobs=n_jobs)
    started = time.perf_counter()
    run.fit(X / 16, y)
    return time.perf_counter() - started


def mnist_or_noise() -> tuple[np.ndarray, np.ndarray]:
    try:
        return scaled_mnist("train")
    except OSError as error:
        print(f"random rows instead of MNIST: {error}")
        generator = np.random.default_rng(0)
        return generator.random((60_000, 784), dtype=np.float32), np.arange(60_000) % 10


def seconds(run: Callable[[], object]) -> float:
    """Give the seconds of the second run: the first one compiles."""
    for _ in range(2):
        started = time.perf_counter()
        run()
        elapsed = time.perf_counter() - started
    return elapsed


def draw(
    path: str,
    rows: dict[str, dict[int, float]],
    candidates: dict[int, float],
    jobs: dict[int, float],
) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (of_rows, of_candidates, of_jobs) = plt.subplots(
        1, 3, figsize=(10, 3.2), width_ratios=(3, 2, 1), layout="constrained"
    )
    for (name, found), marker in zip(rows.items(), "osD", strict=True):
        of_rows.loglog(list(found), list(found.values()), marker=marker, label=name)
    of_rows.set(xlabel="rows of 28x28 pixels", ylabel="seconds of a fit")
    of_rows.legend()
    of_candidates.plot(list(candidates), list(candidates.values()), marker="o")
    of_candidates.set(xlabel="candidates, 5 folds each", ylabel="seconds of a search", ylim=0)
    of_jobs.bar([str(n) for n in jobs], list(jobs.values()))
    of_jobs.set(xlabel="n_jobs", ylabel="seconds of a search")
    for axes in (of_rows, of_candidates, of_jobs):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


if __name__ == "__main__":
    main()
