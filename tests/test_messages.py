"""commands/_messages: one line each, printable, of bounded length, and never an error."""

import io
import sys

import pytest

from skdigits.commands._messages import StandardError, print_line, tell


def test_one_line(capsys):
    print_line("error", "in\ntwo  lines", ["a note", "another"])
    assert capsys.readouterr().err == "skdigits: error: in two lines (a note; another)\n"


def test_control_characters_are_shown(capsys):
    print_line("warning", "a\x1b[2Jb\u202e", ["c\x07"])
    assert capsys.readouterr().err == "skdigits: warning: a\\x1b[2Jb\\u202e (c\\x07)\n"


def test_of_tracebacks_the_error_is_shown(capsys):
    traceback = 'Traceback (most recent call last):\n  File "it.py", line 1\n    fit()\n'
    print_line("error", f"\nAll the 27 fits failed.\n---\n{traceback}ValueError: the reason\n")
    line = capsys.readouterr().err
    assert line == "skdigits: error: All the 27 fits failed. ... ValueError: the reason\n"


def test_both_ends_of_a_long_message_are_shown(capsys):
    print_line("error", "All fits failed. " + 5000 * "and so on " + "ValueError: the reason")
    line = capsys.readouterr().err
    assert line.startswith("skdigits: error: All fits failed. and so on ")
    assert " ... " in line
    assert line.endswith("ValueError: the reason\n")
    assert len(line) < 1100


class Full(io.StringIO):
    def write(self, text):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("stream", [None, Full(), "closed"], ids=["none", "full", "closed"])
def test_nobody_listening_is_no_error(stream, monkeypatch, capsys):
    if stream == "closed":
        stream = io.StringIO()
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    tell("progress")
    print("progress", file=StandardError())
    assert not StandardError().isatty()
    assert StandardError().encoding
    assert capsys.readouterr().out == ""
