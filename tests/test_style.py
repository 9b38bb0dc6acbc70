"""Matplotlib is imported when used, and its absence names the cure."""

import itertools
import subprocess
import sys

import numpy as np
import pytest

from skdigits.comparison import FoldScores
from skdigits.plotting import (
    ComparisonDisplay,
    DigitsDisplay,
    ReadingDisplay,
    SearchDisplay,
    TrainingCurveDisplay,
)
from skdigits.plotting._style import COLORS, contrasting, make_axes

DISPLAYS = [
    DigitsDisplay(
        np.zeros((2, 8, 8, 1)), labels=np.array([1, 2]), predictions=np.array([1, 3]), summary="it"
    ),
    TrainingCurveDisplay({"run": {"loss": [1.0]}}),
    ComparisonDisplay({"it": FoldScores(np.ones(2), np.ones(2), np.ones(2), None)}),
    SearchDisplay(np.ones((1, 1)), row_values=[1], column_values=[1]),
    ReadingDisplay(np.zeros((20, 30), np.uint8), []),
]


def test_import_waits_for_matplotlib():
    code = "import sys, skdigits.plotting; print('matplotlib' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\n"


@pytest.mark.parametrize("display", DISPLAYS, ids=lambda display: type(display).__name__)
def test_absence_of_matplotlib_names_the_cure(display, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r'pip install "skdigits\[plot\]"'):
        display.plot()


def test_axes_given_are_taken(pyplot):
    _, ax = pyplot.subplots()
    assert make_axes(ax, (1, 1)) is ax
    assert list(make_axes(None, (3, 2)).figure.get_size_inches()) == [3, 2]


def luminance(color):
    """Relative luminance by the Web Content Accessibility Guidelines 2.1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color[:3]]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(one, other):
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("cmap", ["viridis", "gray_r", "RdBu_r"])
def test_numbers_are_legible_on_every_color(cmap, pyplot):
    for color in pyplot.get_cmap(cmap)(np.linspace(0, 1, 101)):
        text = {"black": (0, 0, 0), "white": (1, 1, 1)}[contrasting(color)]
        # 4.5 is what the guidelines ask of text.
        assert contrast(text, color) >= 4.5


def test_lines_are_legible_on_white_and_on_black(pyplot):
    from matplotlib.colors import to_rgb

    # Thick lines and marks: less than text needs, and never close to the background.
    for color, background in itertools.product(COLORS, [(0, 0, 0), (1, 1, 1)]):
        assert contrast(to_rgb(color), background) >= 2


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("display", DISPLAYS, ids=lambda display: type(display).__name__)
def test_words_are_legible_on_light_and_dark_backgrounds(display, style, pyplot):
    from matplotlib.colors import to_rgb

    with pyplot.style.context(style):
        display.plot()
        background = to_rgb(display.figure_.get_facecolor())
        for ax in display.figure_.axes:
            labels = [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels()]
            titles = getattr(display, "text_", []) if isinstance(display, DigitsDisplay) else []
            for text in [*labels, *titles]:
                assert contrast(to_rgb(text.get_color()), background) >= 3.5
