import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.plotting import TrainingCurveDisplay
from tests.small_networks import small

HISTORY = {
    "loss": [0.9, 0.5, 0.3],
    "accuracy": [0.6, 0.8, 0.9],
    "learning_rate": [0.01, 0.005, 0.0],
    "seconds": [1.0, 0.1, 0.1],
    "val_loss": [0.8, 0.4, 0.6],
    "val_accuracy": [0.7, 0.9, 0.8],
}


@pytest.fixture(autouse=True)
def close_figures(pyplot):
    """Leave no figure open."""


@pytest.fixture(scope="module")
def fitted(digits):
    return small(epochs=4, early_stopping=True).fit(digits[0][:200] / 16, digits[1][:200])


def panel_names(display):
    return [ax.get_ylabel() for ax in display.axes_]


def legend(display):
    (legend,) = filter(None, (ax.get_legend() for ax in display.axes_))
    display.figure_.canvas.draw()
    assert legend.get_window_extent().x1 <= display.figure_.bbox.x1
    return [text.get_text() for text in legend.get_texts()]


def test_curves_are_the_history(fitted):
    display = TrainingCurveDisplay.from_estimator(fitted)
    assert panel_names(display) == ["Loss", "Accuracy", "Learning rate"]
    drawn = set(fitted.history_) - {"seconds"}
    assert display.lines_.keys() == {("KerasDigitClassifier", figure) for figure in drawn}
    for (_, figure), line in display.lines_.items():
        assert_array_equal(line.get_ydata(), fitted.history_[figure])
        assert_array_equal(line.get_xdata(), [1, 2, 3, 4])
    for figure in ("val_loss", "val_accuracy"):
        ring = display.best_["KerasDigitClassifier", figure]
        assert ring.get_xdata() == [fitted.best_epoch_]
        assert ring.get_ydata() == [fitted.history_[figure][fitted.best_epoch_ - 1]]
    assert legend(display) == ["training", "validation", f"epoch kept: {fitted.best_epoch_}"]


def test_training_and_validation_stand_in_one_panel_and_differ_in_more_than_color():
    display = TrainingCurveDisplay({"run": HISTORY}).plot()
    training, validation = display.lines_["run", "loss"], display.lines_["run", "val_loss"]
    assert training.axes is validation.axes
    assert training.get_linestyle() != validation.get_linestyle()
    assert display.best_ == {}


def test_several_runs_have_a_color_each(fitted, X, y):
    other = make_pipeline(PixelScaler(), small(epochs=2)).fit(X, y)
    display = TrainingCurveDisplay.from_estimators({"small": fitted, "short": other})
    assert legend(display) == ["small", "short", "training", "validation"]
    colors = {run: line.get_color() for (run, _), line in display.lines_.items()}
    assert len(set(colors.values())) == 2
    for (run, _), line in display.lines_.items():
        assert line.get_color() == colors[run]
    assert_array_equal(display.lines_["short", "loss"].get_ydata(), other[-1].history_["loss"])


def test_folds_of_a_cross_validation(X, y):
    results = cross_validate(small(), X, y, cv=3, return_estimator=True)
    display = TrainingCurveDisplay.from_cv_results(results)
    assert legend(display) == ["fold 1", "fold 2", "fold 3"]
    for fold, estimator in enumerate(results["estimator"], start=1):
        drawn = display.lines_[f"fold {fold}", "accuracy"].get_ydata()
        assert_array_equal(drawn, estimator.history_["accuracy"])


def test_panels_on_request():
    display = TrainingCurveDisplay({"run": HISTORY}).plot(panels=["seconds", "loss"])
    assert panel_names(display) == ["Seconds", "Loss"]
    assert display.axes_[0].get_legend() is None


def test_a_figure_of_validation_only_has_a_panel():
    display = TrainingCurveDisplay({"run": {"loss": [1.0], "val_score": [0.5]}}).plot()
    assert panel_names(display) == ["Loss", "Score"]
    assert_array_equal(display.lines_["run", "val_score"].get_ydata(), [0.5])


def test_axes_given_are_drawn_on(pyplot):
    figure, axes = pyplot.subplots(2)
    display = TrainingCurveDisplay({"run": HISTORY}).plot(panels=["loss", "accuracy"], axes=axes)
    assert list(display.axes_) == list(axes)
    assert display.figure_ is figure


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TrainingCurveDisplay({"a": HISTORY}).plot(panels=["lost"]), r"got \['lost'\]"),
        (lambda: TrainingCurveDisplay({}).plot(), "panels must be of"),
        (lambda: TrainingCurveDisplay({"a": HISTORY}).plot(axes=[None]), "as many axes, got 1"),
        (
            lambda: TrainingCurveDisplay.from_cv_results({"test_score": [1]}),
            r"return_estimator=True. It holds \['test_score'\]",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_other_classifiers_are_refused(X, y):
    classifier = LogisticRegression().fit(X, y)
    with pytest.raises(ValueError, match="'LogisticRegression' must have the attribute history_"):
        TrainingCurveDisplay.from_estimator(classifier)
    with pytest.raises(NotFittedError):
        TrainingCurveDisplay.from_estimator(small())


def test_a_classifier_without_epochs_is_refused():
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match=r"at least one epoch, .* of from_keras has none"):
        TrainingCurveDisplay.from_estimator(KerasDigitClassifier.from_keras(model))
