"""Lines and their texts, checked and normalised."""

import numpy as np
import pytest
from small_lines import line_pictures, small_recognizer

from skdigits.reading._labelled_lines import LabelledLines
from skdigits.reading._line_network import network_of

PICTURES = [np.full((30, 50), 200, np.uint8)] * 3


def test_characters_are_sorted_and_labels_are_their_columns():
    lines = LabelledLines.of(PICTURES, ["20", "", "0?2"])
    assert lines.characters.tolist() == ["0", "2", "?"]
    assert lines.labels(lines.characters) == [(2, 1), (), (1, 3, 2)]
    # A recognizer that knows more characters has other columns.
    assert lines.labels(np.array(list("012?"))) == [(3, 1), (), (1, 4, 3)]


@pytest.mark.parametrize(
    ("images", "texts", "told"),
    [
        (PICTURES, ["1", "2"], "inconsistent numbers of samples"),
        (PICTURES, [1, 2, 3], "texts_val"),
        ([*PICTURES[:2], "no_such_file.png"], ["1"] * 3, "no_such_file"),
    ],
)
def test_errors_name_the_argument(images, texts, told):
    with pytest.raises((ValueError, OSError), match=told):
        LabelledLines.of(images, texts, "_val")


def test_score_is_that_of_the_recognizer():
    recognizer = small_recognizer()
    images, texts = line_pictures(12, seed=5)
    texts[:3] = "9"
    score = LabelledLines.of(images, texts).score(
        network_of(recognizer.weights_), recognizer.weights_, recognizer.characters_
    )
    assert score == recognizer.score(images, texts) <= 0.75
