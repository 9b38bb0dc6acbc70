"""Training data, checked and brought into the form that the training loop takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, column_or_1d

from skdigits.training._loop import Samples


@dataclass(frozen=True)
class LabelledRows:
    """Checked rows of pixels with the caller's labels, a weight each, and the shape they had."""

    rows: NDArray[Any]
    labels: NDArray[Any]
    weights: NDArray[np.float64]
    image_shape: tuple[int, ...] | None

    def take(self, chosen: NDArray[Any]) -> LabelledRows:
        """Keep some of the rows."""
        return LabelledRows(
            self.rows[chosen], self.labels[chosen], self.weights[chosen], self.image_shape
        )

    def encoded(self, classes: NDArray[Any], class_weight: Any) -> Samples:
        """Replace the labels by their places in `classes`, and weigh the classes."""
        targets = encode(self.labels, classes)
        if class_weight is None:
            return Samples(self.rows, targets, self.weights)
        of_class = compute_class_weight(
            class_weight, classes=classes, y=self.labels, sample_weight=self.weights
        )
        weights = self.weights * of_class[targets]
        if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
            raise ValueError(
                "class_weight must give each class a finite weight of at least zero, and one that "
                f"occurs a positive weight; got {class_weight!r}."
            )
        samples = Samples(self.rows, targets, weights)
        return samples if weights.all() else samples.take(np.flatnonzero(weights))


def check_labels(y: Any) -> NDArray[Any]:
    """Check that `y` holds one class label per row."""
    labels: NDArray[Any] = column_or_1d(y, warn=True)
    check_classification_targets(labels)
    return labels


def check_weights(sample_weight: Any, rows: NDArray[Any]) -> NDArray[np.float64]:
    """Check the weights of the rows, in a new array."""
    weights: NDArray[np.float64] = _check_sample_weight(
        sample_weight,
        rows,
        dtype=np.float64,
        ensure_non_negative=True,
        allow_all_zero_weights=False,
        copy=True,
    )
    return weights


def find_classes(labels: NDArray[Any]) -> NDArray[Any]:
    """Sort the labels that occur, of which there must be two."""
    classes: NDArray[Any] = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(
            "KerasDigitClassifier needs samples of at least 2 classes with a positive weight, but "
            f"got 1 class: {classes[0]!r}."
        )
    return classes


def encode(labels: NDArray[Any], classes: NDArray[Any], name: str = "y") -> NDArray[np.int32]:
    """Replace labels by their places in `classes`, which is sorted."""
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
    samples: Samples, validation_fraction: float, random_state: np.random.RandomState
) -> tuple[Samples, Samples]:
    """Set rows of every class aside for validation."""
    training, validation = train_test_split(
        np.arange(len(samples)),
        test_size=validation_fraction,
        stratify=samples.targets,
        random_state=random_state,
    )
    return samples.take(training), samples.take(validation)


def merge_equal_rows(samples: Samples) -> Samples:
    """Merge equal rows of one class into one of their total weight, in a fixed order.

    Where all rows make up one batch this changes nothing but rounding: it makes a weight of two
    and a row that comes twice the same computation.
    """
    labelled = np.column_stack([samples.targets, samples.rows])
    unique, first, group = np.unique(labelled, axis=0, return_index=True, return_inverse=True)
    return Samples(
        samples.rows[first],
        samples.targets[first],
        np.bincount(group, samples.weights, minlength=len(unique)),
    )
