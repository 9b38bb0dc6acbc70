"""The labelled images that `--data` names."""

from __future__ import annotations

import argparse
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits.commands._arguments import at_least

# Names of training images, training labels and, where the split is published, test images and
# labels; in any case.
_NPZ_LAYOUTS = (
    ("x_train", "y_train", "x_test", "y_test"),
    ("x", "y"),
    ("data", "target"),
    ("images", "labels"),
)


class LabelledImages(NamedTuple):
    """Images and labels; the first `n_train` are for training where a split is published."""

    images: NDArray[Any]
    labels: NDArray[Any]
    n_train: int | None = None

    def __str__(self) -> str:
        shape = " x ".join(map(str, self.images.shape[1:]))
        n_classes = len(np.unique(self.labels))
        return f"{len(self.images):,} images of {shape} pixels, {n_classes} classes"

    def sample(self, n_rows: int, random_state: int) -> LabelledImages:
        """Draw at most `n_rows` images, in their order, each on its side of the split."""
        shuffled = np.random.default_rng(random_state).permutation(len(self.images))
        rows = np.sort(shuffled[:n_rows])
        n_train = None if self.n_train is None else int(np.count_nonzero(rows < self.n_train))
        return LabelledImages(self.images[rows], self.labels[rows], n_train)

    def split(self) -> tuple[LabelledImages, LabelledImages]:
        """Set the test images aside; there are none where no split is published."""
        n_train = len(self.images) if self.n_train is None else self.n_train
        return (
            LabelledImages(self.images[:n_train], self.labels[:n_train]),
            LabelledImages(self.images[n_train:], self.labels[n_train:]),
        )


def add_data_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data",
        default="digits",
        metavar="digits|mnist|FILE.npz",
        help="load_digits of scikit-learn, MNIST, or a file of arrays X and y, or x_train, "
        "y_train, x_test and y_test (default: %(default)s)",
    )
    command.add_argument(
        "--n-rows", type=at_least(1), metavar="N", help="draw N images at random (default: all)"
    )
    command.add_argument(
        "--random-state",
        type=at_least(0),
        default=0,
        metavar="SEED",
        help="seed of all that is random (default: %(default)s)",
    )


def load_chosen_data(arguments: argparse.Namespace) -> LabelledImages:
    """Load the images that the data options choose, and tell what they are."""
    data = load_data(arguments.data)
    if arguments.n_rows is not None:
        data = data.sample(arguments.n_rows, arguments.random_state)
    # Standard output is the answer alone.
    print(f"{arguments.data}: {data}", file=sys.stderr, flush=True)
    return data


def load_data(source: str) -> LabelledImages:
    """Load the images that a word or a file stands for."""
    if source in _LOADERS:
        return _LOADERS[source]()
    if not Path(source).exists():
        words = ", ".join(_LOADERS)
        raise FileNotFoundError(f"no such file: {source} (--data takes {words} or FILE.npz)")
    return _read_npz(Path(source))


def _load_digits() -> LabelledImages:
    from sklearn.datasets import load_digits

    digits = load_digits()
    return LabelledImages(digits.images, digits.target)


def _fetch_mnist() -> LabelledImages:
    from skdigits.datasets import fetch_mnist

    images, labels = fetch_mnist(subset="all", return_X_y=True)
    return LabelledImages(images, labels, n_train=60_000)


_LOADERS = {"digits": _load_digits, "mnist": _fetch_mnist}


def _read_npz(path: Path) -> LabelledImages:
    """Read images and labels from the arrays of a NumPy file."""
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is no .npz file, as numpy.savez writes them")
    try:
        with np.load(path, allow_pickle=False) as file:
            names = {name.lower(): name for name in file.files}
            layout = next((layout for layout in _NPZ_LAYOUTS if names.keys() >= set(layout)), None)
            if layout is None:
                raise ValueError(
                    f"{path} holds the arrays {', '.join(file.files) or '(none)'}; "
                    f"expected {' or '.join(map(', '.join, _NPZ_LAYOUTS))}"
                )
            arrays = [file[names[name]] for name in layout]
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    images, labels = arrays[::2], arrays[1::2]
    for part_images, part_labels in zip(images, labels, strict=True):
        if part_images.ndim < 2 or part_labels.shape != part_images.shape[:1]:
            raise ValueError(
                f"{path}: images of shape {part_images.shape} and labels of shape "
                f"{part_labels.shape}; expected (n, pixels) or (n, height, width), and (n,)"
            )
    n_train = len(images[0]) if len(images) > 1 else None
    return LabelledImages(np.concatenate(images), np.concatenate(labels), n_train)
