"""The commands that install what is missing name extras that exist, in a form that works.

`pip install ".[plot]"` works in a clone, and `pip install "skdigits[plot]"` where skdigits is
installed, wherever it came from.
"""

import re
import tomllib
from pathlib import Path

import pytest

import skdigits

ROOT = Path(__file__).parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

PACKAGE = sorted(Path(skdigits.__file__).parent.rglob("*.py"))
PAGES = [
    *(ROOT / "README.md", ROOT / "examples" / "README.rst", ROOT / "benchmarks" / "README.md"),
    *(page for page in (ROOT / "docs").rglob("*.rst") if "generated" not in page.parts),
    *sorted((ROOT / "examples").glob("*.py")),
]
HINT = re.compile(r"""pip install (?:-e )?["'](\.|skdigits)\[([\w,.]+)\]["']""")


def hints(path):
    return [(where, extras.split(",")) for where, extras in HINT.findall(path.read_text())]


def by_name(path):
    return "/".join(path.parts[-3:])


@pytest.mark.parametrize("path", [*PACKAGE, *PAGES], ids=by_name)
def test_extras_exist(path):
    named = {extra for _, extras in hints(path) for extra in extras}
    assert named - {"..."} <= EXTRAS.keys()


@pytest.mark.parametrize("path", PACKAGE, ids=by_name)
def test_messages_do_not_ask_for_a_clone(path):
    assert {where for where, _ in hints(path)} <= {"skdigits"}


def test_hints_are_found():
    assert len([hint for path in PACKAGE for hint in hints(path)]) >= 6
    assert len([hint for path in PAGES for hint in hints(path)]) >= 8


def test_all_is_all_that_commands_need():
    (extras,) = re.findall(r"skdigits\[(.*)\]", EXTRAS["all"][0])
    assert set(extras.split(",")) >= {"cpu", "files", "images", "onnx", "plot"}
    assert 'pip install ".[all]"' in (ROOT / "README.md").read_text()


def test_every_extra_is_in_the_table_of_the_installation_page():
    _, _, table, _ = re.split(r"^=+ =+$", (ROOT / "docs" / "install.rst").read_text(), flags=re.M)
    listed = set(re.findall(r"^`(\w+)` ", table, re.MULTILINE))
    assert listed == EXTRAS.keys()
