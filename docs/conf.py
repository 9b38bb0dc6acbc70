"""Sphinx configuration."""

import os
import sys
from pathlib import Path

import skdigits
from skdigits.export import to_html
from skdigits.reading import load_reader

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

project = "skdigits"
author = "The skdigits developers"
copyright = "2026, The skdigits developers"
version = release = skdigits.__version__

extensions = [
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "command_line",
    "gallery_figures",
    "markdown_pages",
    "notebooks",
]
notebook_pages = ["quickstart", "tutorial"]
exclude_patterns = ["_build", "_notebooks"]
templates_path = ["_templates"]
default_role = "literal"

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

intersphinx_mapping = {
    "joblib": ("https://joblib.readthedocs.io/en/stable/", None),
    "numpy": ("https://numpy.org/doc/stable/", None),
    "python": ("https://docs.python.org/3/", None),
    "sklearn": ("https://scikit-learn.org/stable/", None),
}
suppress_warnings = ["config.cache"]
# The project's own addresses, which do not exist yet (see pyproject.toml), and a page that is
# written after the others.
linkcheck_ignore = [r"https://skdigits\.", r"(\.\./)?digits\.html"]
# `sphinx-build -t offline` builds without a connection, and without links to other projects.
if tags.has("offline"):  # noqa: F821 (Sphinx defines the name)
    intersphinx_mapping = {}
    suppress_warnings += ["ref.term", "ref.ref"]

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "ignore_pattern": "web_service",  # a page of its own shows it
    "doc_module": ("skdigits",),
    "reference_url": {"skdigits": None},
    "backreferences_dir": "api/generated/backreferences",
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": ("gallery_figures",),
    "remove_config_comments": True,
    "abort_on_example_error": True,
    "write_computation_times": False,
    "show_memory": False,
}

html_theme = "pydata_sphinx_theme"
html_title = "skdigits"
html_static_path = ["_static"]
html_css_files = ["site.css"]
# Pages outside of folders have no neighbours that a sidebar could list.
html_sidebars = {"*": []}
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    # The source of a page is one of the documentation's files, and that of an object is shown by
    # viewcode: neither needs to know where the repository is.
    "secondary_sidebar_items": ["page-toc", "sourcelink"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
# Copied is what is typed: neither prompts nor what is printed.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"


def write_demo(app, exception):
    """Write the page of `skdigits demo` beside the first page, which links to it."""
    if exception is None and app.builder.format == "html":
        to_html(load_reader(), Path(app.outdir) / "digits.html")


def setup(app):
    app.connect("build-finished", write_demo)
