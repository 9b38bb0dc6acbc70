import numpy as np
import pytest

from skdigits._whole_numbers import is_whole


@pytest.mark.parametrize("odd", [0.5, np.nan, np.inf])
def test_one_number_of_many_is_not_whole(odd):
    rows = np.zeros((3000, 2), np.float32)
    assert is_whole(rows)
    rows[2999, 1] = odd
    assert not is_whole(rows)


def test_integers_and_words_have_no_fractions():
    assert is_whole(np.array([1, 2]))
    assert is_whole(np.array(["1.5"]))
