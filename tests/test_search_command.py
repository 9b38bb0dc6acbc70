"""``skdigits search``."""

import re

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

import skdigits.search
from skdigits.__main__ import main
from skdigits.architectures import MLP, Softmax
from skdigits.commands import _search
from skdigits.persistence import read_estimator

images, labels = load_digits().images[:300].astype(np.uint8), load_digits().target[:300]


@pytest.fixture(autouse=True)
def quick_networks(monkeypatch):
    """Search over networks that train in no time."""
    budget = skdigits.search._BUDGETS["small"]
    monkeypatch.setitem(
        budget.space, "kerasdigitclassifier__architecture", [Softmax(), MLP((16,)), MLP((64,))]
    )


@pytest.fixture
def npz(tmp_path):
    np.savez(tmp_path / "digits.npz", X=images, y=labels)
    return str(tmp_path / "digits.npz")


def search(*arguments):
    return main(["search", "--budget", "small", *map(str, arguments)])


def ranking(out):
    """Rank, candidate and score of each row of the table."""
    row = re.compile(r"^(\d+) +(\S.*\S) +(\d\.\d{4}) +\d\.\d{4} +[\d.]+$", re.MULTILINE)
    return [(int(rank), candidate, float(score)) for rank, candidate, score in row.findall(out)]


def test_ranking_is_printed_and_the_best_pipeline_saved(npz, tmp_path, capsys):
    output = tmp_path / "best.skops"
    assert search("--data", npz, "--output", output) == 0
    captured = capsys.readouterr()
    ranked = ranking(captured.out)
    assert [rank for rank, _, _ in ranked] == list(range(1, 10))
    assert ranked[0][1].endswith(", epochs=18")
    assert ranked[-1][1].endswith(", epochs=2")
    assert "39 fits on 3 folds" in captured.out
    assert f"all 300 images: {output}\n" in captured.out
    assert "totalling" in captured.err
    best = read_estimator(output)
    assert repr(best[-1].architecture) == ranked[0][1].split(", learning_rate")[0]
    assert best[-1].n_iter_ == 18
    assert best.score(images, labels) > 0.95


def test_candidates_are_ranked_by_score_within_a_round():
    class Fitted:
        n_splits_ = 2
        cv_results_ = {  # noqa: RUF012
            "params": [
                {"a__architecture": network, "a__learning_rate": 0.1, "a__epochs": epochs}
                for epochs in (1, 3)
                for network in (Softmax(), MLP(), MLP((8,)))[: 3 if epochs == 1 else 2]
            ],
            "iter": np.array([0, 0, 0, 1, 1]),
            "mean_test_score": np.array([0.5, 0.6, 0.95, 0.7, 0.9]),
            "std_test_score": np.full(5, 0.01),
            "mean_fit_time": np.full(5, 2.0),
        }

    assert _search.format_ranking(Fitted()).splitlines() == [
        "rank  candidate                                                   score      sd  fit s",
        "1     MLP(), learning_rate=0.1, epochs=3                         0.9000  0.0100   2.00",
        "2     Softmax(), learning_rate=0.1, epochs=3                     0.7000  0.0100   2.00",
        "3     MLP(hidden_layer_sizes=(8,)), learning_rate=0.1, epochs=1  0.9500  0.0100   2.00",
        "",
        "10 fits on 2 folds: mean and standard deviation, mean times.",
    ]


def test_options_reach_the_search(npz, monkeypatch, capsys):
    made = []

    def make(budget, **options):
        made.append((budget, options))
        raise ValueError("enough")

    monkeypatch.setattr("skdigits.search.architecture_search", make)
    arguments = "--strategy grid --epochs 4 --cv 5 --scoring neg_log_loss --n-jobs 2"
    assert search("--data", npz, "--random-state", "3", *arguments.split()) == 1
    assert made == [
        (
            "small",
            {
                "strategy": "grid",
                "epochs": 4,
                "scoring": "neg_log_loss",
                "cv": 5,
                "n_jobs": 2,
                "verbose": 1,
                "random_state": 3,
            },
        )
    ]


def test_published_test_images_choose_nothing(tmp_path, monkeypatch, capsys):
    arrays = {"x_train": images[:200], "y_train": labels[:200]}
    np.savez(tmp_path / "it.npz", **arrays, x_test=images[200:], y_test=labels[200:])
    seen = []
    fit = GridSearchCV.fit
    monkeypatch.setattr(GridSearchCV, "fit", lambda self, X, y: seen.append(X) or fit(self, X, y))
    assert search("--data", tmp_path / "it.npz", "--strategy", "grid", "--epochs", "2") == 0
    np.testing.assert_array_equal(seen[0], images[:200])
    assert len(seen) == 1
    out = capsys.readouterr().out
    assert re.search(r"all 200 images: 0\.\d{4} on the 100 test images\.$", out, re.MULTILINE)


def test_what_cannot_be_saved_is_told_before_the_search(npz, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(_search, "load_chosen_data", lambda _: pytest.fail("too late"))
    assert search("--data", npz, "--output", tmp_path / "no" / "best.skops") == 1
    assert "no such folder" in capsys.readouterr().err
    assert search("--data", npz, "--output", tmp_path) == 1
    assert "--output must be a file" in capsys.readouterr().err
    monkeypatch.setitem(__import__("sys").modules, "skops.io", None)
    assert search("--data", npz, "--output", tmp_path / "best.skops") == 1
    assert "pip install" in capsys.readouterr().err


def test_choices_are_those_of_the_library():
    assert set(_search._BUDGETS) == set(skdigits.search._BUDGETS)
    assert set(_search._STRATEGIES) == set(skdigits.search._STRATEGIES)


@pytest.mark.parametrize(
    "arguments",
    [["--budget", "huge"], ["--strategy", "luck"], ["--cv", "1"], ["--epochs", "0"]],
    ids=" ".join,
)
def test_wrong_usage_exits_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["search", *arguments])
    assert stopped.value.code == 2
