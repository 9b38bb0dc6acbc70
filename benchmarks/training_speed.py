"""Training speed against ``keras.Model.fit``: the same network, batch size and optimizer.

Keras and networks with convolutions compute on the backend that Keras is configured for. Both are
warm: what is timed is a fit after a first one has compiled everything. Keras is timed at
its default and at the best of several values of ``steps_per_execution``. Its networks are written
as texts on Keras write them; our ``ConvNet`` pools before the relu, which is the same function. The
last column is the rate of our multiplications and additions as a share of that of a large product
of matrices.

    python benchmarks/training_speed.py
    python benchmarks/training_speed.py --networks mlp-8x8 mlp-28x28 --rounds 5
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import NamedTuple

import keras
import numpy as np
from figures import WRITING, written_to
from pairs import print_table, seconds_in_turn

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP, Architecture, BuildFunction, ConvNet

# Besides 1, which is the only one on PyTorch.
STEPS_PER_EXECUTION = () if keras.config.backend() == "torch" else (8, 32)


class Contest(NamedTuple):
    """A network of ours, the same as texts on Keras write it, and the ratios asked for."""

    ours: Architecture
    rival: BuildFunction
    side: int
    n_rows: int
    n_epochs: int
    batch_size: int
    asked: float
    asked_of_best: float


def network(*hidden: Callable[[], keras.Layer]) -> BuildFunction:
    """Make the function that builds a network, with fresh layers in each call."""

    def build(image_shape: tuple[int, int, int], n_classes: int) -> keras.Model:
        logits = keras.layers.Dense(n_classes)
        return keras.Sequential([keras.Input(image_shape), *(make() for make in hidden), logits])

    return build


flatten, pool = keras.layers.Flatten, keras.layers.MaxPooling2D


def dense(n_neurons: int) -> Callable[[], keras.Layer]:
    return partial(keras.layers.Dense, n_neurons, activation="relu")


def convolution(n_filters: int) -> Callable[[], keras.Layer]:
    return partial(keras.layers.Conv2D, n_filters, 3, activation="relu")


class BatchNormStack(Architecture):
    """Convolutions that are normalised before they are pooled, on both sides."""

    def layers(self, image_shape: tuple[int, int, int]) -> Iterator[keras.Layer]:
        """List the layers of Keras."""
        for n_filters in (24, 48, 96):
            yield keras.layers.Conv2D(n_filters, 3, padding="same", use_bias=False)
            yield keras.layers.BatchNormalization()
            yield keras.layers.ReLU()
            yield pool()
        yield flatten()


PLAIN = {"kernel_size": 3, "padding": "valid", "normalization": None, "dropout": 0.0}
CONTESTS = {
    "mlp-8x8": Contest(MLP((64,)), network(flatten, dense(64)), 8, 1_408, 5, 64, 20, 12),
    "mlp-28x28": Contest(MLP((128,)), network(flatten, dense(128)), 28, 25_600, 1, 128, 5, 3.5),
    "small-cnn": Contest(
        ConvNet([32], **PLAIN, hidden_layer_sizes=(128,)),
        network(convolution(32), pool, flatten, dense(128)),
        28, 12_800, 1, 128, 1.6, 1.3,
    ),
    "tutorial-cnn": Contest(
        ConvNet([(32, 64)], **PLAIN),
        network(convolution(32), convolution(64), pool, flatten, dense(256)),
        28, 3_840, 1, 128, 1.2, 1.12,
    ),
    "conv-batchnorm": Contest(
        BatchNormStack(), BatchNormStack(), 28, 3_840, 1, 128, 1.3, 1.3
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[WRITING])
    parser.add_argument("--networks", nargs="+", choices=CONTESTS, default=list(CONTESTS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dtype", default="float32", help="of our network; Keras' is float32")
    arguments = parser.parse_args()
    with written_to(arguments.write):
        compare(arguments.networks, arguments.rounds, arguments.dtype)


def compare(networks: list[str], n_rounds: int, dtype: str) -> None:
    rows = [measure(name, CONTESTS[name], n_rounds, dtype) for name in networks]
    print(
        f"images per second, medians of {n_rounds} rounds, ours in {dtype}, "
        f"Keras on {keras.config.backend()}"
    )
    print_table(
        ["network", "batch", "skdigits", "keras fit", "at best", "ratio", "asked", "to best",
         "asked", "of matmul"],
        rows,
    )  # fmt: skip


def measure(name: str, contest: Contest, n_rounds: int, dtype: str) -> list[object]:
    _, rival, side, n_rows, n_epochs, batch_size, asked, asked_of_best = contest
    generator = np.random.default_rng(0)
    images = generator.random((n_rows, side, side, 1), dtype=np.float32)
    labels = generator.integers(0, 10, n_rows)
    classifier = KerasDigitClassifier(
        contest.ours, epochs=n_epochs, batch_size=batch_size, dtype=dtype, random_state=0
    )
    contestants = {"ours": lambda: classifier.fit(images, labels)}
    for steps in (1, *STEPS_PER_EXECUTION):
        model = rival(images.shape[1:], 10)
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
        f"{ours * operations_per_image(model) / matrix_product_rate():.0%}",
    ]  # fmt: skip


def operations_per_image(model: keras.Model) -> int:
    """Count multiplications and additions: forward, and backward to weights and inputs."""
    weighing = [layer for layer in model.layers if hasattr(layer, "kernel")]
    products = [
        int(np.prod(layer.kernel.shape)) * int(np.prod(layer.output.shape[1:-1]))
        for layer in weighing
    ]
    # Nothing flows back to the pixels.
    return 2 * (3 * sum(products) - products[0])


@cache
def matrix_product_rate(side: int = 2048, n_products: int = 10) -> float:
    """Give the operations per second of the backend's product of two large float32 matrices."""
    matrix = keras.ops.ones((side, side))
    seconds = []
    for _ in range(n_products):
        started = time.perf_counter()
        keras.ops.convert_to_numpy(keras.ops.matmul(matrix, matrix))
        seconds.append(time.perf_counter() - started)
    return 2 * side**3 / float(np.median(seconds))


def fit_keras(
    model: keras.Model, images: np.ndarray, labels: np.ndarray, n_epochs: int, batch_size: int
):
    return lambda: model.fit(images, labels, batch_size=batch_size, epochs=n_epochs, verbose=0)


if __name__ == "__main__":
    main()
