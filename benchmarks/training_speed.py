"""Training speed against ``keras.Model.fit``: the same network, batch size and optimizer.

Both are warm: what is timed is a fit after a first one has compiled everything. Keras is timed at
its default and at the best of several values of ``steps_per_execution``.

    python benchmarks/training_speed.py
    python benchmarks/training_speed.py --networks mlp-8x8 mlp-28x28 --rounds 5
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from pairs import print_table, seconds_in_turn

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP, Architecture, ConvNet

STEPS_PER_EXECUTION = (8, 32)

# Network, side of the images, rows, epochs a fit, batch size, ratios aimed at: default and best.
NETWORKS: dict[str, tuple[Architecture, int, int, int, int, float, float]] = {
    "mlp-8x8": (MLP((64,)), 8, 1_437, 20, 64, 25, 20),
    "mlp-28x28": (MLP((128,)), 28, 20_000, 3, 128, 5, 3.5),
    "small-cnn": (
        ConvNet([32], kernel_size=3, padding="valid", hidden_layer_sizes=(128,)),
        28, 5_120, 2, 128, 1.4, 1.15,
    ),
    "tutorial-cnn": (
        ConvNet([(32, 64)], kernel_size=3, padding="valid"), 28, 2_560, 1, 128, 1.2, 1.12,
    ),
    "conv-batchnorm": (
        ConvNet((24, 48, 96), kernel_size=3, normalization="batch", hidden_layer_sizes=()),
        28, 3_840, 1, 128, 1.3, 1.3,
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dtype", default="float32", help="of our network; Keras' is float32")
    arguments = parser.parse_args()
    rows = [
        measure(name, *NETWORKS[name], arguments.rounds, arguments.dtype)
        for name in arguments.networks
    ]
    print(f"images per second, medians of {arguments.rounds} rounds, ours in {arguments.dtype}")
    print_table(
        ["network", "batch", "skdigits", "keras fit", "at best", "ratio", "asked", "to best",
         "asked"],
        rows,
    )  # fmt: skip


def measure(
    name: str,
    architecture: Architecture,
    side: int,
    n_rows: int,
    n_epochs: int,
    batch_size: int,
    asked: float,
    asked_of_best: float,
    n_rounds: int,
    dtype: str,
) -> list[object]:
    generator = np.random.default_rng(0)
    images = generator.random((n_rows, side, side, 1), dtype=np.float32)
    labels = generator.integers(0, 10, n_rows)
    classifier = KerasDigitClassifier(
        architecture, epochs=n_epochs, batch_size=batch_size, dtype=dtype, random_state=0
    )
    contestants = {"ours": lambda: classifier.fit(images, labels)}
    for steps in (1, *STEPS_PER_EXECUTION):
        model = architecture(images.shape[1:], 10)
        model.compile(
            "adam",
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
            steps_per_execution=steps,
        )
        contestants[f"keras {steps}"] = fit_keras(model, images, labels, n_epochs, batch_size)
    seconds_in_turn(contestants, 1)
    seconds = seconds_in_turn(contestants, n_rounds)
    speed = {contestant: n_rows * n_epochs / value for contestant, value in seconds.items()}
    ours, default = speed.pop("ours"), speed["keras 1"]
    best = max(speed.values())
    return [
        name, batch_size, f"{ours:,.0f}", f"{default:,.0f}", f"{best:,.0f}",
        f"{ours / default:.2f}", asked, f"{ours / best:.2f}", asked_of_best,
    ]  # fmt: skip


def fit_keras(
    model: keras.Model, images: np.ndarray, labels: np.ndarray, n_epochs: int, batch_size: int
):
    return lambda: model.fit(images, labels, batch_size=batch_size, epochs=n_epochs, verbose=0)


if __name__ == "__main__":
    main()
