"""The changelog, which is Markdown, as a page of the documentation."""

import re
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


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


def test_changelog_becomes_a_page_with_all_its_words(as_rst):
    core = pytest.importorskip("docutils.core")
    html = core.publish_string(
        "Changelog\n#########\n\n" + as_rst(CHANGELOG),
        writer="html5",
        settings_overrides={"report_level": 1, "halt_level": 1, "default_role": "literal"},
    ).decode()
    body = html.split("<main", 1)[1]
    words = unescape(re.sub("<[^>]+>", " ", body))
    for line in CHANGELOG.splitlines():
        plain = re.sub(r"\]\([^)]+\)|^#+ |^ *- ", "", line)
        assert re.sub(r"[\s`\[\]*]", "", plain) in re.sub(r"[\s`\[\]*]", "", words)
    links = re.findall(r"\]\(([^)]+)\)", CHANGELOG)
    assert [link for link in links if f'href="{link}"' not in body] == []
