"""``skdigits search``."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from test_progress import plain

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
    """Rank, candidate, epochs, score and mark of each row of the table."""
    row = re.compile(r"^(\d+) +(\S.*\S) +(\d+) +(\d\.\d{4})(\*?) +\d\.\d{4} +[\d.]+$", re.MULTILINE)
    return [
        (int(rank), candidate, int(epochs), float(score), mark)
        for rank, candidate, epochs, score, mark in row.findall(out)
    ]


def test_ranking_is_printed_and_the_best_pipeline_saved(npz, tmp_path, capsys):
    output = tmp_path / "best.skops"
    assert search("--data", npz, "--output", output) == 0
    captured = capsys.readouterr()
    ranked = ranking(captured.out)
    assert [rank for rank, *_ in ranked] == list(range(1, 10))
    assert [epochs for _, _, epochs, *_ in ranked] == [18, 6, 6, 2, 2, 2, 2, 2, 2]
    assert [mark for *_, mark in ranked] == ["", *["*"] * 8]
    assert "39 fits on 3 folds" in captured.out
    assert "* after fewer epochs" in captured.out
    assert f"all 300 images: {output}\n" in captured.out
    told = captured.err.splitlines()
    assert [line.split("]")[0] for line in told if line.startswith("[")] == [
        f"[{number}/39" for number in range(1, 40)
    ]
    assert re.fullmatch(r"\[1/39\] Softmax\(\), learning_rate=0.003, 2 epochs: 0\.\d{4}", told[1])
    assert told[-1] == "fitting the best candidate to all training images ..."
    assert len(told) == 41
    best = read_estimator(output)
    assert repr(best[-1].architecture) == ranked[0][1].split(", learning_rate")[0]
    assert best[-1].n_iter_ == 18
    assert best[-1].verbose == 0
    assert best.score(images, labels) > 0.95


def test_a_terminal_gets_bars(npz, terminal, capsys):
    assert search("--data", npz, "--strategy", "grid", "--epochs", "1", "--n-jobs", "1") == 0
    captured = capsys.readouterr()
    assert re.search(r"^9 .* \d\.\d{4}", captured.out, re.MULTILINE)
    told = plain(captured.err)
    assert re.search(r"GridSearchCV - search #0 +\S+ 100%", told)
    assert "[1/27]" not in told


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
    for output, message in (
        (tmp_path / "no" / "best.skops", "no such folder"),
        (tmp_path, "argument --output: must be a file"),
    ):
        with pytest.raises(SystemExit, match="2"):
            search("--data", npz, "--output", output)
        assert message in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "skops.io", None)
    assert search("--data", npz, "--output", tmp_path / "best.skops") == 1
    assert "pip install" in capsys.readouterr().err


FULL = Path("/dev/full")
# The workers do not have to import TensorFlow for these networks.
QUICK = """
import sys
import skdigits.search
from skdigits.__main__ import run
from skdigits.architectures import MLP, Softmax
space = skdigits.search._BUDGETS["small"].space
space["kerasdigitclassifier__architecture"] = [Softmax(), MLP((16,)), MLP((64,))]
sys.argv[1:1] = ["search", "--budget", "small"]
run()
"""


@pytest.fixture(scope="module")
def searched_by_workers(tmp_path_factory):
    """The process and its folder; nothing can be written to its standard output."""
    folder = tmp_path_factory.mktemp("searched")
    np.savez(folder / "digits.npz", X=images, y=labels)
    program = [sys.executable, "-c", QUICK, "--data", "digits.npz", "--n-jobs", "2"]
    options = ["--strategy", "randomized", "--epochs", "1", "--output", "best.skops"]
    with open(FULL if FULL.exists() else os.devnull, "w") as full:
        finished = subprocess.run(
            [*program, *options, "--plot", "search.png"],
            cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    return finished, folder


def test_workers_number_their_fits(searched_by_workers):
    finished, _ = searched_by_workers
    numbers = re.findall(r"^\[(\d+)/9\] ", finished.stderr, re.MULTILINE)
    assert sorted(map(int, numbers)) == list(range(1, 10))
    assert finished.returncode == int(FULL.exists())


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_full_standard_output_does_not_lose_the_pipeline(searched_by_workers):
    finished, folder = searched_by_workers
    assert finished.returncode == 1
    assert "No space left on device" in finished.stderr.splitlines()[-1]
    assert read_estimator(folder / "best.skops").predict(images).shape == (300,)
    assert (folder / "search.png").read_bytes().startswith(b"\x89PNG")


def test_pipeline_that_cannot_be_saved_does_not_lose_the_ranking(
    npz, tmp_path, monkeypatch, capsys
):
    def fail(estimator, file):
        if not isinstance(file, io.BytesIO):
            raise OSError("the disk is full")

    monkeypatch.setattr("skdigits.persistence.save_estimator", fail)
    options = ["--strategy", "randomized", "--epochs", "1", "--output", tmp_path / "best.skops"]
    assert search("--data", npz, *options) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("rank  candidate ")
    assert "The first" not in captured.out
    assert captured.err.splitlines()[-1] == "skdigits: error: the disk is full"


def test_missing_backend_is_told_in_a_line_before_the_work(npz, tmp_path):
    backend = keras.config.backend()
    (tmp_path / f"{backend}.py").write_text(
        f'raise ModuleNotFoundError("No module named {backend!r}", name={backend!r})'
    )
    program = [sys.executable, "-m", "skdigits", "search", "--data", npz]
    path = os.pathsep.join([str(tmp_path), *sys.path])
    finished = subprocess.run(
        program,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.returncode, finished.stdout) == (1, "")
    (line,) = finished.stderr.splitlines()
    assert line.startswith("skdigits: error: ")
    assert "pip install" in line
    assert len(line) < 400


def test_misspelt_scorer_is_answered_with_the_nearest(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["search", "--scoring", "acuracy"])
    assert "did you mean accuracy?" in capsys.readouterr().err


@pytest.mark.parametrize("strategy", ["grid", "randomized"])
def test_fits_of_other_strategies_are_counted(strategy, npz, capsys):
    options = ["--strategy", strategy, "--epochs", "1", "--cv", "2", "--n-jobs", "1"]
    assert search("--data", npz, *options) == 0
    captured = capsys.readouterr()
    n_fits = int(re.search(r"^(\d+) fits on 2 folds", captured.out, re.MULTILINE)[1])
    numbers = re.findall(r"^\[(\d+)/(\d+)\] ", captured.err, re.MULTILINE)
    assert numbers == [(str(number), str(n_fits)) for number in range(1, n_fits + 1)]


def test_too_many_folds_name_the_options(npz, capsys):
    assert search("--data", npz, "--n-rows", "5") == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("skdigits: error: --cv 3 needs 3 images of a class")
    assert "--n-rows" in error


def test_choices_are_those_of_the_library():
    assert set(_search._BUDGETS) == set(skdigits.search._BUDGETS)
    assert set(_search._STRATEGIES) == set(skdigits.search._STRATEGIES)


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--budget", "huge"], ["--strategy", "luck"], ["--cv", "1"], ["--epochs", "0"]),
        *(["--epochs", "4"], ["--n-jobs", "0"], ["--random-state", "4294967296"]),
        ["--output", "no/best.skops"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["search", *arguments])
    assert stopped.value.code == 2
