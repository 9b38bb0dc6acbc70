import itertools

import numpy as np
import pytest

from skdigits.comparison import Comparison, FoldScores
from skdigits.plotting import ComparisonDisplay


@pytest.fixture
def comparison():
    return Comparison(
        {
            "fast": FoldScores(
                np.array([0.90, 0.94]), np.array([0.1, 0.3]), np.array([1.0, 1.0]), 650
            ),
            "slow": FoldScores(
                np.array([0.98, 0.98]), np.array([10.0, 30.0]), np.array([1.0, 1.0]), None
            ),
        },
        n_train=np.array([80, 80]),
        n_test=np.array([40, 40]),
    )


def test_points_are_median_seconds_and_mean_accuracy(comparison, pyplot):
    display = ComparisonDisplay.from_comparison(comparison)
    point, _, (seconds, accuracy) = display.errorbars_["fast"]
    assert (point.get_xdata(), point.get_ydata()) == (pytest.approx(0.2), pytest.approx(92))
    np.testing.assert_allclose(seconds.get_segments(), [[[0.1, 92], [0.3, 92]]])
    np.testing.assert_allclose(accuracy.get_segments(), [[[0.2, 90], [0.2, 94]]])


def test_classifiers_are_told_apart_by_more_than_color(comparison, pyplot):
    display = ComparisonDisplay.from_comparison(comparison)
    points = [errorbar[0] for errorbar in display.errorbars_.values()]
    assert len({point.get_color() for point in points}) == 2
    assert len({point.get_marker() for point in points}) == 2
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == ["fast", "slow"]


def test_legend_is_not_cut(comparison, pyplot):
    display = ComparisonDisplay.from_comparison(comparison)
    display.figure_.canvas.draw()
    assert display.ax_.get_legend().get_window_extent().x1 <= display.figure_.bbox.x1


def test_axes_given_are_drawn_on(comparison, pyplot):
    figure, ax = pyplot.subplots()
    display = ComparisonDisplay.from_comparison(comparison, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure


@pytest.mark.parametrize("seconds", [[0.21, 0.34], [0.003, 40.0]])
def test_the_scale_has_numbers(seconds, pyplot):
    seconds = np.array(seconds)
    display = ComparisonDisplay({"it": FoldScores(seconds, seconds, seconds, None)}).plot()
    display.figure_.canvas.draw()
    low, high = display.ax_.get_xlim()
    ticks = display.ax_.xaxis.get_major_ticks()
    numbers = [tick.label1 for tick in ticks if low <= tick.get_loc() <= high]
    assert len(numbers) >= 1
    assert not any(label.get_text() for label in display.ax_.get_xticklabels(minor=True))
    assert [float(number.get_text()) for number in numbers] == [
        pytest.approx(tick.get_loc()) for tick in ticks if low <= tick.get_loc() <= high
    ]
    boxes = [number.get_window_extent() for number in numbers]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
