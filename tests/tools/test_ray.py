"""Ray: the fits of a search run in the processes of its joblib backend."""

import secrets
from tempfile import TemporaryDirectory

import pytest

pytest.importorskip("ray.util.joblib")


@pytest.fixture(autouse=True)
def cluster(monkeypatch):
    """Start Ray on this machine alone, and end it."""
    import ray

    # Else Ray makes a token and writes it into the user's folder.
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    # Its sockets need a folder with a shorter name than `tmp_path`.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        ray.init(
            num_cpus=2,
            include_dashboard=False,
            _node_ip_address="127.0.0.1",
            _temp_dir=folder,
        )
        yield
        ray.shutdown()


def test_search_gives_the_scores_of_a_loop():
    import joblib
    import numpy as np
    from ray.util.joblib import register_ray
    from sklearn.datasets import load_digits
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from threadpoolctl import threadpool_limits

    from skdigits import KerasDigitClassifier, PixelScaler

    X, y = load_digits(return_X_y=True)
    pipeline = make_pipeline(PixelScaler(), KerasDigitClassifier("mlp", epochs=3, random_state=0))
    rates = {"kerasdigitclassifier__learning_rate": [0.001, 0.003, 0.01]}
    search = GridSearchCV(pipeline, rates, cv=3, error_score="raise")

    register_ray()
    with joblib.parallel_config(backend="ray", n_jobs=2):
        found = search.fit(X, y).cv_results_

    with threadpool_limits(1):  # As in Ray's processes.
        expected = search.fit(X, y).cv_results_
    np.testing.assert_array_equal(found["mean_test_score"], expected["mean_test_score"])
