"""Prediction against ``keras.Model.predict``: one row, and 10,000 rows.

One row goes through a fitted Pipeline(PixelScaler, KerasDigitClassifier); Keras gets the scaled
image. For many rows Keras is timed at the best of several batch sizes.

    python benchmarks/latency.py
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from figures import WRITING, written_to
from pairs import print_table, seconds_in_turn
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP, ConvNet

BATCH_SIZES = (32, 256, 1024)
N_TURNS, N_CALLS = 10, 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[WRITING])
    arguments = parser.parse_args()
    with written_to(arguments.write):
        compare()


def compare() -> None:
    one_row, many_rows = [], []
    for name, architecture, side in [
        ("default, 8x8", ConvNet(), 8),
        ("default, 28x28", ConvNet(), 28),
        ("MLP((128,)), 28x28", MLP((128,)), 28),
    ]:
        images = np.random.default_rng(0).integers(0, 256, (10_000, side, side, 1), dtype=np.uint8)
        labels = np.arange(10_000) % 10
        classifier = KerasDigitClassifier(architecture, epochs=1, random_state=0)
        pipeline = make_pipeline(PixelScaler(), classifier).fit(images[:500], labels[:500])
        model = architecture(images.shape[1:], 10)
        model.set_weights(classifier.weights_)
        scaled = pipeline[0].transform(images)

        ours, keras_seconds = calls_in_turn(
            lambda pipeline=pipeline, images=images: pipeline.predict(images[:1]),
            lambda model=model, scaled=scaled: model.predict(scaled[:1], verbose=0),
        )
        one_row.append(
            [name, f"{1e3 * ours:.2f}", f"{1e3 * keras_seconds:.1f}", f"{keras_seconds / ours:.0f}"]
        )

        contestants = {"ours": lambda c=classifier, s=scaled: c.predict_proba(s)}
        for size in BATCH_SIZES:
            contestants[f"keras {size}"] = predict_keras(model, scaled, size)
        seconds_in_turn(contestants, 1)
        seconds = seconds_in_turn(contestants, 5)
        ours = seconds.pop("ours")
        best = min(seconds.values())
        many_rows.append([name, f"{ours:.2f}", f"{best:.2f}", f"{best / ours:.2f}"])
    print_table(["one row", "skdigits ms", "keras ms", "ratio (asked: 30)"], one_row)
    print()
    print_table(["10,000 rows", "skdigits s", "keras best s", "ratio (asked: 1)"], many_rows)


def predict_keras(model, images: np.ndarray, batch_size: int) -> Callable[[], object]:
    return lambda: model.predict(images, batch_size=batch_size, verbose=0)


def calls_in_turn(ours: Callable[[], object], rival: Callable[[], object]) -> tuple[float, float]:
    """Give the median seconds of single calls, in turns of several: each finds its caches warm."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(N_TURNS):
        for run, times in zip((ours, rival), seconds, strict=True):
            for _ in range(N_CALLS):
                started = time.perf_counter()
                run()
                times.append(time.perf_counter() - started)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


if __name__ == "__main__":
    main()
