"""Learning-rate schedules as arrays: one factor of the peak learning rate per update."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Schedule = Callable[[int], NDArray[np.float64]]

WARM_UP_FRACTION = 0.25
INITIAL_FACTOR = 0.04


def constant(n_updates: int) -> NDArray[np.float64]:
    """Keep the peak learning rate."""
    return np.ones(n_updates)


def linear(n_updates: int) -> NDArray[np.float64]:
    """Fall in a straight line from the peak towards zero."""
    return 1.0 - np.arange(n_updates) / n_updates


def cosine(n_updates: int) -> NDArray[np.float64]:
    """Fall from the peak towards zero along half a cosine (Loshchilov and Hutter 2017)."""
    return 0.5 * (1.0 + np.cos(np.pi * np.arange(n_updates) / n_updates))


def one_cycle(n_updates: int) -> NDArray[np.float64]:
    """Rise to the peak in the first quarter, then fall towards zero (Smith and Topin 2018)."""
    n_warm_up = int(WARM_UP_FRACTION * n_updates)
    rise = np.linspace(INITIAL_FACTOR, 1.0, n_warm_up, endpoint=False)
    return np.concatenate([rise, linear(n_updates - n_warm_up)])


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "cosine": cosine,
    "linear": linear,
    "one_cycle": one_cycle,
}
