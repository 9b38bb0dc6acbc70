"""Grid searches over architectures: each candidate is what it says, and compiled once."""

import multiprocessing
import os
import signal

import joblib
import numpy as np
import pytest
from joblib.externals.loky.process_executor import TerminatedWorkerError
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP, ConvNet, LeNet5, Softmax
from skdigits.training import cache_info, clear_cache

FOLDS = StratifiedKFold(3)
N_EPOCHS = 3
# Nothing in it that makes rounding grow: another number of threads rounds otherwise.
PLAIN = ConvNet(normalization=None, dropout=0.0)
GRID = {
    "kerasdigitclassifier__architecture": [Softmax(), MLP((64,)), LeNet5(), PLAIN],
    "kerasdigitclassifier__learning_rate": [0.002, 0.02],
}
N_ARCHITECTURES, N_CANDIDATES = 4, 8
N_THREADS = int(os.environ.get("OMP_NUM_THREADS") or joblib.cpu_count())


@pytest.fixture(scope="module")
def X(digits):
    return digits[0][:300]


@pytest.fixture(scope="module")
def y(digits):
    return digits[1][:300]


def accuracy_and_epochs(pipeline, X, y):
    """Score, and tell how long the candidate was trained."""
    classifier = pipeline[-1]
    return {
        "accuracy": accuracy_score(y, pipeline.predict(X)),
        "n_iter": classifier.n_iter_,
        "n_losses": len(classifier.history_["loss"]),
        "n_parameters": classifier.n_parameters_,
        "peak": max(classifier.history_["learning_rate"]),
    }


def search(grid=GRID, n_jobs=1):
    pipeline = make_pipeline(
        PixelScaler(), KerasDigitClassifier(epochs=N_EPOCHS, batch_size=64, random_state=0)
    )
    return GridSearchCV(
        pipeline, grid, cv=FOLDS, scoring=accuracy_and_epochs, refit="accuracy", n_jobs=n_jobs
    )


@pytest.fixture(scope="module")
def searched_and_compilations(X, y):
    clear_cache()
    return search().fit(X, y), cache_info().compilations


@pytest.fixture(scope="module")
def searched(searched_and_compilations):
    return searched_and_compilations[0]


def columns(result, kind):
    return {name: result.cv_results_[name] for name in result.cv_results_ if kind in name}


def test_every_architecture_is_compiled_once(searched_and_compilations):
    # Once to train and once to predict, for all learning rates and folds.
    assert searched_and_compilations[1] == 2 * N_ARCHITECTURES


def test_second_search_compiles_nothing_and_scores_the_same(searched, X, y):
    before = cache_info().compilations
    again = search().fit(X, y)
    assert cache_info().compilations == before
    scores = columns(searched, "test_")
    assert {"split0_test_accuracy", "split2_test_n_iter", "mean_test_peak"} <= set(scores)
    for name, column in scores.items():
        assert_array_equal(again.cv_results_[name], column)


def test_every_candidate_ran_its_epochs(searched):
    for figure in ("n_iter", "n_losses"):
        for name, values in columns(searched, f"_test_{figure}").items():
            if name.startswith(("split", "mean")):
                assert_array_equal(values, np.full(N_CANDIDATES, N_EPOCHS))


def test_every_candidate_is_the_network_it_says(searched):
    for parameters, n_parameters in zip(
        searched.cv_results_["params"], searched.cv_results_["mean_test_n_parameters"], strict=True
    ):
        architecture = parameters["kerasdigitclassifier__architecture"]
        assert n_parameters == architecture((8, 8, 1), 10).count_params()


def test_every_candidate_has_its_learning_rate(searched):
    rates = searched.cv_results_["param_kerasdigitclassifier__learning_rate"].astype(float)
    peaks = searched.cv_results_["mean_test_peak"]
    assert_allclose(peaks / rates, np.full(N_CANDIDATES, peaks[0] / rates[0]), rtol=1e-12)


def test_searched_objects_are_left_alone(searched):
    assert [repr(a) for a in GRID["kerasdigitclassifier__architecture"]] == [
        "Softmax()",
        "MLP(hidden_layer_sizes=(64,))",
        "LeNet5()",
        "ConvNet(dropout=0.0, normalization=None)",
    ]
    chosen = searched.best_params_["kerasdigitclassifier__architecture"]
    assert searched.best_estimator_[-1].architecture_ is not chosen
    assert searched.best_estimator_[-1].architecture_.get_params() == chosen.get_params()


def test_search_finds_a_network_that_reads(searched, X, y):
    assert searched.best_score_ > 0.8
    assert searched.best_score_ == searched.cv_results_["mean_test_accuracy"].max()


def test_threads_score_the_same(searched, X, y):
    with joblib.parallel_config("threading"):
        parallel = search(n_jobs=2).fit(X, y)
    scores = columns(searched, "_test_")
    assert len(scores) > FOLDS.n_splits
    for name, column in scores.items():
        assert_array_equal(parallel.cv_results_[name], column)


def assert_same_scores(found, searched, n_samples_apart, X):
    largest = n_samples_apart / (len(X) / FOLDS.n_splits) + 1e-12
    for i in range(FOLDS.n_splits):
        name = f"split{i}_test_accuracy"
        assert abs(found[name] - searched.cv_results_[name]).max() <= largest
    for figure in ("n_iter", "n_losses", "n_parameters"):
        name = f"mean_test_{figure}"
        assert_array_equal(found[name], searched.cv_results_[name])


def test_processes_score_the_same(searched, X, y):
    with joblib.parallel_config("loky"):
        parallel = search(n_jobs=2).fit(X, y)
    # Sums are taken in another order by another number of threads: then a near tie may tip over.
    assert_same_scores(parallel.cv_results_, searched, n_samples_apart=1, X=X)


def killed(pipeline, X, y):
    """Score, and be killed at that, as by a system that runs out of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(os.name != "posix", reason="sends signals of POSIX")
def test_a_killed_worker_ends_its_search_and_not_the_next(X, y):
    grid = {"kerasdigitclassifier__architecture": [Softmax(), MLP((8,))]}
    with joblib.parallel_config("loky"):
        with pytest.raises(TerminatedWorkerError, match="unexpectedly terminated"):
            search(grid, n_jobs=2).set_params(scoring=killed, refit=False).fit(X, y)
        parallel = search(grid, n_jobs=2).fit(X, y)
    assert_same_scores(parallel.cv_results_, search(grid).fit(X, y), n_samples_apart=1, X=X)


def search_here(X, y):
    return search().fit(X, y).cv_results_


def test_another_process_with_as_many_threads_scores_exactly_the_same(searched, X, y, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", str(N_THREADS))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply(search_here, (X, y))
    assert_same_scores(found, searched, n_samples_apart=0, X=X)


def test_parameters_of_the_architecture_are_searchable(X, y):
    sizes = [(16,), (8, 4)]
    grid = {"kerasdigitclassifier__architecture__hidden_layer_sizes": sizes}
    with_mlp = search(grid)
    with_mlp.estimator.set_params(kerasdigitclassifier__architecture=MLP())
    before = cache_info().compilations
    with_mlp.fit(X, y)
    assert cache_info().compilations - before <= 2 * len(sizes)
    counts = with_mlp.cv_results_["mean_test_n_parameters"]
    assert_array_equal(counts, [MLP(s)((8, 8, 1), 10).count_params() for s in sizes])
