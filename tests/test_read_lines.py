"""Lines that were read, and the reading that they form."""

import numpy as np
import pytest

from skdigits.reading import Box, ReadDigit
from skdigits.reading._read_lines import (
    ReadLine,
    Upright,
    difference,
    field_of,
    lines_of_digits,
    reading_of,
)

UPRIGHT = Upright(np.full((100, 300), 255, np.uint8), scale=1.0, n_quarters=3)


def line(text, *, left=50, top=30, confidence=0.97):
    boxes = [Box(left + 20 * i, top, left + 20 * i + 15, top + 30) for i in range(len(text))]
    digits = [ReadDigit(it, 0.99, box, line=0) for it, box in zip(text, boxes, strict=True)]
    return ReadLine(digits, confidence)


def test_lines_are_numbered_and_empty_ones_left_out():
    reading = reading_of([line("12"), line(""), line("345", top=70, confidence=0.5)], UPRIGHT)
    assert reading.text == "12\n345"
    assert [digit.line for digit in reading.digits] == [0, 0, 1, 1, 1]
    assert reading.line_confidences == [0.97, 0.5]
    assert reading.rotation == 270


def test_print_and_edges_of_the_paper_are_no_lines():
    digits, letters, edge = line("12"), line("???"), line("1", left=0, top=0)
    assert lines_of_digits([digits, letters, edge], UPRIGHT) == [digits]
    # All that there is stays.
    assert lines_of_digits([edge], UPRIGHT) == [edge]


def test_field_of_the_number_asked_for():
    reading = field_of(line("1234"), UPRIGHT, n_digits=4, n_seen=4)
    assert (reading.confidence, reading.n_digits_seen) == (0.97, None)
    assert difference(4, reading) == ""


@pytest.mark.parametrize(
    ("text", "n_seen", "confidence", "told"),
    [
        ("1234", 5, 0.5, "some were left out"),
        ("1234", 2, 0.5, "some were made up"),
        ("123", 3, 0.0, "there is no ink for more"),
    ],
)
def test_field_of_another_number_is_not_to_be_trusted(text, n_seen, confidence, told):
    reading = field_of(line(text), UPRIGHT, n_digits=4, n_seen=n_seen)
    assert (reading.text, reading.confidence, reading.n_digits_seen) == (text, confidence, n_seen)
    assert difference(4, reading).endswith(told + ".")


def test_doubt_stays_as_it_is():
    doubtful = line("1234", confidence=0.1)
    assert field_of(doubtful, UPRIGHT, n_digits=4, n_seen=5).confidence == 0.1
