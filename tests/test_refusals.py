"""Why an estimator cannot be saved, and the cure."""

import io

import numpy as np
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from small_networks import small

from skdigits import PixelScaler
from skdigits.persistence import save_estimator

pytest.importorskip("skops.io")


def optimized():
    import keras

    return small(optimizer=keras.optimizers.Adam(1e-3))


def generated(fit=False):
    X = np.zeros((10, 2))
    search = GridSearchCV(LogisticRegression(), {}, cv=KFold(2).split(X))
    return search.fit(np.eye(10), np.arange(10) % 2) if fit else search


def drawn():
    from scipy.stats import randint

    return RandomizedSearchCV(small(), {"batch_size": randint(1, 10)})


def with_own_attribute():
    estimator = LogisticRegression()
    estimator.rows_ = (row for row in "ab")
    return estimator


def holding_itself():
    estimator = LogisticRegression()
    estimator.self_ = estimator
    return estimator


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (optimized, "parameter optimizer, of the type Adam, is not. Pass the name of the"),
        (
            lambda: GridSearchCV(make_pipeline(PixelScaler(), optimized()), {}),
            "parameter estimator__kerasdigitclassifier__optimizer, of the type Adam",
        ),
        (
            lambda: VotingClassifier([("a", optimized())]),
            "parameter a__optimizer, of the type Adam",
        ),
        (generated, "parameter cv, of the type generator, .*use a list of the splits"),
        (lambda: generated(fit=True), "parameter cv, of the type generator"),
        (drawn, "parameter param_distributions.*scipy.*lists or arrays"),
        (lambda: small(class_weight=(i for i in "a")), "parameter class_weight.*plain values"),
        (lambda: SelectKBest(f_regression), "refers to .*f_regression. Functions and classes"),
        (with_own_attribute, "one of its attributes is not data: .*generator.*Use pickle"),
        (holding_itself, "contains itself"),
    ],
)
def test_the_parameter_and_the_cure_are_named(estimator, message, tmp_path):
    path = tmp_path / "it.skops"
    path.write_bytes(b"before")
    with pytest.raises(ValueError, match=f"(?s)cannot be saved as data, because .*{message}"):
        save_estimator(estimator(), path)
    assert path.read_bytes() == b"before"


def test_several_kinds_of_types_have_a_cure_each():
    from scipy.stats import loguniform

    search = RandomizedSearchCV(
        SelectKBest(f_regression), {"k": loguniform(1, 2), "score_func": [f_regression]}
    )
    with pytest.raises(ValueError, match=r"Distributions of.*Functions and") as caught:
        save_estimator(search, io.BytesIO())
    assert str(caught.value).count("Functions and classes") == 1
