"""Figures of the documentation on dark pages."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture
def gallery_figures(monkeypatch):
    monkeypatch.syspath_prepend(DOCS / "_extensions")
    import gallery_figures

    return gallery_figures


def test_black_becomes_light_except_on_pictures(gallery_figures, pyplot):
    figure, (left, right) = pyplot.subplots(ncols=2)
    left.imshow(np.ones((2, 2)), cmap="gray", vmin=0, vmax=1)
    on_picture = left.text(0, 0, "7", color="black")
    above = left.text(0, -1.2, "a 7", color="black", transform=left.transData)
    (black,) = right.plot([0, 1], color="black", label="a")
    (blue,) = right.plot([1, 0], color="#0072B2", marker="o")
    legend = right.legend()
    right.set_title("b")

    gallery_figures.darken(figure)
    light = gallery_figures.TEXT
    assert to_hex(on_picture.get_color()) == "#000000"
    assert to_hex(blue.get_color()) == to_hex(blue.get_markeredgecolor()) == "#0072b2"
    recoloured = [above, black, right.title, right.xaxis.get_ticklabels()[0], *legend.get_texts()]
    assert {to_hex(it.get_color()) for it in recoloured} == {light}
    assert to_hex(right.spines["left"].get_edgecolor()) == light
    assert to_hex(legend.get_frame().get_facecolor()) == gallery_figures.SURFACE


@pytest.fixture
def page(tmp_path):
    """A document with a figure of the gallery, which has a dark twin, and another image."""
    nodes = pytest.importorskip("docutils.nodes")
    from docutils.utils import new_document

    images = tmp_path / "auto_examples" / "images"
    images.mkdir(parents=True)
    for name in ("sphx_glr_plot_07_a_001.png", "sphx_glr_plot_07_a_001_dark.png"):
        (images / name).touch()
    document = new_document("page")
    uri = "/auto_examples/images/sphx_glr_plot_07_a_001.png"
    document += nodes.figure("", nodes.image(uri=uri), nodes.caption("", "A"))
    document += nodes.image(uri="/images/photo.png")
    return document


@pytest.fixture
def app(tmp_path):
    gallery = SimpleNamespace(sphinx_gallery_conf={"plot_gallery": True})
    builder = SimpleNamespace(get_relative_uri=lambda start, end: f"{end}.html")
    return SimpleNamespace(srcdir=tmp_path, config=gallery, builder=builder)


def images_of(page):
    from docutils import nodes

    return [(image["uri"], image["classes"]) for image in page.findall(nodes.image)]


def test_figures_get_a_twin_and_a_link_to_the_example(gallery_figures, app, page):
    from docutils import nodes

    gallery_figures.complete_figures(app, page)
    path = "/auto_examples/images/sphx_glr_plot_07_a_001"
    assert images_of(page) == [
        (f"{path}.png", ["on-light"]),
        (f"{path}_dark.png", ["on-dark", "dark-light"]),
        ("/images/photo.png", []),
    ]
    gallery_figures.link_to_examples(app, page, "user_guide/page")
    links = [link["refuri"] for link in page.findall(nodes.reference)]
    assert links == ["auto_examples/plot_07_a.html"] * 2


def test_a_placeholder_stands_for_a_figure_of_an_example_that_was_not_run(
    gallery_figures, app, page, tmp_path
):
    for file in (tmp_path / "auto_examples" / "images").iterdir():
        file.unlink()
    gallery_figures.complete_figures(app, page)
    assert images_of(page)[0] == ("/auto_examples/images/sphx_glr_plot_07_a_001.png", [])
    app.config.sphinx_gallery_conf["plot_gallery"] = False
    gallery_figures.complete_figures(app, page)
    assert images_of(page)[0] == (gallery_figures.NO_FIGURE, [])
    assert (DOCS / gallery_figures.NO_FIGURE.lstrip("/")).exists()
