"""The hooks, called by fits and by a stand-in for a classifier in training."""

import pickle
import sys
from types import ModuleType, SimpleNamespace

import pytest
from numpy.testing import assert_array_equal
from sklearn.callback import FitCallback
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline

from skdigits import PixelScaler
from skdigits.plotting import LiveTrainingCurve
from skdigits.plotting._live_training_curve import _Pause
from tests.small_networks import small

LOSSES = [0.9, 0.5, 0.4, 0.3]


def train(live, losses=LOSSES, after_epoch=lambda: None):
    """Call the hooks as a fit would: a task an epoch, and the whole fit as a task."""
    estimator = object()
    live.setup(estimator, None)
    history = {"loss": [], "learning_rate": []}
    live.on_fit_task_begin(estimator, None)
    for loss in losses:
        live.on_fit_task_begin(estimator, None)
        history["loss"].append(loss)
        history["learning_rate"].append(0.01)
        so_far = SimpleNamespace(history_=history)
        live.on_fit_task_end(estimator, None, fitted_estimator=so_far)
        after_epoch()
    live.on_fit_task_end(estimator, None, fitted_estimator=so_far)
    live.teardown(estimator, None)


@pytest.fixture
def notebook(monkeypatch, pyplot):
    """Stand in for IPython in a notebook; collects the pictures that it shows."""
    # Matplotlib looks for IPython when it makes its first figure.
    pyplot.close(pyplot.figure())
    shown = []

    def shoot(figure):
        shown.append(figure.axes[0].get_lines()[0].get_ydata().tolist())

    def display(figure, *, display_id):
        assert display_id is True
        shoot(figure)
        return SimpleNamespace(update=shoot)

    ipython, ipython_display = ModuleType("IPython"), ModuleType("IPython.display")
    shell = type("ZMQInteractiveShell", (), {})()
    ipython.get_ipython, ipython_display.display = lambda: shell, display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython_display)
    return shown


def test_follows_the_protocol_of_scikit_learn():
    assert isinstance(LiveTrainingCurve(), FitCallback)


def test_terminal_gets_a_line_an_epoch(capsys):
    train(LiveTrainingCurve())
    assert capsys.readouterr().out.splitlines() == [
        "epoch 1  loss 0.9000",
        "epoch 2  loss 0.5000",
        "epoch 3  loss 0.4000",
        "epoch 4  loss 0.3000",
    ]


def test_a_fit_prints_its_epochs(X, y, capsys):
    network = small(epochs=3).set_callbacks(LiveTrainingCurve())
    make_pipeline(PixelScaler(), network).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[:2] for line in lines] == [
        [f"epoch {number}", f"loss {loss:.4f}"]
        for number, loss in enumerate(network.history_["loss"], start=1)
    ]


def test_folds_print_their_epochs_and_pickle_afterwards(X, y, capsys):
    network = small(epochs=2).set_callbacks(LiveTrainingCurve())
    results = cross_validate(network, X, y, cv=2, return_estimator=True)
    starts = [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()]
    assert starts == ["epoch 1", "epoch 2"] * 2
    fitted = pickle.loads(pickle.dumps(results["estimator"][0]))
    assert_array_equal(fitted.predict(X), results["estimator"][0].predict(X))


def test_terminal_of_ipython_gets_lines(notebook, capsys):
    shell = type("TerminalInteractiveShell", (), {})()
    sys.modules["IPython"].get_ipython = lambda: shell
    train(LiveTrainingCurve())
    assert capsys.readouterr().out.startswith("epoch 1  loss")
    assert notebook == []


def test_notebook_is_redrawn_after_each_epoch(notebook, pyplot, capsys):
    train(LiveTrainingCurve(max_share=1))
    assert notebook == [LOSSES[:1], LOSSES[:2], LOSSES[:3], LOSSES]
    assert capsys.readouterr().out == ""
    assert pyplot.get_fignums() == []


def test_drawing_waits_where_epochs_are_short_but_the_last_one_is_drawn(notebook, pyplot):
    train(LiveTrainingCurve(max_share=1e-6))
    assert notebook == [LOSSES[:1], LOSSES]


def test_pause_keeps_to_the_share():
    now = 0.0
    pause = _Pause(max_share=0.1, clock=lambda: now)
    assert pause.is_over()
    with pause:
        now += 2.0
    # 2 seconds of 20 are a tenth.
    now = 19.9
    assert not pause.is_over()
    now = 20.0
    assert pause.is_over()


def test_clones_share_a_callback(capsys):
    live = LiveTrainingCurve()
    # A second fit begins and ends within the first one, as on another thread.
    nested = iter([lambda: train(live, [0.7])])
    train(live, [0.9, 0.8], after_epoch=lambda: next(nested, lambda: None)())
    assert capsys.readouterr().out.splitlines() == [
        "epoch 1  loss 0.9000",
        "epoch 1  loss 0.7000",
        "epoch 2  loss 0.8000",
    ]


def test_pictures_stay_in_the_process(notebook, pyplot):
    live = LiveTrainingCurve(max_share=0.5)
    live.setup(estimator := object(), None)
    so_far = SimpleNamespace(history_={"loss": [1.0]})
    live.on_fit_task_end(estimator, None, fitted_estimator=so_far)
    copied = pickle.loads(pickle.dumps(live))
    assert copied.max_share == 0.5
    train(copied, [0.9])
    live.teardown(estimator, None)
    assert_array_equal([len(losses) for losses in notebook], [1, 1])


def test_tasks_without_a_history_are_passed_over(capsys):
    live = LiveTrainingCurve()
    live.setup(estimator := object(), None)
    live.on_fit_task_end(estimator, None, fitted_estimator=None)
    live.teardown(estimator, None)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"output": "tv"}, "output must be .* got 'tv'"), ({"max_share": 0}, "max_share must be in")],
)
def test_bad_parameters_are_named(parameters, message):
    with pytest.raises(ValueError, match=message):
        LiveTrainingCurve(**parameters)
