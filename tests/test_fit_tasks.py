"""scikit-learn's callbacks on the classifier, alone, in pipelines and in searches."""

import io

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from small_networks import small

pytest.importorskip("keras")

from skdigits import PixelScaler


@pytest.fixture(scope="module")
def data(digits):
    X, y = digits
    return X[:300], y[:300]


class Recorder:
    """Records the hooks as they are called."""

    def __init__(self, stop_after=None):
        self.calls, self.fitted = [], []
        self.stop_after = stop_after

    def setup(self, estimator, context):
        self.calls.append(("setup",))

    def teardown(self, estimator, context):
        self.calls.append(("teardown",))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.calls.append(("begin", context.parent is None, context.task_id))

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.calls.append(("end", context.parent is None, context.task_id))
        self.fitted.append((fitted_estimator, X, y, metadata))
        return self.stop_after is not None and context.task_id + 1 == self.stop_after


def test_hooks_come_in_order(data):
    recorder = Recorder()
    small(epochs=2).set_callbacks(recorder).fit(*data)
    epochs = [call for i in range(2) for call in [("begin", False, i), ("end", False, i)]]
    whole = [("setup",), ("begin", True, 0), *epochs, ("end", True, 0), ("teardown",)]
    assert recorder.calls == whole


def test_each_epoch_has_the_classifier_as_it_would_be(data):
    recorder, (X, y) = Recorder(), data
    classifier = small(epochs=3).set_callbacks(recorder).fit(X, y, sample_weight=np.ones(300))
    for i, (fitted, X_told, y_told, metadata) in enumerate(recorder.fitted[:3]):
        assert fitted is not classifier
        assert fitted.n_iter_ == i + 1
        assert fitted.history_["loss"] == classifier.history_["loss"][: i + 1]
        assert X_told is X
        assert y_told is y
        assert_array_equal(metadata["sample_weight"], np.ones(300))
    losses = [accuracy_score(y, fitted.predict(X)) for fitted, *_ in recorder.fitted]
    assert losses[0] < losses[2] == losses[3] == classifier.score(X, y)


def test_a_callback_can_stop(data):
    classifier = small(epochs=5).set_callbacks(Recorder(stop_after=2)).fit(*data)
    assert classifier.n_iter_ == len(classifier.history_["loss"]) == 2


def test_watching_changes_nothing(data):
    watched = small().set_callbacks(Recorder()).fit(*data)
    for one, other in zip(watched.weights_, small().fit(*data).weights_, strict=True):
        assert_array_equal(one, other)


def test_teardown_follows_an_error(data):
    recorder = Recorder()
    classifier = small(learning_rate=1e30).set_callbacks(recorder)
    with pytest.raises(ValueError, match="Training diverged"):
        classifier.fit(*data)
    assert recorder.calls[-1] == ("teardown",)
    assert not hasattr(classifier, "weights_")


def test_the_whole_fit_ends_with_the_weights_kept(data):
    X, y = data
    recorder = Recorder()
    classifier = small(
        epochs=60, learning_rate=0.1, early_stopping=True, n_iter_no_change=3
    ).set_callbacks(recorder)
    classifier.fit(X, y)
    assert classifier.best_epoch_ < classifier.n_iter_
    whole = recorder.fitted[-1][0]
    assert whole.best_epoch_ == classifier.best_epoch_
    for one, other in zip(whole.weights_, classifier.weights_, strict=True):
        assert_array_equal(one, other)


def test_scoring_monitor_follows_the_accuracy(data):
    monitor = ScoringMonitor(scoring="accuracy")
    classifier = small(epochs=3).set_callbacks(monitor).fit(*data)
    rows = monitor.get_logs().data
    accuracies = [row["accuracy"] for row in rows if row["task_name"].startswith("epoch")]
    assert len(accuracies) == 3
    assert accuracies[-1] == classifier.score(*data)


def shown(monkeypatch, fit):
    """What a progress bar has on the screen when all is done."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=160, force_terminal=True, color_system=None)
    monkeypatch.setattr("rich.get_console", lambda: console)
    monkeypatch.setattr("rich.progress.get_console", lambda: console)
    fit()
    return console.file.getvalue()


def test_progress_bar_shows_epochs_with_loss_and_accuracy(data, monkeypatch):
    pytest.importorskip("rich")
    classifier = small(epochs=3).set_callbacks(ProgressBar())
    screen = shown(monkeypatch, lambda: classifier.fit(*data))
    for i in range(2):
        loss, accuracy = classifier.history_["loss"][i], classifier.history_["accuracy"][i]
        assert f"so far loss {loss:.4f}, accuracy {accuracy:.4f} #{i + 1}" in screen
    assert "100%" in screen


def test_progress_bar_shows_candidates_folds_and_epochs(data, monkeypatch):
    pytest.importorskip("rich")
    pipeline = make_pipeline(PixelScaler(), small(epochs=2))
    grid = {"kerasdigitclassifier__learning_rate": [0.01, 0.02]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise")
    search.set_callbacks(ProgressBar(max_propagation_depth=None))
    screen = shown(monkeypatch, lambda: search.fit(*data))
    assert "candidate-split-evaluation | Pipeline - fit #3" in screen
    assert "fit-final-estimator | KerasDigitClassifier - fit" in screen
    assert "KerasDigitClassifier - epoch, so far loss" in screen


def test_large_searches_show_no_line_an_epoch(data, monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setattr("skdigits._classifier._fit_tasks._MOST_LINES", 7)
    search = GridSearchCV(small(epochs=2), {"learning_rate": [0.01, 0.02]}, cv=2)
    search.set_callbacks(ProgressBar(max_propagation_depth=None))
    screen = shown(monkeypatch, lambda: search.fit(*data))
    last = screen.split("GridSearchCV - fit")[-1]
    assert "candidate-split-evaluation | KerasDigitClassifier - fit #3" in last
    assert last.count("so far loss") <= 2  # The refit on the best parameters.
