"""The caller's images and labels, checked."""

from __future__ import annotations

import warnings
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from skdigits._caller import stacklevel_of_caller
from skdigits._images import as_rows, check_image_shape, check_is_batch
from skdigits.architectures import Architecture, ImageShape, Sequential
from skdigits.architectures.layers import Rescaling
from skdigits.preprocessing import PixelScaler
from skdigits.training._samples import check_labels, check_not_one_hot

_RANGE_OF_UINT8 = (0, 255)
_NO_LABELS = "no_validation"  # scikit-learn's word for a `y` that was not passed


class CheckedRows(NamedTuple):
    """Rows of pixels, their labels, and the shape of the images."""

    rows: NDArray[Any]
    labels: NDArray[Any]  # of length 0 if none came
    image_shape: tuple[int, ...] | None


def check_rows(
    classifier: BaseEstimator,
    X: Any,
    y: Any = _NO_LABELS,
    *,
    image_shape: ImageShape | None = None,
    name: str = "X",
    is_training: bool = False,
) -> CheckedRows:
    """Check images, which must have the shape if one is given, and labels if any are given.

    Training images are checked for grey levels. Without a shape they are the first images.
    """
    if image_shape is not None:
        check_is_batch(X, prod(image_shape), name)
    flat, given = as_rows(X)
    if image_shape is not None:
        check_image_shape(given, image_shape, name)
    check_not_one_hot(y)
    is_scaled_later = classifier.pixel_range == _RANGE_OF_UINT8 and _is_uint8(flat)
    dtype = np.float64 if classifier.dtype == "float64" else np.float32
    checked = validate_data(
        classifier,
        flat,
        y,
        reset=image_shape is None,
        dtype=np.uint8 if is_scaled_later else dtype,
    )
    has_labels = not (isinstance(y, str) and y == _NO_LABELS)
    rows, labels = checked if has_labels else (checked, np.empty(0))
    if classifier.pixel_range is None:
        if is_training and _takes_scaled(classifier.architecture):
            _warn_of_grey_levels(flat)
    elif not is_scaled_later:
        rows = PixelScaler(classifier.pixel_range).fit_transform(rows)
    return CheckedRows(rows, check_labels(labels) if has_labels else labels, given)


def _is_uint8(X: Any) -> bool:
    return getattr(X, "dtype", None) == np.uint8


def _takes_scaled(architecture: Any) -> bool:
    """Return whether a network has no layers that scale, as those of the user may have."""
    hidden = architecture.hidden_layers if isinstance(architecture, Sequential) else ()
    scales = isinstance(hidden, list | tuple) and any(isinstance(it, Rescaling) for it in hidden)
    return isinstance(architecture, str | Architecture) and not scales


def _warn_of_grey_levels(X: Any) -> None:
    if _is_uint8(X) and X.max() > 1:
        black, white = PixelScaler().fit(X).pixel_range_
        warnings.warn(
            f"X holds grey levels up to {X.max()}, on which networks train badly: scale them "
            "first, as in make_pipeline(PixelScaler(), KerasDigitClassifier()), or set "
            f"pixel_range=({black:g}, {white:g}).",
            stacklevel=stacklevel_of_caller(),
        )
