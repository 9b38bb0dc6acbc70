"""The page of the documentation about the command line: all that the parsers have."""

import argparse
import re
from html import unescape
from pathlib import Path

import pytest

from skdigits.__main__ import _COMMANDS, _build_parser

DOCS = Path(__file__).parents[1] / "docs"
NAMES = [module.__name__.split("._")[-1] for module in _COMMANDS]


@pytest.fixture
def command_line(monkeypatch):
    monkeypatch.syspath_prepend(DOCS / "_extensions")
    import command_line

    return command_line


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page as Sphinx builds it."""
    application = pytest.importorskip("sphinx.application")
    source, built = (tmp_path_factory.mktemp(name) for name in ("source", "built"))
    (source / "index.rst").write_text((DOCS / "command_line.rst").read_text())
    options = {"extensions": ["command_line"], "default_role": "literal", "smartquotes": False}
    arguments = (source, None, built, built / "doctrees", "html", options)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS / "_extensions")
        application.Sphinx(*arguments, status=None, warningiserror=True).build()
    return (built / "index.html").read_text()


def words_of(html):
    return " ".join(unescape(re.sub("<[^>]+>", "", html)).split())


def plain(text):
    return " ".join(text.replace("`", "").split())


@pytest.mark.parametrize("name", NAMES)
def test_every_sub_command_is_described(command_line, page, name):
    parser = command_line.sub_commands(_build_parser())[name]
    assert f"<h2>skdigits {name}<" in page
    assert plain(parser.description) in words_of(page)
    assert f"usage: skdigits {name} [-h]" in words_of(page)


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_described(command_line, page, name):
    parser = command_line.sub_commands(_build_parser())[name]
    (section,) = re.findall(rf"<h2>skdigits {name}<.*?</section>", page, flags=re.DOTALL)
    for action in command_line.shown_actions(parser):
        for option in action.option_strings or [action.metavar]:
            assert f'<span class="pre">{option}</span>' in section
        assert plain(action.help % vars(action)) in words_of(section)


def test_hidden_options_stay_hidden(command_line):
    parsers = command_line.sub_commands(_build_parser())
    hidden = [
        option
        for parser in parsers.values()
        for action in parser._actions
        if action.help is argparse.SUPPRESS
        for option in action.option_strings
    ]
    assert "--save-plot" in hidden
    text = command_line.as_rst(_build_parser())
    assert [option for option in hidden if option in text] == []


def test_only_code_and_options_are_marked_up(command_line):
    parser = argparse.ArgumentParser(prog="tool")
    command = parser.add_subparsers().add_parser("do", description="Keep *.png and x_ of `a_b*`.")
    command.add_argument("--level", choices=[1, 2], default=2, help="100 %% of %(default)s")
    command.add_argument("--names", "-n", nargs="+", metavar="NAME", help="without --level: 1")
    text = command_line.as_rst(parser)
    assert r"Keep \*.png and x\_ of `a_b*`." in text
    assert ".. option:: --level 1|2\n\n    100 % of 2\n" in text
    assert (
        ".. option:: --names NAME [NAME ...], -n NAME [NAME ...]\n\n    without `--level`: 1\n"
        in text
    )
