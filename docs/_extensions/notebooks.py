"""Pages as notebooks, which `:download:` offers: their text, and the code of their doctests."""

import doctest
import json
import re
from pathlib import Path

# Where Sphinx looks for downloads, and Git does not look.
FOLDER = "_notebooks"
_ROLES = (
    (r":(?:ref|doc|download):`([^`<]+?)\s*<[^`>]+>`", r"\1"),
    (r":ref:`sphx_glr_auto_examples_([^`]+)\.py`", r"`examples/\1.py`"),
    (r":ref:`([^`]+)`", r"\1"),
    (r":(?:class|func|meth|mod):`~?(?:[\w.]+\.)?(\w+)`", r"`\1`"),
)


def as_notebook(text):
    """Return the page of reStructuredText as a dictionary, to be written as JSON."""
    cells = []
    for part in doctest.DocTestParser().parse(text):
        if isinstance(part, doctest.Example):
            if not cells or cells[-1]["cell_type"] != "code":
                cells.append(_cell("code", "", execution_count=None, outputs=[]))
            cells[-1]["source"] += part.source
        elif part.strip():
            cells.append(_cell("markdown", _as_markdown(part)))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
        cell["source"] = cell["source"].strip().splitlines(keepends=True)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(kind, source, **others):
    return {"cell_type": kind, "metadata": {}, "source": source, **others}


def _as_markdown(text):
    for role, replacement in _ROLES:
        text = re.sub(role, replacement, text)
    text = re.sub(r"^\.\. _[\w-]+:\n", "", text, flags=re.M)
    text = re.sub(r"^\.\. (?:image|figure)::.*\n(?:\n? +.*\n)*", "", text, flags=re.M)
    text = re.sub(r"^\.\. code-block:: (\w+)\n\n((?: {4}.*\n)+)", _as_fenced, text, flags=re.M)
    for character, level in (("=", 1), ("-", 2)):
        text = re.sub(rf"^(.+)\n\{character}+$", rf"{'#' * level} \1", text, flags=re.M)
    return text


def _as_fenced(block):
    language, lines = block.groups()
    return f"```{language}\n{re.sub('^ {4}', '', lines, flags=re.M)}```\n"


def write_notebooks(app):
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for name in app.config.notebook_pages:
        page = Path(app.srcdir) / f"{name}.rst"
        notebook = as_notebook(page.read_text(encoding="utf-8"))
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook, indent=1), encoding="utf-8")


def setup(app):
    app.add_config_value("notebook_pages", [], "env", [list])
    app.connect("builder-inited", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
