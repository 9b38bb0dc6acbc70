"""What imports of skdigits cost beside the part of scikit-learn that it builds on.

python benchmarks/import_time.py
"""

import statistics
import subprocess
import sys

from pairs import print_table

STATEMENTS = {
    "scikit-learn": "import sklearn.pipeline, sklearn.model_selection",
    "skdigits": "import skdigits",
    "its classifier": "from skdigits import KerasDigitClassifier",
}
TIMED = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"


def main(n_rounds: int = 11) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(n_rounds):
        for name, statement in STATEMENTS.items():
            command = [sys.executable, "-c", TIMED.format(statement)]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            seconds[name].append(float(output))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print_table(
        ["import", "seconds", "ratio (asked: 1.1)"],
        [
            [name, f"{median:.3f}", f"{median / medians['scikit-learn']:.2f}"]
            for name, median in medians.items()
        ],
    )


if __name__ == "__main__":
    main()
