"""What a fresh process costs: imports, loading a classifier to predict one row, reading a photo.

Whole processes in turn, in seconds of the clock and of the processor. Beside them the imports of
scikit-learn, which skdigits builds on, of Keras with its backend, and of onnxruntime.

    python benchmarks/import_time.py
    python benchmarks/import_time.py --photo photo.png --rounds 5
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from pairs import print_table

PREDICT = """
import sys
import numpy as np
from skdigits.persistence import read_estimator
read_estimator(sys.argv[1]).predict(np.zeros((1, 784), np.float32))
"""
STATEMENTS = {
    "import scikit-learn": "import sklearn.pipeline, sklearn.model_selection",
    "import skdigits": "import skdigits",
    "import its classifier": "from skdigits import KerasDigitClassifier",
    "load, predict one row": PREDICT,
    "import keras": "import keras; keras.ops.ones(1)",
    "import onnxruntime": "import onnxruntime",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--photo", help="picture to read (default: one is drawn)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stored = Path(folder) / "digits.skops"
        store_classifier(stored)
        photo = arguments.photo or draw_photo(Path(folder) / "photo.png")
        commands = {
            name: [sys.executable, "-c", statement, str(stored)]
            for name, statement in STATEMENTS.items()
        }
        commands["skdigits read"] = [sys.executable, "-m", "skdigits", "read", str(photo)]
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                times[name].append(seconds_of(command))
    medians = {
        name: [statistics.median(column) for column in zip(*pairs, strict=True)]
        for name, pairs in times.items()
    }
    _, base = medians["import scikit-learn"]
    print_table(
        ["process", "seconds", "of the processor", "ratio"],
        [
            [name, f"{seconds:.2f}", f"{of_processor:.2f}", f"{of_processor / base:.2f}"]
            for name, (seconds, of_processor) in medians.items()
        ],
    )
    print("asked: read 1.5 s, load and predict 1.0 s, import of skdigits 1.1 of scikit-learn's")


def seconds_of(command: list[str]) -> tuple[float, float]:
    """Run a process, and return the seconds of the clock and of the processor."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds, after = time.perf_counter() - started, os.times()
    used = after.children_user + after.children_system
    return seconds, used - before.children_user - before.children_system


def store_classifier(path: Path) -> None:
    """Store the default network for images of 28x28 pixels, which is trained for one update."""
    from skdigits import KerasDigitClassifier
    from skdigits.persistence import save_estimator

    images = np.random.default_rng(0).random((64, 784), np.float32)
    save_estimator(KerasDigitClassifier(epochs=1).fit(images, np.arange(64) % 10), path)


def draw_photo(path: Path) -> Path:
    """Draw some of scikit-learn's digits in a line, dark on light."""
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits().images[:6]
    line = np.hstack([np.pad(np.kron(digit, np.ones((5, 5))), 20) for digit in digits])
    Image.fromarray((255 - line * 12).astype(np.uint8)).save(path)
    return path


if __name__ == "__main__":
    main()
