"""commands/_ranking: which candidates are compared, and which are marked."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skdigits.architectures import MLP, Softmax
from skdigits.commands._ranking import (
    Candidate,
    LoggedScorer,
    format_ranking,
    rank_results,
    read_log,
)

RESULTS = {
    "params": [
        {"a__architecture": network, "a__learning_rate": 0.1, "a__epochs": epochs}
        for epochs in (1, 3)
        for network in (Softmax(), MLP(), MLP((8,)))[: 3 if epochs == 1 else 2]
    ],
    "mean_test_score": np.array([0.5, 0.6, 0.95, 0.7, 0.9]),
    "std_test_score": np.full(5, 0.01),
    "mean_fit_time": np.full(5, 2.0),
}


def test_candidates_of_fewer_epochs_come_last_and_are_marked():
    assert format_ranking(rank_results(RESULTS), 10, 2).splitlines() == [
        "rank  candidate                                        epochs    score      sd  fit s",
        "1     MLP(), learning_rate=0.1                              3  0.9000   0.0100   2.00",
        "2     Softmax(), learning_rate=0.1                          3  0.7000   0.0100   2.00",
        "3     MLP(hidden_layer_sizes=(8,)), learning_rate=0.1       1  0.9500*  0.0100   2.00",
        "",
        "10 fits on 2 folds: mean and standard deviation, mean times.",
        "* after fewer epochs, when halving dropped it: cannot be compared with others.",
    ]


def test_a_grid_has_no_rounds_and_no_marks():
    parameters = [{"a__architecture": network} for network in (Softmax(), MLP())]
    results = {name: column[:2] for name, column in RESULTS.items()} | {"params": parameters}
    assert format_ranking(rank_results(results), 4, 2).splitlines() == [
        "rank  candidate   score      sd  fit s",
        "1     MLP()      0.6000  0.0100   2.00",
        "2     Softmax()  0.5000  0.0100   2.00",
        "",
        "4 fits on 2 folds: mean and standard deviation, mean times.",
    ]


def test_failed_candidates_come_last():
    results = {**RESULTS, "mean_test_score": np.array([np.nan, 0.6, 0.95, np.nan, 0.9])}
    ranked = rank_results(results)
    assert [it.description.partition("(")[0] for it in ranked] == ["MLP", "Softmax", "MLP"]
    assert np.isnan(ranked[1].score)


class Network:
    epochs = 3

    def __init__(self, n_iter):
        self.n_iter_ = n_iter


class Estimator(list):
    """A pipeline, fitted for three epochs."""

    def __init__(self, architecture, n_iter=3):
        super().__init__(["scaler", Network(n_iter)])
        self.architecture = architecture

    def get_params(self):
        return {"a__architecture": self.architecture, "a__epochs": 3, "a__verbose": 0}


@pytest.fixture
def log(tmp_path):
    return tmp_path / "scores"


def scorer(log, check=lambda: None):
    return LoggedScorer(lambda estimator, X, y: X, ["a__architecture", "a__epochs"], log, check)


def test_what_was_scored_on_all_folds_can_be_ranked(log):
    score = scorer(log)
    for network, value in [(Softmax(), 0.5), (MLP(), 0.7), (Softmax(), 0.7), (MLP((8,)), 0.9)]:
        assert score(Estimator(network), value, None) == value
    assert score(Estimator(MLP()), 0.9, None) == 0.9
    candidates, n_fits = read_log(log, n_folds=2)
    assert n_fits == 5
    assert candidates == [
        Candidate("MLP()", 3, pytest.approx(0.8), pytest.approx(0.1)),
        Candidate("Softmax()", 3, pytest.approx(0.6), pytest.approx(0.1)),
    ]
    assert format_ranking(candidates, n_fits, 2).splitlines() == [
        "rank  candidate  epochs   score      sd",
        "1     MLP()           3  0.8000  0.1000",
        "2     Softmax()       3  0.6000  0.1000",
        "",
        "5 fits on 2 folds: mean and standard deviation.",
    ]


def test_fits_are_numbered_whichever_process_writes_first(log, monkeypatch, capsys):
    opened = Path.open

    def opened_before_another_process_writes(path, mode="r", **options):
        file = opened(path, mode, **options)
        if mode == "ab":
            with opened(path, "ab") as other:
                other.write(b"[]\n")
        return file

    monkeypatch.setattr(Path, "open", opened_before_another_process_writes)
    score = replace(scorer(log), n_fits=4)
    score(Estimator(MLP()), 0.5, None)
    score(Estimator(MLP()), 0.6, None)
    printed = capsys.readouterr().err.splitlines()
    assert printed == [
        "[2/4] MLP(), 3 epochs: 0.5000",
        "[4/4] MLP(), 3 epochs: 0.6000",
        "fitting the best candidate to all training images ...",
    ]


def test_nothing_was_scored(log):
    assert read_log(log, n_folds=2) == ([], 0)


def test_score_of_an_interrupted_fit_is_not_logged(log):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scorer(log, interrupted)(Estimator(MLP()), 0.5, None)
    assert not log.exists()


def test_score_of_a_fit_that_was_cut_short_in_another_process_is_not_logged(log):
    assert scorer(log)(Estimator(MLP(), n_iter=2), 0.5, None) == 0.5
    assert not log.exists()


def test_log_is_lines_of_json(log):
    scorer(log)(Estimator(MLP()), np.float32(0.5), None)
    assert json.loads(log.read_text()) == ["MLP()", 3, 0.5]
