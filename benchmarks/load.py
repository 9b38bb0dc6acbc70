"""A process under load: rows from many threads, very many rows, and work that goes on and on.

Fits, candidates of a search and readings of a page are repeated; the last quarter should be as
quick as the third, and the last half should take no more memory, open files or threads. These are
read from ``/proc``, so this needs Linux. Each part runs in a fresh process.

    python benchmarks/load.py
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import numpy as np
from figures import WRITING, written_to
from made_fields import make_page
from memory import MEGABYTE, peak_of_anonymous, resident
from pairs import answer_of_fresh_process, print_table
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP, ConvNet, LeNet5, Softmax
from skdigits.datasets import fetch_mnist
from skdigits.reading import DigitReader, load_reader

N_SINGLE_ROWS, N_FITS, N_CANDIDATES, N_PAGES = 10_000, 500, 200, 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[WRITING])
    parser.add_argument("--part", nargs=2, metavar=("NAME", "PLACE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        name, place = arguments.part
        print(json.dumps(PARTS[name][int(place)]()))
        return
    with written_to(arguments.write):
        for name, header in HEADERS.items():
            places = map(str, range(len(PARTS[name])))
            rows = [answer_of_fresh_process(__file__, "--part", name, place) for place in places]
            print_table(header, rows)
            print()


def single_rows(n_threads: int) -> list[str]:
    """Predict one row at a time in several threads, which share the processors."""
    rows = np.random.default_rng(0).integers(0, 256, (500, 784), dtype=np.uint8)
    classifier = KerasDigitClassifier(epochs=1, random_state=0)
    pipeline = make_pipeline(PixelScaler(), classifier).fit(rows, np.arange(500) % 10)

    def predict(number: int) -> float:
        started = time.perf_counter()
        pipeline.predict(rows[number % 500 :][:1])
        return time.perf_counter() - started

    with ThreadPoolExecutor(n_threads) as threads:
        list(threads.map(predict, range(100)))
        seconds = list(threads.map(predict, range(N_SINGLE_ROWS)))
    median, late = 1e3 * np.percentile(seconds, [50, 99])
    return [f"{n_threads}", f"{median:.2f}", f"{late:.2f}"]


def many_rows(n_rows: int, side: int, scaled_by: str) -> list[str]:
    """Fit a small network to very many rows for an epoch, and predict them, in turn."""
    rows = np.random.default_rng(0).integers(0, 256, (n_rows, side**2), dtype=np.uint8)
    labels = np.arange(n_rows) % 10
    network = KerasDigitClassifier(MLP((32,)), epochs=1, batch_size=500, random_state=0)
    if scaled_by == "PixelScaler":
        classifier = make_pipeline(PixelScaler(), network)
    else:
        classifier = network.set_params(pixel_range=(0, 255))
    classifier.fit(rows[:5_000], labels[:5_000])
    shares = []
    for run in (lambda: classifier.fit(rows, labels), lambda: classifier.predict_proba(rows)):
        before = resident("RssAnon")
        shares.append((peak_of_anonymous(run) - before) * MEGABYTE / rows.nbytes)
    name = f"{n_rows:,} of {side}x{side}, {rows.nbytes / MEGABYTE:.0f} MB, {scaled_by}"
    return [name, *(f"{share:.2f}" for share in shares)]


class ResourceLog:
    """When each of many items was done, and what the process took then."""

    def __init__(self) -> None:
        self._lines: list[tuple[float, ...]] = []

    def record(self) -> None:
        """Note the time, and the memory, open files and threads of this process."""
        n_files, n_threads = (len(os.listdir(f"/proc/self/{what}")) for what in ("fd", "task"))
        self._lines.append((time.perf_counter(), resident(), n_files, n_threads))

    def row(self, name: str) -> list[str]:
        """Compare the third and the last quarter."""
        lines = np.array(self._lines)
        half, quarter = len(lines) // 2, len(lines) // 4
        third, last = (
            1e3 * np.diff(lines[part, 0]).mean()
            for part in (slice(-half - 1, -quarter), slice(-quarter - 1, None))
        )
        megabytes, n_files, n_threads = lines[-1, 1:] - lines[-half - 1, 1:]
        return [
            f"{len(lines):,} {name}", f"{third:.1f}", f"{last:.1f}", f"{last / third:.2f}",
            f"{megabytes:+.1f}", f"{n_files:+.0f}", f"{n_threads:+.0f}",
        ]  # fmt: skip


def fits() -> list[str]:
    """Fit networks of five architectures in turn."""
    X, y = load_digits(return_X_y=True)
    architectures = [Softmax(), MLP((64,)), MLP((32, 32)), LeNet5(), ConvNet()]
    log = ResourceLog()
    for number in range(N_FITS):
        architecture = architectures[number % len(architectures)]
        KerasDigitClassifier(architecture, epochs=2, random_state=number).fit(X / 16, y)
        log.record()
    return log.row("fits of 5 architectures")


def candidates() -> list[str]:
    """Search many learning rates, each on one fold."""
    X, y = load_digits(return_X_y=True)
    log = ResourceLog()

    def score(classifier: BaseEstimator, X: np.ndarray, y: np.ndarray) -> float:
        log.record()
        return classifier.score(X, y)

    classifier = KerasDigitClassifier(MLP((64,)), epochs=10, batch_size=64, random_state=0)
    rates = {"learning_rate": np.geomspace(0.0005, 0.01, N_CANDIDATES)}
    holdout = [(np.arange(1_000), np.arange(1_000, 1_797))]
    GridSearchCV(classifier, rates, cv=holdout, scoring=score, refit=False).fit(X / 16, y)
    return log.row("candidates of a search")


def pages() -> list[str]:
    """Read twenty pages again and again."""
    X, _ = fetch_mnist(subset="test", return_X_y=True, download_if_missing=False)
    random = np.random.default_rng(0)
    photos = [
        make_page(X.reshape(-1, 28, 28)[random.integers(0, len(X), (5, 2, 5))], random)
        for _ in range(20)
    ]
    reader = DigitReader(load_reader())
    log = ResourceLog()
    for number in range(N_PAGES):
        reader.read(photos[number % len(photos)])
        log.record()
    return log.row("pages of 50 digits read")


HEADERS = {
    "single rows": [f"{N_SINGLE_ROWS:,} single rows of 28x28, threads", "p50 ms", "p99 ms"],
    "many rows": ["most memory / that of uint8 rows", "fit", "predict_proba"],
    "long runs": [
        "one after the other", "third quarter ms", "last quarter ms", "ratio",
        "last half: MB", "files", "threads",
    ],
}  # fmt: skip
PARTS: dict[str, list[Callable[[], list[str]]]] = {
    "single rows": [partial(single_rows, 1), partial(single_rows, 8)],
    "many rows": [
        partial(many_rows, n_rows, side, scaled_by)
        for n_rows, side in [(1_000_000, 8), (300_000, 28)]
        for scaled_by in ("PixelScaler", "pixel_range")
    ],
    "long runs": [fits, candidates, pages],
}

if __name__ == "__main__":
    main()
