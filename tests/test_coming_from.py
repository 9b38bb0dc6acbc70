"""The programs of other packages, in the pages for those who come from them, run as well."""

import re
import textwrap
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[1] / "docs" / "coming_from"
BLOCK = re.compile(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", re.MULTILINE)


@pytest.mark.filterwarnings("ignore")  # Of other packages.
@pytest.mark.parametrize("package", ["keras.wrappers", "scikeras", "skorch"])
def test_programs_of_others_run(package, capsys):
    pytest.importorskip(package)
    (program,) = BLOCK.findall((PAGES / f"{package.replace('.', '_')}.rst").read_text())
    exec(textwrap.dedent(program), {"__name__": package})
    (*_, score) = capsys.readouterr().out.split()
    assert float(score) > 0.95


def test_every_page_is_listed():
    (listed,) = re.findall(r":maxdepth: 1\n\n((?: +\S+\n)+)", (PAGES / "index.rst").read_text())
    assert {*listed.split(), "index"} == {page.stem for page in PAGES.glob("*.rst")}
