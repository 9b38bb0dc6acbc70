"""The images that `--validation` excludes from training."""

from __future__ import annotations

import argparse
from math import prod
from typing import NamedTuple

from skdigits._printable import printable
from skdigits.commands._data import SHAPES, SOURCES, load_data
from skdigits.commands._labelled_images import LabelledImages

_DEFAULT_FRACTION = 0.1


class Parts(NamedTuple):
    """Training images, validation images, which may be none, and a description of the latter."""

    training: LabelledImages
    validation: LabelledImages
    description: str


def add_validation_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--validation",
        type=_fraction_or_source,
        metavar=f"FRACTION|{SOURCES}",
        help="images to score on, which are not used for training: a fraction of the training "
        "images, or other images; 0 trains on all images and scores on none (default: the "
        f"published test images if there are any, else {_DEFAULT_FRACTION})",
    )


def set_aside(data: LabelledImages, validation: float | str | None, random_state: int) -> Parts:
    """Divide the images as set by the option."""
    training, test = data.split()
    if isinstance(validation, str):
        name, shape = printable(validation), training.images.shape[1:]
        _check_shapes(name, SHAPES.get(validation, shape), shape)  # before MNIST is fetched
        others = load_data(validation)
        _check_shapes(name, others.images.shape[1:], shape)
        return Parts(training, others, f"the {len(others.images):,} images of {name}")
    if validation is None and len(test.images):
        return Parts(training, test, f"{len(test.images):,} test images")
    fraction = _DEFAULT_FRACTION if validation is None else validation
    if not fraction:
        return Parts(training, training.take(slice(0)), "none")
    kept, held_out = _divided(training, fraction, random_state)
    return Parts(kept, held_out, f"{len(held_out.images):,} images that were set aside")


def _check_shapes(name: str, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    is_rows = 1 in (len(shape), len(expected))
    if prod(shape) != prod(expected) or (shape != expected and not is_rows):
        raise ValueError(
            f"--validation {name} has images of shape {shape}, and --data of shape {expected}"
        )


def _divided(
    data: LabelledImages, fraction: float, random_state: int
) -> tuple[LabelledImages, LabelledImages]:
    import numpy as np
    from sklearn.model_selection import train_test_split

    every = np.arange(len(data.labels))
    try:
        kept, held_out = train_test_split(
            every, test_size=fraction, stratify=data.labels, random_state=random_state
        )
    except ValueError as error:
        raise ValueError(
            f"--validation {fraction:g} cannot set images of every class aside ({error}) Use "
            "another fraction, other images, or 0 to train on all of them."
        ) from error
    return data.take(kept), data.take(held_out)


def _fraction_or_source(text: str) -> float | str:
    try:
        fraction = float(text)
    except ValueError:
        return text
    if not 0 <= fraction < 1:
        raise argparse.ArgumentTypeError(f"must be at least 0 and less than 1, got {text}")
    return fraction
