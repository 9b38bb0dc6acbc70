import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits import PixelScaler
from skdigits.augmentation import Elastic, RandomAffine
from skdigits.plotting import DigitsDisplay
from tests.small_networks import small


@pytest.fixture(autouse=True)
def close_figures(pyplot):
    """Leave no figure open."""


def titles(display):
    return [text.get_text() for text in display.text_]


def pixels(display):
    return np.array([image.get_array() for image in display.images_])


def test_from_images_shows_the_first_ones_with_their_labels(digits):
    X, y = digits
    display = DigitsDisplay.from_images(X, y, max_images=12)
    assert_array_equal(pixels(display), X[:12].reshape(12, 8, 8))
    assert titles(display) == [str(label) for label in y[:12]]
    assert display.ax_.get_title().startswith("1,797 images of 8x8 pixels, float64")
    assert display.figure_ is display.ax_.figure


def test_grey_levels_mean_the_same_whichever_images_are_shown(digits):
    X, _ = digits
    display = DigitsDisplay.from_images(np.concatenate([X[:1] / 16, X[1:]]), max_images=1)
    assert display.images_[0].get_clim() == (0, 16)


@pytest.mark.parametrize("scale", [1, 16], ids=["integers", "fractions"])
def test_values_in_the_cells_are_the_pixels(digits, scale):
    X = digits[0][3:4] / scale
    display = DigitsDisplay.from_images(X, include_values=True)
    (texts,) = display.values_
    written = [float(text.get_text()) for text in texts]
    np.testing.assert_allclose(written, X[0], atol=0.005)
    assert "." not in texts[0].get_text() or scale == 16


def test_from_predictions_says_what_is_read_and_how_surely(digits):
    X, _ = digits
    probabilities = [[0.9, 0.1], [0.25, 0.75], [0.999, 0.001], [0, 1]]
    display = DigitsDisplay.from_predictions(
        X[:4], [0, 0, 0, 1], [0, 1, 0, 1], probabilities=probabilities
    )
    assert titles(display) == ["0 (90 %)", "0 read as 1 (75 %)", "0 (>99 %)", "1 (100 %)"]
    assert display.ax_.get_title() == "3 of 4 read correctly (75.0 %)"
    # One frame, around the second digit.
    (frame,) = display.ax_.get_lines()
    left, right, bottom, top = display.images_[1].get_extent()
    assert set(frame.get_xdata()) == {left, right}
    assert set(frame.get_ydata()) == {top, bottom}


def test_mistakes_first(digits):
    X, y = digits[0][:40], digits[1][:40]
    rng = np.random.default_rng(0)
    predictions = np.where(rng.random(40) < 0.3, (y + 1) % 10, y)
    probabilities = rng.random(40)
    display = DigitsDisplay.from_predictions(
        X, y, predictions, probabilities=probabilities, mistakes_first=True, max_images=40
    )
    assert sorted(display.indices) == list(range(40))
    assert_array_equal(display.images.reshape(40, -1), X[display.indices])
    assert_array_equal(display.probabilities, probabilities[display.indices])
    is_mistake = display.labels != display.predictions
    n_mistakes = is_mistake.sum()
    assert 0 < n_mistakes < 40
    assert is_mistake[:n_mistakes].all()
    assert (np.diff(display.probabilities[:n_mistakes]) <= 0).all()
    assert (np.diff(display.probabilities[n_mistakes:]) >= 0).all()


def test_mistakes_first_keeps_the_order_without_probabilities(digits):
    display = DigitsDisplay.from_predictions(
        digits[0][:4], [0, 1, 2, 3], [0, 9, 2, 9], mistakes_first=True
    )
    assert_array_equal(display.indices, [1, 3, 0, 2])


def test_from_estimator_asks_the_estimator(digits):
    X, y = digits[0][:200], digits[1][:200]
    names = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "8", "9"])[y]
    classifier = make_pipeline(PixelScaler(), LogisticRegression()).fit(X, names)
    display = DigitsDisplay.from_estimator(classifier, X, names, max_images=5)
    assert_array_equal(display.predictions, classifier.predict(X[:5]))
    np.testing.assert_allclose(display.probabilities, classifier.predict_proba(X[:5]).max(axis=1))
    unlabelled = DigitsDisplay.from_estimator(classifier, X[:1])
    assert re.fullmatch(r"read as zero \(>?\d+ %\)", titles(unlabelled)[0])
    assert unlabelled.ax_.get_title() == ""


def test_from_estimator_without_probabilities(digits):
    X, y = digits[0][:100], digits[1][:100]
    display = DigitsDisplay.from_estimator(SVC().fit(X, y), X, y, max_images=3)
    assert display.probabilities is None
    assert titles(display) == ["0", "1", "2"]


def test_from_estimator_knows_the_shape_of_the_images(X, y):
    classifier = small(image_shape=(4, 16), epochs=1).fit(X, y)
    assert DigitsDisplay.from_estimator(classifier, X, y).images.shape[1:] == (4, 16, 1)


def test_from_augmentation_draws_what_training_sees(X):
    augmentation = [RandomAffine(shift=0.05), Elastic(alpha=5, sigma=2)]
    display = DigitsDisplay.from_augmentation(augmentation, X[:2], n_versions=3, random_state=4)
    drawn = pixels(display).reshape(2, 4, 8, 8)
    assert_array_equal(drawn[:, 0], X[:2].reshape(2, 8, 8))
    repeated = np.repeat(X[:2].reshape(2, 8, 8, 1), 3, axis=0)
    expected = np.asarray(augmentation[1](augmentation[0](repeated, seed=4), seed=5))
    assert_array_equal(drawn[:, 1:].reshape(6, 8, 8), expected[..., 0])
    assert len({version.tobytes() for version in drawn.reshape(8, 64)}) == 8
    assert titles(display) == ["original", "", "", ""] * 2
    # One row of pictures for each digit.
    assert len({image.get_extent()[3] for image in display.images_[:4]}) == 1
    assert len({image.get_extent()[0] for image in display.images_[::4]}) == 1


def test_axes_given_are_drawn_on(digits, pyplot):
    figure, ax = pyplot.subplots()
    display = DigitsDisplay.from_images(digits[0], ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert len(pyplot.get_fignums()) == 1


def test_plot_again_in_another_style(digits):
    display = DigitsDisplay.from_images(digits[0], max_images=4)
    first = display.figure_
    assert display.plot(cmap="gray", n_columns=4) is display
    assert display.figure_ is not first
    assert display.images_[0].get_cmap().name == "gray"
    assert len({image.get_extent()[3] for image in display.images_}) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda X: DigitsDisplay.from_images(X, [1, 2]), r"y must .* shape \(3,\); got shape \(2,"),
        (lambda X: DigitsDisplay.from_predictions(X, None, [1]), "y_pred must hold one value"),
        (
            lambda X: DigitsDisplay.from_predictions(X, None, [1, 2, 3], mistakes_first=True),
            "mistakes_first=True needs the true labels y, got None",
        ),
        (lambda X: DigitsDisplay.from_augmentation("shift", X), "augmentation must be an object"),
    ],
)
def test_bad_input_is_named(call, message, digits):
    with pytest.raises(ValueError, match=message):
        call(digits[0][:3])
