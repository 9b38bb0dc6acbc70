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

_SET_DURING_FITS = {"_callback_fit_ctx", "_skl_callbacks_to_teardown"}


@contextmanager
def unchanged_on_failure(estimator: BaseEstimator) -> Iterator[None]:
    """Restore an estimator if an error leaves it half fitted.

    What scikit-learn sets during a fit is left to it: if an interrupt comes at the end of the
    block, Python may restore the estimator after scikit-learn has removed that.
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        attributes = vars(estimator)
        gone = _SET_DURING_FITS - attributes.keys()
        attributes.clear()
        attributes.update({name: it for name, it in before.items() if name not in gone})
        raise


def own_generator(random_state: Any) -> np.random.RandomState:
    """Return a generator to keep, which is neither the caller's nor NumPy's global one."""
    generator: np.random.RandomState = check_random_state(random_state)
    if isinstance(random_state, Integral):
        return generator
    (seed,) = draw_seeds(generator, 1)
    return np.random.RandomState(seed)
