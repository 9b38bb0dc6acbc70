"""What the number of threads changes: the same fit in fresh processes of 1, 2 and 2 threads.

python benchmarks/threads.py
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from pairs import print_table
from sklearn.datasets import load_digits

ARCHITECTURES = ("softmax", "mlp", "lenet5", "convnet")
N_THREADS = (1, 2, 2)


def fit(architecture: str, side: int, path: str) -> None:
    """Fit, and save the weights and the labels predicted."""
    from skdigits import KerasDigitClassifier

    images, labels = load_digits().images / 16, load_digits().target
    margin = (side - 8) // 2
    images = np.pad(images, [(0, 0), (margin, margin), (margin, margin)])
    classifier = KerasDigitClassifier(architecture, epochs=8, random_state=0).fit(images, labels)
    np.savez(path, *classifier.weights_, predicted=classifier.predict(images))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fit", nargs=3, metavar=("ARCHITECTURE", "SIDE", "FILE"))
    arguments = parser.parse_args()
    if arguments.fit:
        architecture, side, path = arguments.fit
        fit(architecture, int(side), path)
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for architecture in ARCHITECTURES:
            for side in (8, 28):
                one, two, two_again = (
                    run(architecture, side, n_threads, Path(folder) / f"{i}.npz")
                    for i, n_threads in enumerate(N_THREADS)
                )
                rows.append(
                    [f"{architecture} {side}x{side}", difference(two, two_again),
                     difference(one, two), np.sum(one["predicted"] != two["predicted"])]
                )  # fmt: skip
    print_table(
        ["largest difference of a weight", "2 and 2 threads", "1 and 2 threads",
         "labels that differ of 1,797"],
        rows,
    )  # fmt: skip


def run(architecture: str, side: int, n_threads: int, path: Path) -> dict[str, np.ndarray]:
    command = [sys.executable, __file__, "--fit", architecture, str(side), str(path)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(n_threads)}
    subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)
    with np.load(path) as saved:
        return dict(saved)


def difference(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> str:
    largest = max(np.abs(first[name] - second[name]).max() for name in first if name[:3] == "arr")
    return "0" if largest == 0 else f"{largest:.0e}"


if __name__ == "__main__":
    main()
