"""What a failed call must leave as it was, and what later calls go on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from skdigits.programs._keras_network import draw_seeds


@contextmanager
def unchanged_on_failure(estimator: BaseEstimator) -> Iterator[None]:
    """Restore an estimator if an error leaves it half fitted."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def own_generator(random_state: Any) -> np.random.RandomState:
    """Return a generator to keep, which is neither the caller's nor NumPy's global one."""
    generator: np.random.RandomState = check_random_state(random_state)
    if isinstance(random_state, Integral):
        return generator
    (seed,) = draw_seeds(generator, 1)
    return np.random.RandomState(seed)
