"""The pages of the documentation: complete, and with the pictures they show."""

import ast
import re
from pathlib import Path

import pytest

import skdigits

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


TITLES = re.findall(r"^`.+`$", (DOCS / "troubleshooting.rst").read_text(), flags=re.MULTILINE)
MESSAGES = [
    message.removeprefix("skdigits: ")  # The command line says who speaks.
    for title in TITLES
    for message in re.findall(r"`([^`]+)`", title)
]
OF_OTHERS = ("X has 784 features", "I0000", "Can't pickle")


def texts_in(path):
    """What is always the same in the texts of a module, with a line break for what is not."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            yield "".join(getattr(part, "value", "\n") if isinstance(part, ast.Constant) else "\n"
                          for part in node.values)  # fmt: skip
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.fixture(scope="module")
def texts():
    modules = Path(skdigits.__file__).parent.rglob("*.py")
    return "\n".join(text for path in modules for text in texts_in(path))


@pytest.mark.parametrize("message", [it for it in MESSAGES if not it.startswith(OF_OTHERS)])
def test_errors_to_be_shot_are_raised(message, texts):
    # Words without numbers, which the package fills in.
    runs = [run.split() for run in re.split(r"\S*\d\S*|\.\.\.", message)]
    longest = max(runs, key=len)
    parts = [" ".join(longest[i : i + 4]) for i in range(max(1, len(longest) - 3))]
    assert any(part in texts for part in parts), "no such words in the package"
