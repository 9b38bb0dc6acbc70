"""scikit-learn's own tools around the classifier: ensembles, calibration, model selection."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    validation_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.semi_supervised import SelfTrainingClassifier
from small_networks import small

from skdigits import PixelScaler
from skdigits.training import cache_info, clear_cache


@pytest.fixture(scope="module")
def data(digits):
    X, y = digits
    return (X[:600] / 16).astype(np.float32), y[:600]


def network(**parameters):
    return small(epochs=40, **parameters)


AROUND = {
    "voting": lambda: VotingClassifier(
        [(str(seed), network(random_state=seed)) for seed in range(2)], voting="soft"
    ),
    "stacking": lambda: StackingClassifier(
        [("network", network()), ("logistic", LogisticRegression())], cv=2
    ),
    "bagging": lambda: BaggingClassifier(network(), n_estimators=2, random_state=0),
    "adaboost": lambda: AdaBoostClassifier(network(), n_estimators=2, random_state=0),
    "one versus rest": lambda: OneVsRestClassifier(network()),
    "calibrated": lambda: CalibratedClassifierCV(network(), cv=2),
    "temperature": lambda: CalibratedClassifierCV(network(), cv=2, method="temperature"),
    "self-training": lambda: SelfTrainingClassifier(network(), max_iter=2),
    "halving": lambda: HalvingGridSearchCV(
        network(),
        {"learning_rate": [0.003, 0.01, 0.03]},
        resource="epochs",
        min_resources=5,
        max_resources=20,
        cv=2,
        random_state=0,
    ),
    "columns": lambda: make_pipeline(
        ColumnTransformer([("top", PixelScaler(), slice(32))], remainder="passthrough"),
        network(),
    ),
    "union": lambda: make_pipeline(
        FeatureUnion([("scaled", PixelScaler()), ("again", PixelScaler())]),
        network(image_shape=(16, 8)),
    ),
}


@pytest.mark.filterwarnings("ignore:y contains no unlabeled samples:UserWarning")
@pytest.mark.parametrize("name", AROUND)
def test_works_inside(name, data):
    X, y = data
    fitted = AROUND[name]().fit(X[:500], y[:500])
    assert fitted.score(X[500:], y[500:]) > 0.7
    assert set(fitted.predict(X)) <= set(y)


def test_members_of_an_ensemble_share_one_program(data):
    clear_cache()
    AROUND["voting"]().fit(*data).predict(data[0])
    assert cache_info().compilations == 2  # One that trains, one that predicts.


def test_a_soft_vote_is_the_mean_of_its_members(data):
    X, y = data
    vote = AROUND["voting"]().fit(X, y)
    members = [member.predict_proba(X) for member in vote.estimators_]
    assert_allclose(vote.predict_proba(X), np.mean(members, axis=0))


def test_temperature_calibrates_an_overconfident_network(data):
    X, y = data
    overconfident = small(epochs=200).fit(X[:150], y[:150])
    calibrated = CalibratedClassifierCV(FrozenEstimator(overconfident), method="temperature")
    calibrated.fit(X[150:300], y[150:300])
    X_test, y_test = X[300:], y[300:]
    assert_array_equal(calibrated.predict(X_test), overconfident.predict(X_test))

    def loss(classifier):
        # scikit-learn calibrates in the float32 of the network, and judges as if in float64.
        return log_loss(y_test, classifier.predict_proba(X_test).astype(np.float32))

    assert loss(calibrated) < loss(overconfident)


def test_frozen_pipeline_is_calibrated_and_left_alone(data):
    X, y = data
    pipeline = make_pipeline(PixelScaler(), network()).fit(X[:300], y[:300])
    before = pipeline[-1].weights_
    calibrated = CalibratedClassifierCV(FrozenEstimator(pipeline), method="temperature")
    calibrated.fit(X[300:], y[300:])
    assert pipeline[-1].weights_ is before
    assert_array_equal(calibrated.predict(X), pipeline.predict(X))


def test_groups_are_kept_together(data):
    X, y = data
    writer = np.arange(len(y)) // 60
    scores = cross_validate(network(), X, y, groups=writer, cv=GroupKFold(2), return_indices=True)
    assert scores["test_score"].min() > 0.7
    for train, test in zip(*scores["indices"].values(), strict=True):
        assert not set(writer[train]) & set(writer[test])


@pytest.mark.filterwarnings("ignore:OptunaSearchCV is experimental")
# optuna-integration 5.0 imports what Optuna 4.9 deprecates.
@pytest.mark.filterwarnings("ignore:`optuna.terminator` module has been deprecated:FutureWarning")
def test_optuna_searches(data):
    optuna = pytest.importorskip("optuna")
    OptunaSearchCV = pytest.importorskip("optuna_integration").OptunaSearchCV
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    X, y = data
    space = {
        "architecture": optuna.distributions.CategoricalDistribution(["softmax", "mlp"]),
        "learning_rate": optuna.distributions.FloatDistribution(0.003, 0.03, log=True),
    }
    search = OptunaSearchCV(network(), space, cv=2, n_trials=3, random_state=0).fit(X, y)
    rates = {trial.params["learning_rate"] for trial in search.trials_}
    assert len(rates) == 3
    assert search.best_score_ == max(trial.value for trial in search.trials_) > 0.7
    assert search.best_estimator_.architecture == search.best_params_["architecture"]
    assert search.score(X, y) > search.best_score_


def test_threshold_can_be_tuned(data):
    X, y = data
    tuned = TunedThresholdClassifierCV(network(), scoring="f1", cv=2).fit(X, y == 8)
    assert 0 < tuned.best_threshold_ < 1


def test_cross_validation_and_curves(data):
    X, y = data
    scores = cross_validate(
        network(), X, y, cv=2, scoring=["accuracy", "neg_log_loss", "roc_auc_ovr"]
    )
    assert scores["test_roc_auc_ovr"].min() > 0.9
    predicted = cross_val_predict(network(), X, y, cv=2, method="predict_proba")
    assert_allclose(predicted.sum(axis=1), 1, rtol=1e-5)
    _, training, test = learning_curve(network(), X, y, cv=2, train_sizes=[0.25, 1.0])
    assert test.mean(axis=1)[0] < test.mean(axis=1)[1] < training.mean(axis=1)[1]
    _, test = validation_curve(network(), X, y, cv=2, param_name="epochs", param_range=[1, 20])
    assert test.mean(axis=1)[0] < test.mean(axis=1)[1]


def test_permuted_labels_cannot_be_learnt(data):
    score, permuted, p_value = permutation_test_score(
        network(), *data, cv=2, n_permutations=3, random_state=0
    )
    assert score > 0.7 > 0.3 > permuted.max()
    assert p_value == 0.25


def test_nested_cross_validation(data):
    search = GridSearchCV(network(), {"learning_rate": [0.001, 0.01]}, cv=2)
    assert cross_val_score(search, *data, cv=2).min() > 0.7
