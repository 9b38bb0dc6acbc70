"""The same search on a Dask cluster: here two worker processes, each with threads like ours."""

import itertools
import os
import pickle
import signal
from contextlib import contextmanager, suppress
from functools import partial
from unittest import mock

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP, LeNet5, Softmax
from skdigits.training import cache_info

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

N_WORKERS, N_FOLDS, N_THREADS = 2, 3, int(os.environ.get("OMP_NUM_THREADS") or joblib.cpu_count())
GRID = {
    "kerasdigitclassifier__architecture": [Softmax(), MLP((32,)), LeNet5()],
    "kerasdigitclassifier__learning_rate": [0.005, 0.02],
}


@contextmanager
def cluster(n_threads):
    """Start workers whose libraries take so many threads, and connect to them."""
    threads = {"distributed.nanny.pre-spawn-environ.OMP_NUM_THREADS": n_threads}
    with (
        # A nanny writes what it grants its worker into the environment of its own process.
        mock.patch.dict(os.environ),
        dask.config.set(threads),
        distributed.LocalCluster(
            n_workers=N_WORKERS, threads_per_worker=1, processes=True, dashboard_address=None
        ) as local,
        distributed.Client(local) as client,
    ):
        # Else it drops the copies of scattered data that outlive a worker.
        client.amm.stop()
        yield client


@pytest.fixture(scope="module")
def client():
    with cluster(N_THREADS) as client:
        yield client


@pytest.fixture(scope="module")
def X(digits):
    return digits[0][:600]


@pytest.fixture(scope="module")
def y(digits):
    return digits[1][:600]


@pytest.fixture(scope="module")
def folds(X, y):
    return list(StratifiedKFold(N_FOLDS).split(X, y))


def accuracy_and_process(pipeline, X, y):
    return {"accuracy": accuracy_score(y, pipeline.predict(X)), "process": os.getpid()}


def search(X, y, cv, scoring=accuracy_and_process, grid=GRID, **options):
    network = KerasDigitClassifier(epochs=5, batch_size=64, random_state=0)
    return GridSearchCV(
        make_pipeline(PixelScaler(), network),
        grid,
        cv=cv,
        scoring=scoring,
        refit="accuracy",
        error_score="raise",
        **options,
    ).fit(X, y)


def per_fold(found, figure):
    return np.array([found.cv_results_[f"split{i}_test_{figure}"] for i in range(N_FOLDS)])


@pytest.fixture(scope="module")
def expected(X, y, folds):
    """Scores of a search in this process alone."""
    return per_fold(search(X, y, folds), "accuracy")


@pytest.fixture(scope="module")
def sent(client):
    """Collects what the client sends with each task."""
    sent, submit = [], client.submit

    def record(function, *args, **kwargs):
        sent.append(kwargs)
        return submit(function, *args, **kwargs)

    client.submit = record
    return sent


@pytest.fixture(scope="module")
def searched(client, sent, X, y, folds):
    with joblib.parallel_config(backend="dask", scatter=[X, y, *itertools.chain(*folds)]):
        return search(X, y, folds)


def test_dask_scores_the_same_to_the_bit(searched, expected):
    assert_array_equal(per_fold(searched, "accuracy"), expected)
    assert expected.max() > 0.8


def test_every_fit_ran_on_a_worker_and_every_worker_had_some(searched, client):
    workers = set(client.run(os.getpid).values())
    assert set(per_fold(searched, "process").ravel()) == workers
    assert os.getpid() not in workers


def test_each_worker_compiles_each_of_its_architectures_once(searched, client):
    architectures = searched.cv_results_["param_kerasdigitclassifier__architecture"]
    processes = per_fold(searched, "process")
    compilations = {
        client.run(os.getpid, workers=[address])[address]: info.compilations
        for address, info in client.run(cache_info).items()
    }
    for process, n_compilations in compilations.items():
        there = {
            repr(architecture)
            for ran_on in processes
            for architecture in architectures[ran_on == process]
        }
        assert n_compilations == 2 * len(there)  # One that trains, one that predicts.


def test_data_travel_once_and_not_with_the_tasks(searched, client, sent, X):
    assert len(sent) == len(searched.cv_results_["params"]) * N_FOLDS
    # With each task goes the search itself, and so the folds that it was given.
    assert max(len(pickle.dumps(task["tasks"])) for task in sent) < X.nbytes / 5
    received = client.run(
        lambda dask_worker: sum(log["total"] for log in dask_worker.transfer_incoming_log)
    )
    assert len(received) == N_WORKERS
    assert max(received.values()) < 2 * X.nbytes


def kill_once(flag, pipeline, X, y):
    """Score, except that the first to come takes its whole process down."""
    with suppress(FileExistsError), open(flag, "x"):
        os.kill(os.getpid(), signal.SIGKILL)
    return accuracy_and_process(pipeline, X, y)


def test_a_killed_worker_costs_only_its_tasks(client, expected, X, y, folds, tmp_path):
    flag = tmp_path / "killed"
    # The new worker does not have to import TensorFlow for these.
    dense = {**GRID, "kerasdigitclassifier__architecture": [Softmax(), MLP((32,))]}
    before = set(client.run(os.getpid).values())
    with joblib.parallel_config(backend="dask", scatter=[X, y, *itertools.chain(*folds)]):
        found = search(X, y, folds, scoring=partial(kill_once, flag), grid=dense)
    assert flag.exists()
    assert_array_equal(per_fold(found, "accuracy"), expected[:, :4])
    (survivor,) = before & set(client.run(os.getpid).values())
    assert survivor in per_fold(found, "process")
