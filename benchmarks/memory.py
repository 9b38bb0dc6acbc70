"""Memory: 200 fits of alternating architectures, a fit of data of MNIST's size, a large picture.

Each runs in a fresh process. Resident sets are read from ``/proc``, so this needs Linux.

    python benchmarks/memory.py
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

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
    import numpy as np

    from skdigits import KerasDigitClassifier

    X = np.random.default_rng(0).random((60_000, 784), dtype=np.float32)
    y = np.arange(60_000) % 10
    KerasDigitClassifier("mlp", epochs=1).fit(X[:500], y[:500])
    for architecture in ("mlp", "auto"):
        Path("/proc/self/clear_refs").write_text("5")  # sets the peak back
        before = resident()
        KerasDigitClassifier(architecture, epochs=1, random_state=0).fit(X, y)
        growth = resident("VmHWM") - before
        print(
            f"fit of 60,000 x 784 float32 ({X.nbytes / MEGABYTE:.0f} MB), {architecture}: peak "
            f"{growth:+.0f} MB above the memory before, {growth * MEGABYTE / X.nbytes:.2f} of the "
            "rows (asked: 2.5)"
        )


def frame_picture() -> None:
    import numpy as np

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


RUNS = {"often": fit_often, "mnist": fit_mnist, "picture": frame_picture}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", help=f"some of {', '.join(RUNS)} (default: all)")
    parser.add_argument("--run", choices=RUNS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        RUNS[arguments.run]()
        return
    for name in arguments.what or RUNS:
        subprocess.run([sys.executable, __file__, "--run", name], check=True)


if __name__ == "__main__":
    main()
