"""Text from elsewhere is shown, and not obeyed by a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdigits._printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("7.png", "7.png"),
        ("Übung 7.png", "Übung 7.png"),
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\u202egnp.7", r"\u202egnp.7"),  # Right-to-left override: shows as 7.png.
        ("\udcff.png", r"\udcff.png"),  # Bytes of a file's name that are not UTF-8.
        (7, "7"),
    ],
)
def test_control_characters_are_written_out(text, shown):
    assert printable(text) == shown


@given(st.text())
def test_everything_becomes_one_printable_line(text):
    shown = printable(text)
    assert shown.isprintable()
    shown.encode()
