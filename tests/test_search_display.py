import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from skdigits import PixelScaler
from skdigits.architectures import MLP, Softmax
from skdigits.plotting import SearchDisplay
from tests.small_networks import small


@pytest.fixture(autouse=True)
def close_figures(pyplot):
    """Leave no figure open."""


def search(grid, digits, estimator=None, **parameters):
    X, y = digits[0][:100], digits[1][:100]
    return GridSearchCV(estimator or SVC(), grid, cv=2, **parameters).fit(X / 16, y)


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


@pytest.fixture(scope="module")
def three_parameters(digits):
    grid = {"C": [10, 0.1, 1], "gamma": [0.01, 0.1], "kernel": ["rbf", "sigmoid"]}
    return search(grid, digits)


@pytest.mark.parametrize(
    ("asked", "rows", "columns"),
    [
        ({}, "C", "gamma"),
        ({"rows": "kernel", "columns": "C"}, "kernel", "C"),
        ({"columns": "kernel"}, "C", "kernel"),
        ({"rows": "gamma"}, "gamma", "C"),
    ],
    ids=["of itself", "both", "columns", "rows"],
)
def test_scores_are_the_best_of_each_pair(asked, rows, columns, three_parameters):
    display = SearchDisplay.from_search(three_parameters, **asked)
    results = pd.DataFrame(three_parameters.cv_results_["params"])
    results["score"] = three_parameters.cv_results_["mean_test_score"]
    expected = results.pivot_table("score", rows, columns, aggfunc="max")
    assert (display.row_name, display.column_name) == (rows, columns)
    assert display.row_values == list(expected.index)
    assert display.column_values == list(expected.columns)
    assert_array_equal(display.scores, expected)
    assert_array_equal(display.im_.get_array(), expected)
    written = [[float(text.get_text()) for text in row] for row in display.text_]
    assert_allclose(written, expected, atol=0.0005)


def test_the_best_score_is_framed(three_parameters):
    display = SearchDisplay.from_search(three_parameters)
    (frame,) = display.ax_.get_lines()
    row, column = round(np.mean(frame.get_ydata()[:4])), round(np.mean(frame.get_xdata()[:4]))
    assert display.scores[row, column] == three_parameters.best_score_


def test_architectures_are_named(digits):
    pipeline = Pipeline([("scale", PixelScaler()), ("classify", small(epochs=1))])
    grid = {
        "classify__architecture": [Softmax(), MLP((4,))],
        "classify__learning_rate": [0.001, 0.01],
    }
    display = SearchDisplay.from_search(search(grid, digits, pipeline, refit=False))
    assert labels(display.ax_.yaxis) == ["Softmax", "MLP"]
    assert labels(display.ax_.xaxis) == ["0.001", "0.01"]
    assert display.ax_.get_ylabel() == "architecture"
    assert display.ax_.get_xlabel() == "learning rate"


def test_architectures_of_one_class_are_written_in_full():
    values = [MLP((4,)), MLP((8, 4), activation="tanh"), "mlp"]
    display = SearchDisplay(np.ones((3, 1)), row_values=values, column_values=[None]).plot()
    assert labels(display.ax_.yaxis) == [
        "MLP(hidden_layer_sizes=(4,))",
        "MLP(activation='tanh',\nhidden_layer_sizes=(8, 4))",
        "mlp",
    ]


def test_pairs_that_were_not_tried_stay_empty(digits):
    grid = [{"kernel": ["linear"]}, {"kernel": ["rbf"], "gamma": [0.01, 0.1]}]
    fitted = search(grid, digits)
    display = SearchDisplay.from_search(fitted)
    linear, *rbf = fitted.cv_results_["mean_test_score"]
    assert_array_equal(display.scores, [[linear, np.nan, np.nan], [np.nan, *rbf]])
    assert labels(display.ax_.xaxis) == ["not set", "0.01", "0.1"]
    assert_array_equal(display.text_ == None, np.isnan(display.scores))  # noqa: E711


def test_one_parameter_makes_one_row(digits):
    fitted = search({"C": [1, 10], "kernel": ["rbf"]}, digits)
    display = SearchDisplay.from_search(fitted)
    assert_array_equal(display.scores, [fitted.cv_results_["mean_test_score"]])
    assert (display.row_name, display.column_name) == ("", "C")
    assert labels(display.ax_.yaxis) == [""]


def test_one_of_several_scores(digits):
    scoring = ["accuracy", "f1_macro"]
    fitted = search({"C": [1, 10]}, digits, scoring=scoring, refit=False)
    display = SearchDisplay.from_search(fitted, score="f1_macro")
    assert_array_equal(display.scores, [fitted.cv_results_["mean_test_f1_macro"]])
    assert display.score_name == "Mean f1 macro"
    with pytest.raises(ValueError, match=r"one of \['accuracy', 'f1_macro'\], got 'score'"):
        SearchDisplay.from_search(fitted)


def searched(**results):
    search = GridSearchCV(SVC(), {})
    search.cv_results_ = results
    return search


def test_the_last_round_of_successive_halving_counts():
    candidates = [(1, 1), (10, 1), (1, 3)]
    rounds = searched(
        params=[{"C": C, "gamma": 0.1, "epochs": epochs} for C, epochs in candidates],
        mean_test_score=np.array([0.9, 0.5, 0.7]),
        iter=np.array([0, 0, 1]),
    )
    display = SearchDisplay.from_search(rounds, rows="C", columns="gamma")
    assert_array_equal(display.scores, [[0.7], [0.5]])


def test_scores_after_fewer_epochs_are_marked_and_never_the_best():
    candidates = [(1, 2), (10, 2), (1, 6)]
    rounds = searched(
        params=[{"C": C, "a__epochs": epochs} for C, epochs in candidates],
        mean_test_score=np.array([0.4, 0.9, 0.7]),
        iter=np.array([0, 0, 1]),
        n_resources=np.array([2, 2, 6]),
    )
    rounds.resource = "a__epochs"
    display = SearchDisplay.from_search(rounds, columns="C")
    assert_array_equal(display.scores, [[0.7, 0.9]])
    assert_array_equal(display.resources, [[6, 2]])
    assert [text.get_text() for text in display.text_[0]] == ["0.700", "0.900\n2 epochs"]
    (frame,) = display.ax_.get_lines()
    assert round(np.mean(frame.get_xdata()[:4])) == 0


def test_equal_resources_are_not_marked(digits):
    display = SearchDisplay.from_search(search({"C": [1, 10]}, digits))
    assert display.resources is None
    assert all("\n" not in text.get_text() for text in display.text_[0])


def test_failed_candidates_stay_empty():
    failed = searched(
        params=[{"C": 0.123456}, {"C": -1.0}], mean_test_score=np.array([0.9, np.nan])
    )
    display = SearchDisplay.from_search(failed)
    assert_array_equal(display.scores, [[np.nan, 0.9]])
    assert labels(display.ax_.xaxis) == ["-1", "0.123"]


def test_axes_given_are_drawn_on(three_parameters, pyplot):
    figure, ax = pyplot.subplots()
    display = SearchDisplay.from_search(three_parameters, ax=ax, colorbar=False)
    assert display.ax_ is ax
    assert figure.axes == [ax]


def test_bad_input_is_named(three_parameters):
    with pytest.raises(ValueError, match=r"rows must be one of \['C', .* got 'degree'"):
        SearchDisplay.from_search(three_parameters, rows="degree")
    with pytest.raises(NotFittedError):
        SearchDisplay.from_search(GridSearchCV(SVC(), {"C": [1]}))
