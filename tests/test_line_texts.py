"""Texts of lines that users give."""

import numpy as np
import pytest

from skdigits.handwriting._line_texts import as_texts


@pytest.mark.parametrize("texts", [["7", "007"], ("7", "007"), np.array(["7", "007"], object)])
def test_texts_become_an_array(texts):
    found = as_texts(texts, "texts")
    assert found.dtype.kind == "U"
    assert found.tolist() == ["7", "007"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([7], "texts_val must be a sequence of strings, one per line, got int64"),
        ("7", "texts_val must be a sequence of strings"),
        ([["7"]], r"of shape \(1, 1\)"),
        ([], "texts_val must hold at least one line"),
    ],
)
def test_others_are_named(texts, message):
    with pytest.raises(ValueError, match=message):
        as_texts(texts, "texts_val")
