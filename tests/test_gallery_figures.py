"""Figures of the documentation on dark pages."""

from pathlib import Path

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


def test_twins_have_names_of_their_own(gallery_figures):
    assert gallery_figures.dark_twin(Path("a/b_001.png")) == Path("a/b_001_dark.png")
