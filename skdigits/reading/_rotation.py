"""The turn after which a photo reads best: none, unless another one reads much better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from skdigits.reading._view import View, is_strip, view_of

N_QUARTERS = 4
FEWEST_DIGITS = 3  # fewer look too often like other digits after a turn
_FLAT_ASPECT = 2.0  # width / height from which a strip is not tried on its side
_LEAST_LEAD = 0.1  # of the mean probability on a turned photo over that on the upright one

Found = TypeVar("Found")


def turned_upright(
    photo: Any,
    n_quarters: int | None,
    find: Callable[[View], Found],
    probabilities_of: Callable[[Found], Sequence[float]],
    *,
    well: float,
    legible: float,
) -> tuple[View, int, Found]:
    """Find digits on a photo as it is, and after the other turns if they do not read well.

    Parameters
    ----------
    photo : str, path-like, PIL.Image.Image or array-like
        The photo.
    n_quarters : int or None
        Number of clockwise quarter turns; None finds the best one.
    find : callable
        Finds what there is on a view.
    probabilities_of : callable
        Lists the probabilities of what was found, 0 for what is no digit.
    well, legible : float
        Their mean from which no other turn is tried, and from which a turned photo may be better.

    Returns
    -------
    view, n_quarters, found : View, int and object
        The turned photo, the turn, and what was found.
    """
    view = view_of(photo, n_quarters=n_quarters or 0)
    found = find(view)
    probabilities = probabilities_of(found)
    # Few digits that are sure are not turned, but do not show that the photo is upright.
    least = float(np.mean(probabilities or 0)) + _LEAST_LEAD
    if n_quarters is not None or _certainty(probabilities) >= well or least > 1:
        return view, n_quarters or 0, found
    turns = [N_QUARTERS // 2] if is_strip(view, _FLAT_ASPECT) else range(1, N_QUARTERS)
    views = [view_of(view.photo, n_quarters=turn, scale=view.scale) for turn in turns]
    turned = [(one, turn, find(one)) for turn, one in zip(turns, views, strict=True)]
    certainties = [_certainty(probabilities_of(others)) for _, _, others in turned]
    best = int(np.argmax(certainties))
    is_better = certainties[best] >= max(legible, least)
    return turned[best] if is_better else (view, 0, found)


def _certainty(probabilities: Sequence[float]) -> float:
    """Compute the mean; 0 if there are too few digits."""
    is_enough = np.count_nonzero(probabilities) >= FEWEST_DIGITS
    return float(np.mean(probabilities)) if is_enough else 0.0
