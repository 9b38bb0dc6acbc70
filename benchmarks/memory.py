"""Memory: 200 fits of alternating architectures, a fit of data of MNIST's size, a large picture.

Each runs in a fresh process. Resident sets are read from ``/proc``, so this needs Linux. "large" is
2 million distorted digits of MNIST in a memory map, which `fit` and `partial_fit` train on in turn.

    python benchmarks/memory.py
    python benchmarks/memory.py large
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from figures import WRITING, written_to

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

MEGABYTE = 2**20


def resident(field: str = "VmRSS") -> float:
    """Read the resident set of this process, or its peak ("VmHWM"), in megabytes."""
    status = Path("/proc/self/status").read_text()
    (kilobytes,) = re.findall(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)
    return int(kilobytes) * 1024 / MEGABYTE


def fit_often(n_fits: int = 200, n_warm: int = 20) -> None:
    from sklearn.datasets import load_digits

    from skdigits import KerasDigitClassifier
    from skdigits.architectures import MLP, ConvNet, LeNet5, Softmax

    X, y = load_digits(return_X_y=True)
    X /= 16
    architectures = [Softmax(), MLP((64,)), MLP((32, 32)), LeNet5(), ConvNet()]
    for i in range(n_fits):
        if i == n_warm:
            warm = resident()
        architecture = architectures[i % len(architectures)]
        KerasDigitClassifier(architecture, epochs=2, random_state=i).fit(X, y).predict(X)
    print(f"fits {n_warm} to {n_fits}: {resident() - warm:+.1f} MB (asked: below 50)")


def fit_mnist() -> None:
    from skdigits import KerasDigitClassifier

    X = np.random.default_rng(0).random((60_000, 784), dtype=np.float32)
    y = np.arange(60_000) % 10
    for architecture in ("mlp", "auto"):
        # The import of a backend is not part of a fit.
        KerasDigitClassifier(architecture, epochs=1).fit(X[:500], y[:500])
        Path("/proc/self/clear_refs").write_text("5")  # sets the peak back
        before = resident()
        KerasDigitClassifier(architecture, epochs=1, random_state=0).fit(X, y)
        growth = resident("VmHWM") - before
        print(
            f"fit of 60,000 x 784 float32 ({X.nbytes / MEGABYTE:.0f} MB), {architecture}: peak "
            f"{growth:+.0f} MB above the memory before, {growth * MEGABYTE / X.nbytes:.2f} of the "
            "rows (asked: 2.5)"
        )


def fit_large(n_rows: int = 2_000_000) -> None:
    from skdigits.datasets import fetch_mnist

    X, y = fetch_mnist(subset="train", return_X_y=True, download_if_missing=False)
    with TemporaryDirectory() as folder:
        path = Path(folder, "digits.npy")
        rows = np.lib.format.open_memmap(path, "w+", np.uint8, (n_rows, X.shape[1]))
        labels = _write_distorted(rows, X, y)
        rows.flush()
        del rows
        for architecture in ("mlp", "auto"):
            _fit_map(architecture, np.load(path, mmap_mode="r"), labels)


def _fit_map(
    architecture: str, rows: np.memmap, labels: np.ndarray, n_rows_per_call: int = 50_000
) -> None:
    from skdigits import KerasDigitClassifier

    classifier = KerasDigitClassifier(
        architecture, epochs=1, batch_size=256, learning_rate_schedule="constant",
        pixel_range=(0, 255), random_state=0,
    )  # fmt: skip
    classifier.fit(rows[:5_000], labels[:5_000])
    before, started = resident("RssAnon"), time.perf_counter()
    peak = peak_of_anonymous(lambda: classifier.fit(rows, labels))
    of_fit = len(rows) / (time.perf_counter() - started)
    print(
        f"fit of {len(rows):,} x {rows.shape[1]} uint8 ({rows.nbytes / MEGABYTE:.0f} MB), "
        f"{architecture}: peak {(peak - before) * MEGABYTE / rows.nbytes:.2f} of the rows above "
        f"the memory before (asked: 1.3), {of_fit:,.0f} rows per second",
        flush=True,
    )
    started = time.perf_counter()
    for start in range(0, len(rows), n_rows_per_call):
        part = slice(start, start + n_rows_per_call)
        classifier.partial_fit(rows[part], labels[part])
    of_parts = len(rows) / (time.perf_counter() - started)
    print(
        f"partial_fit, {n_rows_per_call:,} rows at a time: {of_parts:,.0f} rows per second, "
        f"{of_parts / of_fit:.2f} of fit (asked: 0.9)",
        flush=True,
    )


def _write_distorted(rows: np.memmap, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Fill rows with digits that are turned, sheared, scaled and moved; return their labels."""
    from scipy.ndimage import affine_transform

    random = np.random.default_rng(0)
    chosen = random.integers(len(X), size=len(rows))
    matrices = np.eye(2) + random.normal(0, 0.1, (len(rows), 2, 2))
    centre = np.array([13.5, 13.5])
    moves = centre + random.uniform(-2, 2, (len(rows), 2))
    for i, place in enumerate(chosen):
        digit = X[place].reshape(28, 28)
        offset = moves[i] - matrices[i] @ centre
        affine_transform(
            digit, matrices[i], offset, output=rows[i].reshape(28, 28), order=1, prefilter=False
        )
    return y[chosen]


def peak_of_anonymous(run: Callable[[], object]) -> float:
    """Run, and return the peak of the memory that no file backs, in megabytes."""
    import threading

    peaks, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            peaks[0] = max(peaks[0], resident("RssAnon"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        run()
    finally:
        done.set()
        watcher.join()
    return peaks[0]


def frame_picture() -> None:
    from skdigits.preprocessing import DigitFramer

    def picture(side: int) -> np.ndarray:
        pixels = np.ones((side, side, 4))
        pixels[side // 4 : -side // 4, side * 4 // 9 : side * 5 // 9, :3] = 0
        return pixels

    DigitFramer().fit_transform([picture(100)])
    large = picture(7_000)
    Path("/proc/self/clear_refs").write_text("5")  # sets the peak back
    before = resident()
    DigitFramer().fit_transform([large])
    growth = resident("VmHWM") - before
    print(
        f"framing of 49 megapixels, red, green, blue and opacity, float64 "
        f"({large.nbytes / MEGABYTE:.0f} MB): peak {growth:+.0f} MB above the memory before"
    )


RUNS = {"often": fit_often, "mnist": fit_mnist, "picture": frame_picture, "large": fit_large}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[WRITING])
    parser.add_argument(
        "what", nargs="*", help=f"some of {', '.join(RUNS)} (default: all but large)"
    )
    parser.add_argument("--run", choices=RUNS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        RUNS[arguments.run]()
        return
    with written_to(arguments.write):
        for name in arguments.what or [name for name in RUNS if name != "large"]:
            command = [sys.executable, __file__, "--run", name]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                for line in process.stdout:
                    print(line, end="", flush=True)
            if process.returncode:
                sys.exit(process.returncode)


if __name__ == "__main__":
    main()
