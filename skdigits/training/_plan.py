"""A training run, decided before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from skdigits.augmentation import Augmentation, resolve_augmentation
from skdigits.training._optimizers import Optimizer, as_optimizer
from skdigits.training._schedules import SCHEDULES

if TYPE_CHECKING:
    import keras

# "auto" takes the first batch size whose limit on the number of rows is not reached.
_ROWS_BELOW = {64: 4_096, 128: 131_072}
_LARGEST_BATCH_SIZE = 256
_SMALLEST_PADDED = 64

# "auto" gives a network time in updates: tiny data have few of them in an epoch.
_MIN_EPOCHS = 4
_MIN_UPDATES = 1_000


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
    weight_decay: float
    label_smoothing: float
    early_stopping: EarlyStopping | None
    augmentation: tuple[Augmentation, ...] = ()


def make_plan(
    n_samples: int,
    *,
    epochs: int | str,
    batch_size: int | str,
    optimizer: str | keras.Optimizer,
    learning_rate: float | str,
    learning_rate_schedule: str,
    weight_decay: float | None,
    label_smoothing: float,
    early_stopping: EarlyStopping | None = None,
    augmentation: Any = None,
) -> Plan:
    """Settle what is "auto" or left to the optimizer, for so many rows."""
    keras_optimizer = as_optimizer(optimizer)
    if isinstance(batch_size, str):
        fitting = (size for size, limit in _ROWS_BELOW.items() if n_samples < limit)
        batch_size = next(fitting, _LARGEST_BATCH_SIZE)
    # A batch larger than the data would be padded; powers of two keep compiled sizes few.
    batch_size = min(batch_size, max(_SMALLEST_PADDED, 1 << (n_samples - 1).bit_length()))
    n_steps = count_steps(n_samples, batch_size)
    if isinstance(epochs, str):
        epochs = max(_MIN_EPOCHS, -(-_MIN_UPDATES // n_steps))
    if isinstance(learning_rate, str):
        falls = learning_rate_schedule != "constant"
        learning_rate = (
            keras_optimizer.peak_learning_rate if falls else keras_optimizer.learning_rate
        )
    return Plan(
        n_epochs=int(epochs),
        batch_size=int(batch_size),
        optimizer=keras_optimizer,
        learning_rates=learning_rate * SCHEDULES[learning_rate_schedule](epochs * n_steps),
        weight_decay=keras_optimizer.weight_decay if weight_decay is None else weight_decay,
        label_smoothing=label_smoothing,
        early_stopping=early_stopping,
        augmentation=resolve_augmentation(augmentation),
    )


def count_steps(n_samples: int, batch_size: int) -> int:
    """Count the batches of an epoch; the last one may be short."""
    return -(-n_samples // batch_size)
