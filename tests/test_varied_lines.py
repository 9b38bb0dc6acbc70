"""Variations of pictures of lines."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skdigits.handwriting import vary_lines

LINE = np.full((40, 90), 230, np.uint8)
LINE[5:35, 14:18] = LINE[5:35, 40:44] = LINE[20:24, 50:80] = 20


def test_each_picture_is_varied_equally_often():
    images, texts = vary_lines([LINE, LINE[:, :30]], ["117", "1"], 9, random_state=0)
    assert sorted(np.unique(texts, return_counts=True)[1]) == [4, 5]
    assert all(image.dtype == np.uint8 and image.shape[0] == 40 for image in images)
    for image, text in zip(images, texts, strict=True):
        assert (image.shape[1] > 50) == (text == "117")


def test_variations_differ_and_keep_ink_and_paper():
    images, _ = vary_lines([LINE], ["117"], 30, random_state=0)
    assert len({image.tobytes() for image in images}) == 30
    assert len({image.shape for image in images}) > 5
    shares = np.array([(image < 125).mean() for image in images]) / (LINE < 125).mean()
    assert 0.6 < shares.min() < 0.95 < 1.05 < shares.max() < 1.6


def test_same_random_state_gives_same_pictures():
    images, _ = vary_lines([LINE], ["117"], 3, random_state=1)
    others, _ = vary_lines([LINE], ["117"], 3, random_state=1)
    for image, other in zip(images, others, strict=True):
        assert_array_equal(image, other)


@pytest.mark.parametrize(
    ("images", "texts", "n_lines", "told"),
    [
        ([], [], 3, "at least one picture"),
        ([LINE], ["1", "2"], 3, "inconsistent numbers"),
        ([LINE], ["1"], 0, "n_lines == 0"),
        ([LINE], [7], 3, "texts must be a sequence of strings"),
        ("abc.png", ["1"], 3, "images must be a sequence of pictures .*, got 'abc.png'"),
        ([LINE, LINE[0]], ["1", "1"], 3, r"images\[1\]: an image must be"),
    ],
)
def test_wrong_input_is_named(images, texts, n_lines, told):
    with pytest.raises(ValueError, match=told):
        vary_lines(images, texts, n_lines)
