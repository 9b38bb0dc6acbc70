"""The stored state of a recognizer of lines."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from small_lines import small_recognizer

from skdigits.reading import DigitStringRecognizer
from skdigits.reading._recognizer_state import pack, rounded, unpack


@pytest.mark.parametrize(
    "changes",
    [
        {"weights_": ()},
        {"weights_": (np.zeros(3, np.float16),)},
        {"characters_": np.array(["0", "1"])},
        {"characters_": np.array(["0", "0", "1", "2"])},
        {"history_": None},
        {"n_iter_": -1},
    ],
)
def test_states_that_do_not_fit_together_are_refused(changes):
    state = {**small_recognizer().__getstate__(), **changes}
    with pytest.raises(ValueError, match="stored state of DigitStringRecognizer is invalid"):
        DigitStringRecognizer().__setstate__(state)


def test_weights_of_another_network_or_not_finite_are_refused():
    state = small_recognizer().__getstate__()
    first, *others = state["weights_"]
    for weight in (first[..., :-1], np.full_like(first, np.nan)):
        with pytest.raises(ValueError, match="is invalid"):
            DigitStringRecognizer().__setstate__({**state, "weights_": (weight, *others)})
    del state["characters_"]
    with pytest.raises(ValueError, match="all fitted attributes, or none"):
        DigitStringRecognizer().__setstate__(state)


def test_state_without_a_fit_is_returned():
    assert unpack(DigitStringRecognizer, pack({"epochs": 3})) == {"epochs": 3}


def test_rounded_weights_are_stored_as_they_are():
    weight = rounded(np.array([1e9, -1e9, 1 / 3], np.float32))
    assert_array_equal(pack({"weights_": (weight,)})["weights_"][0].astype(np.float32), weight)
    assert np.isfinite(weight).all()
    assert not weight.flags.writeable
