"""Pages of the documentation as notebooks."""

import ast
import doctest
import json
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture
def as_notebook(monkeypatch):
    monkeypatch.syspath_prepend(DOCS / "_extensions")
    from notebooks import as_notebook

    return as_notebook


def source(cell):
    return "".join(cell["source"])


def test_text_and_code_become_cells(as_notebook):
    text = (
        ".. _a:\n\nTitle\n=====\n\nA :class:`~b.C`, see :ref:`d` and :ref:`this <e>`:\n\n"
        ">>> x = [\n...     1,\n... ]\n>>> x\n[1]\n\nMore\n----\n\n.. code-block:: bash\n\n"
        "    ls\n\n.. image:: f.png\n    :alt: g\n\nEnd\n\n"
        ".. figure:: h.png\n    :alt: i\n\n    J.\n"
    )
    first, code, last = as_notebook(text)["cells"]
    assert source(first) == "# Title\n\nA `C`, see d and this:"
    assert source(code) == "x = [\n    1,\n]\nx"
    assert (code["cell_type"], code["outputs"], code["execution_count"]) == ("code", [], None)
    assert source(last) == "## More\n\n```bash\nls\n```\n\n\nEnd"


@pytest.mark.parametrize("name", ["quickstart", "tutorial"])
def test_a_page_offers_itself_with_all_its_code(as_notebook, name):
    """The doctests of the pages run elsewhere: they are the code of the notebooks."""
    text = (DOCS / f"{name}.rst").read_text(encoding="utf-8")
    assert f":download:`notebook <_notebooks/{name}.ipynb>`" in text
    notebook = json.loads(json.dumps(as_notebook(text)))
    code = "\n".join(source(it) for it in notebook["cells"] if it["cell_type"] == "code")
    examples = "".join(it.source for it in doctest.DocTestParser().get_examples(text))
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(examples))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            assert not re.search(r":\w+:`|^\.\. |^[=-]{3,}$", source(cell), flags=re.M)
