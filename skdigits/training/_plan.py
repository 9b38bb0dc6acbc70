"""A training run, decided before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from skdigits.architectures._network import ImageShape
from skdigits.augmentation import Augmentation, RandomAffine, resolve_augmentation
from skdigits.programs._contract import StepSettings
from skdigits.programs._optimizers import Optimizer, as_optimizer
from skdigits.training._schedules import SCHEDULES

# "auto" takes the first batch size whose limit on the number of rows is not reached.
_ROWS_BELOW = {64: 4_096, 128: 131_072}
_LARGEST_BATCH_SIZE = 256
_SMALLEST_PADDED = 64

# "auto" gives a network time in updates: tiny data have few of them in an epoch.
_MIN_EPOCHS = 4
_MIN_UPDATES = 1_000

# "auto" distorts images in which this leaves a digit whole, for the network that is "auto" as well.
_SLIGHT = RandomAffine(0, zoom=0.1, shear=0, shift=0.06)
_SMALLEST_DISTORTED_SIDE = 16


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when the validation loss has not improved by `tol` for `n_iter_no_change` epochs."""

    n_iter_no_change: int
    tol: float


@dataclass(frozen=True)
class Plan:
    """The course of a training run."""

    n_epochs: int
    batch_size: int
    optimizer: Optimizer
    learning_rates: NDArray[Any]  # one per update of all epochs
    settings: StepSettings
    early_stopping: EarlyStopping | None
    augmentation: tuple[Augmentation, ...] = ()


def make_plan(n_samples: int, image_shape: ImageShape, parameters: Mapping[str, Any]) -> Plan:
    """Replace "auto" and None by the values for this number of rows and shape of images.

    `parameters` are those of :class:`~skdigits.KerasDigitClassifier`, by their names.
    """
    optimizer = as_optimizer(parameters["optimizer"])
    batch_size, epochs = parameters["batch_size"], parameters["epochs"]
    if isinstance(batch_size, str):
        fitting = (size for size, limit in _ROWS_BELOW.items() if n_samples < limit)
        batch_size = next(fitting, _LARGEST_BATCH_SIZE)
    # A batch larger than the data would be padded; powers of two keep compiled sizes few.
    batch_size = min(batch_size, max(_SMALLEST_PADDED, 1 << (n_samples - 1).bit_length()))
    n_steps = count_steps(n_samples, batch_size)
    if isinstance(epochs, str):
        epochs = max(_MIN_EPOCHS, -(-_MIN_UPDATES // n_steps))
    schedule, learning_rate = parameters["learning_rate_schedule"], parameters["learning_rate"]
    if isinstance(learning_rate, str):
        is_constant = schedule == "constant"
        learning_rate = optimizer.learning_rate if is_constant else optimizer.peak_learning_rate
    augmentation = parameters["augmentation"]
    if isinstance(augmentation, str):
        height, width, _ = image_shape
        is_tuned = height == width >= _SMALLEST_DISTORTED_SIDE
        augmentation = _SLIGHT if is_tuned and parameters["architecture"] == "auto" else None
    weight_decay = parameters["weight_decay"]
    stopping = EarlyStopping(parameters["n_iter_no_change"], parameters["tol"])
    return Plan(
        n_epochs=int(epochs),
        batch_size=int(batch_size),
        optimizer=optimizer,
        learning_rates=learning_rate * SCHEDULES[schedule](epochs * n_steps),
        settings=StepSettings(
            float(optimizer.weight_decay if weight_decay is None else weight_decay),
            float(parameters["label_smoothing"]),
            float(parameters["temperature"]),
        ),
        early_stopping=stopping if parameters["early_stopping"] else None,
        augmentation=resolve_augmentation(augmentation),
    )


def count_steps(n_samples: int, batch_size: int) -> int:
    """Count the batches of an epoch; the last one may be short."""
    return -(-n_samples // batch_size)
