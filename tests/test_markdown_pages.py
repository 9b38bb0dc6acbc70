"""Markdown files, such as the changelog and the model card, as pages of the documentation."""

import re
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "CHANGELOG.md", ROOT / "skdigits" / "reading" / "reader.md"]


@pytest.fixture
def as_rst(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs" / "_extensions")
    from markdown_pages import as_rst

    return as_rst


def test_headings_lists_links_and_code(as_rst):
    text = "# Title\n\nSee [the\npage](https://a.b/c_d).\n\n## [1.0] - 2026-01-01\n\n### Added\n\n"
    assert as_rst(text + "- `a_*` of **all** b_c*\n  and more\n") == (
        "\n\nSee `the page <https://a.b/c_d>`__.\n\n1.0 - 2026-01-01\n----------------\n\n"
        "Added\n~~~~~\n\n- `a_*` of **all** b\\_c\\*\n  and more"
    )


def test_tables(as_rst):
    assert as_rst("Before:\n\n| | a_b |\n|---|---|\n| `c` | 1 % |\n| d | |\n\nAfter") == (
        "Before:\n\n.. list-table::\n    :header-rows: 1\n\n    * - \n      - a\\_b\n"
        "    * - `c`\n      - 1 %\n    * - d\n      - \n\nAfter"
    )


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_a_page_has_all_words_of_its_file(as_rst, file):
    core = pytest.importorskip("docutils.core")
    text = file.read_text(encoding="utf-8")
    html = core.publish_string(
        "Title\n#####\n\n" + as_rst(text),
        writer="html5",
        settings_overrides={"report_level": 1, "halt_level": 1, "default_role": "literal"},
    ).decode()
    body = html.split("<main", 1)[1]
    words = re.sub(r"[\s`\[\]*]", "", unescape(re.sub("<[^>]+>", " ", body)))
    for line in text.splitlines()[1:]:
        plain = re.sub(r"^[|-]+$|\]\([^)]+\)|^#+ |^ *- |[|]", "", line)
        assert re.sub(r"[\s`\[\]*]", "", plain) in words
