"""MLflow: parameters, a score and the classifier itself are logged, and loaded again."""

import pytest

pytest.importorskip("mlflow")
pytest.importorskip("skops")

pytestmark = [
    # MLflow 3.17 declares its tables in a way that SQLAlchemy 2.1 deprecates.
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning"),
    # It looks at type hints of its own when it is imported.
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]


@pytest.fixture(autouse=True)
def store(tmp_path):
    """Keep what is logged in a folder of the test, and where mlflow is told to, until it ends."""
    import mlflow

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_experiment(
        experiment_id=mlflow.create_experiment("digits", artifact_location=tmp_path.as_uri())
    )
    yield
    mlflow.set_tracking_uri(before)


def test_logged_classifier_is_loaded_without_pickle():
    import mlflow
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.pipeline import make_pipeline

    from skdigits import KerasDigitClassifier, PixelScaler
    from skdigits.persistence import TRUSTED_TYPES

    X, y = load_digits(return_X_y=True)
    classifier = make_pipeline(PixelScaler(), KerasDigitClassifier("mlp", epochs=3, random_state=0))
    with mlflow.start_run() as run:
        classifier.fit(X, y)
        mlflow.log_params(classifier.get_params())
        mlflow.log_metric("accuracy", classifier.score(X, y))
        logged = mlflow.sklearn.log_model(
            classifier,
            name="digits",
            serialization_format="skops",
            skops_trusted_types=list(TRUSTED_TYPES),
            pip_requirements=["skdigits[files]"],
        )

    loaded = mlflow.sklearn.load_model(logged.model_uri)
    np.testing.assert_array_equal(loaded.predict_proba(X), classifier.predict_proba(X))
    served = mlflow.pyfunc.load_model(logged.model_uri)
    np.testing.assert_array_equal(served.predict(X), classifier.predict(X))
    parameters = mlflow.get_run(run.info.run_id).data.params
    assert parameters["kerasdigitclassifier__epochs"] == "3"
