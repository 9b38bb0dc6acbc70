"""Training data, checked and converted to the form of the training loop."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from skdigits._private_names import _check_sample_weight

# Weight of a row, as a fraction of the largest, below which it is not used.
_SMALLEST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Samples:
    """Rows of pixels, their class indices, and their weights."""

    rows: NDArray[Any]
    targets: NDArray[np.int32]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, chosen: NDArray[np.intp]) -> Samples:
        """Keep some of the rows."""
        return Samples(self.rows[chosen], self.targets[chosen], self.weights[chosen])

    def weighed(self, class_weight: Any, classes: NDArray[Any]) -> Samples:
        """Multiply the weights by those of the classes, and remove rows whose weight is nothing.

        "balanced" ignores classes whose rows all have weight zero.
        """
        counts = self.weights > 0
        weights = self.weights
        if class_weight is not None:
            is_balanced = isinstance(class_weight, str)
            chosen = counts if is_balanced else np.ones(len(self), bool)
            present = np.unique(self.targets[chosen]) if is_balanced else np.arange(len(classes))
            of_class = np.zeros(len(classes))
            with np.errstate(over="ignore", invalid="ignore"):
                of_class[present] = compute_class_weight(
                    class_weight,
                    classes=classes[present],
                    y=classes[self.targets[chosen]],
                    sample_weight=self.weights[chosen],
                )
                weights = weights * of_class[self.targets]
            if not ((weights >= 0).all() and _can_be_averaged(weights)):
                low, high = self.weights.min(), self.weights.max()
                aside = f", with sample weights from {low:.3g} to {high:.3g}" if low < high else ""
                raise ValueError(
                    "class_weight must give each class a finite weight of at least zero, and one "
                    f"that occurs a positive weight; got {class_weight!r}{aside}."
                )
        # Beside the largest, smaller weights would be zeros in float32.
        weights = np.where(weights >= _SMALLEST * weights.max(), weights, 0.0)
        samples = Samples(self.rows, self.targets, weights)
        return samples if weights.all() else samples.take(np.flatnonzero(weights))


def check_not_one_hot(y: Any) -> None:
    """Refuse labels as `keras.utils.to_categorical` encodes them."""
    rows = np.asarray(y) if isinstance(y, (list, tuple)) or len(getattr(y, "shape", ())) == 2 else y
    if getattr(rows, "ndim", 0) != 2 or rows.shape[1] < 2 or rows.dtype.kind not in "buif":
        return
    if np.isin(rows, (0, 1)).all() and (rows.sum(axis=1) == 1).all():
        raise ValueError(
            f"y should be a 1d array of class labels, got a one-hot encoding of shape {rows.shape} "
            "instead: pass the labels themselves, or y.argmax(axis=1)."
        )


def check_labels(y: Any) -> NDArray[Any]:
    """Check that `y` holds one class label per row."""
    labels: NDArray[Any] = column_or_1d(y, warn=True)
    check_classification_targets(labels)
    return labels


def check_sample_weight(sample_weight: Any, rows: NDArray[Any]) -> NDArray[np.float64]:
    """Check the weights of the rows, in a new array."""
    weights: NDArray[np.float64] = _check_sample_weight(
        sample_weight,
        rows,
        dtype=np.float64,
        ensure_non_negative=True,
        allow_all_zero_weights=False,
        copy=True,
    )
    if not _can_be_averaged(weights):
        raise ValueError(
            "sample_weight must have a mean that is neither infinite nor almost zero, got weights "
            f"from {weights.min():.3g} to {weights.max():.3g}: divide them by the largest."
        )
    return weights


def _can_be_averaged(weights: NDArray[np.float64]) -> bool:
    """Return whether weights can be added and divided by their mean."""
    largest = float(weights.max())
    if not 0 < largest < np.inf:
        return False
    total = largest * float((weights / largest).sum())
    return total < np.inf and total / len(weights) >= float(np.finfo(np.float64).tiny)


def find_classes(labels: NDArray[Any]) -> NDArray[Any]:
    """Return the sorted labels, of which there must be at least two."""
    classes: NDArray[Any] = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(
            "KerasDigitClassifier needs samples of at least 2 classes, but got 1 class: "
            f"{classes.tolist()[0]!r}."
        )
    return classes


def encode(labels: NDArray[Any], classes: NDArray[Any], name: str = "y") -> NDArray[np.int32]:
    """Replace labels with their positions in `classes`, which is sorted."""
    try:
        places = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
    except TypeError as error:
        raise ValueError(f"{name} has labels of another type than {classes}.") from error
    unknown = classes[places] != labels
    if unknown.any():
        raise ValueError(
            f"{name} has labels that are not among the classes of the classifier: "
            f"{np.unique(labels[unknown])} are not in {classes}."
        )
    return places.astype(np.int32)


def split_stratified(
    samples: Samples,
    validation_fraction: float,
    classes: NDArray[Any],
    random_state: np.random.RandomState,
) -> tuple[Samples, Samples]:
    """Set rows of every class aside for validation.

    Raises
    ------
    ValueError
        If there are too few rows of a class, or too few rows in total.
    """
    _check_can_split(samples, validation_fraction, classes)
    training, validation = train_test_split(
        np.arange(len(samples)),
        test_size=validation_fraction,
        stratify=samples.targets,
        random_state=random_state,
    )
    return samples.take(training), samples.take(validation)


def _check_can_split(samples: Samples, validation_fraction: float, classes: NDArray[Any]) -> None:
    n_rows, counts = len(samples), np.bincount(samples.targets, minlength=len(classes))
    cure = "pass X_val and y_val to fit, or set early_stopping=False."
    if (counts == 1).any():
        raise ValueError(
            "early_stopping sets rows of each class aside for validation, but only one row of y "
            f"is of the class {classes[counts == 1].tolist()[0]!r}: add another, {cure}"
        )
    n_classes, n_validation = np.count_nonzero(counts), ceil(validation_fraction * n_rows)
    if not n_classes <= n_validation <= n_rows - n_classes:
        least, most = (
            ceil(100 * n_classes / n_rows) / 100,
            floor(100 - 100 * n_classes / n_rows) / 100,
        )
        raise ValueError(
            f"validation_fraction={validation_fraction} sets {n_validation} of {n_rows} rows "
            f"aside, but at least one row of each of the {n_classes} classes is needed on both "
            f"sides: choose a fraction from {least} to {most}, {cure}"
        )


def merge_equal_rows(samples: Samples) -> Samples:
    """Merge equal rows of one class into one with their total weight, in a fixed order.

    If all rows form one batch, this only changes rounding errors: a weight of two and a repeated
    row result in the same computation.
    """
    labelled = np.column_stack([samples.targets, samples.rows])
    unique, first, group = np.unique(labelled, axis=0, return_index=True, return_inverse=True)
    return Samples(
        samples.rows[first],
        samples.targets[first],
        np.bincount(group, samples.weights, minlength=len(unique)).astype(np.float64),
    )
