"""Probabilities and loss of logits, and checks that they are finite."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

# How far the sum of a row may be from one: scikit-learn's log_loss warns from 2.5e-8 on.
_MOST_ROUNDING = 2e-8
# A smaller probability cannot take what rounding leaves over.
_SMALL = 1e-7
# Float64 takes several times the memory of the logits.
_ROWS_AT_ONCE = 1 << 14


def overflowing_rows(logits: NDArray[Any]) -> NDArray[np.intp]:
    """Find the rows whose logits, or the differences between them, are not finite numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        spread = logits.max(axis=1) - logits.min(axis=1)
    return np.flatnonzero(~np.isfinite(spread))


def probabilities(logits: NDArray[Any]) -> NDArray[Any]:
    """Compute the softmax so that the rows sum to one to the precision of float64.

    Parameters
    ----------
    logits : ndarray of shape (n_samples, n_classes)
        Finite logits.

    Returns
    -------
    probabilities : ndarray of shape (n_samples, n_classes)
        In the precision of the logits. Rounding a row to float32 changes its sum by up to a
        ten-millionth, which is corrected in its second largest probability or, if that is too
        small, in all but the largest. The order of a row is that of its logits, with ties broken in
        favour of the first, so that the largest probability is that of the largest logit.
    """
    found = np.empty_like(logits)
    for start in range(0, len(logits), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        found[part] = _probabilities_of_part(logits[part])
    return found


def _probabilities_of_part(logits: NDArray[Any]) -> NDArray[Any]:
    exact: NDArray[Any] = softmax(logits.astype(np.float64, copy=False), axis=1)
    rounded = exact.astype(logits.dtype)
    left_over = 1 - rounded.sum(axis=1, dtype=np.float64)
    leaves_much = np.abs(left_over) > _MOST_ROUNDING
    _share_left_over(rounded, exact, left_over, np.flatnonzero(leaves_much))
    is_moved = rounded.argmax(axis=1) != logits.argmax(axis=1)
    rows = np.flatnonzero(leaves_much | is_moved)
    rounded[rows] = _ordered(rounded[rows], logits[rows])
    return rounded


def _share_left_over(
    rounded: NDArray[Any], exact: NDArray[Any], left_over: NDArray[Any], rows: NDArray[np.intp]
) -> None:
    if len(rows) == 0:
        return
    places = np.argpartition(exact[rows], -2, axis=1)
    second, largest = places[:, -2], places[:, -1]
    is_small = exact[rows, second] < _SMALL
    taking = rows[~is_small], second[~is_small]
    rounded[taking] = rounded[taking] + left_over[taking[0]]
    rows, largest = rows[is_small], largest[is_small]
    if len(rows):
        top = rounded[rows, largest]
        others = 1 - exact[rows, largest]
        factor = np.maximum(1 - top.astype(np.float64), _MOST_ROUNDING) / others
        rounded[rows] = exact[rows] * factor[:, np.newaxis]
        rounded[rows, largest] = top


def _ordered(rounded: NDArray[Any], logits: NDArray[Any]) -> NDArray[Any]:
    """Give the numbers of each row in the order of its logits; their sum stays the same."""
    order = np.argsort(-logits, axis=1, kind="stable")
    falling = -np.sort(-rounded, axis=1)
    largest, second = falling[:, 0], falling[:, 1]
    # Of equal numbers argmax takes the one that stands first.
    is_hidden = (falling == largest[:, np.newaxis]) & (order < order[:, :1])
    is_tied = is_hidden.any(axis=1)
    more = np.nextafter(largest[is_tied], np.inf, dtype=rounded.dtype)
    second[is_tied] -= more - largest[is_tied]
    largest[is_tied] = more
    falling = -np.sort(-falling, axis=1)
    ordered = np.empty_like(rounded)
    np.put_along_axis(ordered, order, falling, axis=1)
    return ordered


def loss_and_accuracy(
    logits: NDArray[Any], targets: NDArray[np.int32], weights: NDArray[Any]
) -> tuple[float, float]:
    """Compute the mean log loss and accuracy of rows with weights; infinite if logits overflow."""
    if len(overflowing_rows(logits)):
        return np.inf, 0.0
    log_probabilities = log_softmax(logits, axis=1)
    losses = -log_probabilities[np.arange(len(targets)), targets]
    correct = log_probabilities.argmax(axis=1) == targets
    return (
        float(np.average(losses, weights=weights)),
        float(np.average(correct, weights=weights)),
    )
