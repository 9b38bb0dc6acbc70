"""Histories of fits that go on."""

from math import nan

import numpy as np

from skdigits.training._history import appended


def test_figures_that_one_part_lacks_are_nan_there():
    past = {"loss": [3.0, 2.0], "val_loss": [4.0, 5.0]}
    now = {"loss": [1.0], "seconds": [0.5]}
    joined = appended(past, now)
    np.testing.assert_equal(
        joined, {"loss": [3.0, 2.0, 1.0], "val_loss": [4.0, 5.0, nan], "seconds": [nan, nan, 0.5]}
    )
    assert past == {"loss": [3.0, 2.0], "val_loss": [4.0, 5.0]}


def test_nothing_before_and_nothing_after():
    history = {"loss": [1.0], "accuracy": [0.5]}
    assert appended({}, history) == appended(history, {}) == history
