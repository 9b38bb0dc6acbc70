"""The pages of the documentation: complete, and with the pictures they show."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
# What Sphinx writes beside the pages is not ours.
BUILT = {"generated", "auto_examples", "_build"}
PAGES = sorted(path for path in DOCS.rglob("*.rst") if not BUILT & set(path.parts))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_nothing_is_left_to_fill_in(page):
    assert not re.search(r"@@|TODO|XXX", page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_pictures_and_pages_exist(page):
    text = page.read_text()
    for picture in re.findall(r"\.\. image:: (\S+)", text):
        assert (page.parent / picture).exists()
    (listed,) = re.findall(r"\.\. toctree::\n(?: +:.*\n)*\n((?: +\S+\n)+)", text) or [""]
    for name in listed.split():
        assert (page.parent / f"{name}.rst").exists() or "auto_examples" in name
