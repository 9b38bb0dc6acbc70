"""What the guide and the examples put around a network can be saved, and reads as it was."""

import importlib
import inspect
import io
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from saved_files import saved
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import (
    SelectKBest,
    SelectPercentile,
    VarianceThreshold,
    chi2,
    f_classif,
    mutual_info_classif,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, top_k_accuracy_score
from sklearn.model_selection import (
    BaseCrossValidator,
    FixedThresholdClassifier,
    GridSearchCV,
    GroupKFold,
    GroupShuffleSplit,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    LeavePGroupsOut,
    LeavePOut,
    PredefinedSplit,
    RandomizedSearchCV,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from small_networks import small

from skdigits import PixelScaler
from skdigits.architectures import MLP, Softmax
from skdigits.persistence import read_estimator, save_estimator
from skdigits.persistence._contents import _parts
from skdigits.preprocessing import DigitFramer
from skdigits.search import architecture_search

pytest.importorskip("skops.io")

ROOT = Path(__file__).parents[1]
RATES = {"learning_rate": [0.01, 0.02]}
HALVING = {"resource": "epochs", "min_resources": 1, "max_resources": 2, "factor": 2, "cv": 2}

AROUND = {
    "pipeline": lambda: make_pipeline(PixelScaler(), small()),
    "grid": lambda: GridSearchCV(small(), RATES, cv=2),
    "grid of architectures": lambda: GridSearchCV(
        small(), {"architecture": [MLP((4,)), Softmax(), "mlp"]}, cv=2
    ),
    "several scores": lambda: GridSearchCV(
        small(), RATES, cv=2, scoring=["accuracy", "neg_log_loss", "f1_macro"], refit="accuracy"
    ),
    "scorer": lambda: GridSearchCV(
        small(),
        RATES,
        cv=2,
        scoring=make_scorer(top_k_accuracy_score, response_method="predict_proba", k=2),
    ),
    "repeated folds": lambda: GridSearchCV(
        small(), RATES, cv=RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)
    ),
    "given folds": lambda: GridSearchCV(small(), RATES, cv=[(np.arange(30), np.arange(30, 60))]),
    "randomized": lambda: RandomizedSearchCV(small(), RATES, n_iter=1, cv=2),
    "halving": lambda: HalvingGridSearchCV(small(), RATES, **HALVING),
    "halving at random": lambda: HalvingRandomSearchCV(small(), RATES, **HALVING),
    "soft voting": lambda: VotingClassifier(
        [("a", small()), ("b", small(random_state=1)), ("c", LogisticRegression())], voting="soft"
    ),
    "hard voting": lambda: VotingClassifier(
        [
            ("network", small()),
            ("support", SVC()),
            ("neighbour", KNeighborsClassifier(1)),
            ("bayes", GaussianNB()),
            ("perceptron", MLPClassifier((4,), max_iter=200, tol=1.0)),
            ("descent", MLPClassifier((4,), max_iter=200, tol=1.0, solver="sgd")),
        ]
    ),
    "stacking": lambda: StackingClassifier(
        [("network", small()), ("logistic", LogisticRegression())], cv=2
    ),
    "bagging": lambda: BaggingClassifier(small(), n_estimators=2, random_state=0),
    "boosting": lambda: AdaBoostClassifier(small(epochs=20), n_estimators=2, random_state=0),
    "one versus rest": lambda: OneVsRestClassifier(small()),
    "one versus one": lambda: OneVsOneClassifier(small()),
    "output code": lambda: OutputCodeClassifier(small(), code_size=0.5, random_state=0),
    "sigmoid": lambda: CalibratedClassifierCV(small(), cv=2),
    "isotonic": lambda: CalibratedClassifierCV(small(), cv=2, method="isotonic"),
    "temperature": lambda: CalibratedClassifierCV(small(), cv=2, method="temperature"),
    "one calibration": lambda: CalibratedClassifierCV(small(), cv=2, ensemble=False),
    "self-training": lambda: SelfTrainingClassifier(small(), max_iter=2),
    "columns": lambda: make_pipeline(
        ColumnTransformer([("top", PixelScaler(), slice(32))], remainder="passthrough"), small()
    ),
    "selection": lambda: make_pipeline(
        SelectKBest(chi2, k=30), SelectPercentile(f_classif, percentile=90), small()
    ),
    # It takes a third of a second for each pixel.
    "selection by information": lambda: make_pipeline(
        SelectKBest(chi2, k=4), SelectKBest(mutual_info_classif, k=2), small()
    ),
    "union": lambda: make_pipeline(
        FeatureUnion([("scaled", PixelScaler()), ("again", PixelScaler())]), small()
    ),
    "other scalers": lambda: make_pipeline(
        VarianceThreshold(), StandardScaler(), MinMaxScaler(), FunctionTransformer(), small()
    ),
    "architecture search": lambda: in_no_time(architecture_search("small", epochs=9, cv=2)),
    "search by grid": lambda: in_no_time(architecture_search("small", strategy="grid", cv=2)),
    "search at random": lambda: in_no_time(
        architecture_search("small", strategy="randomized", cv=2, random_state=0)
    ),
}
BINARY = {
    "fixed threshold": lambda: FixedThresholdClassifier(small()),
    "tuned threshold": lambda: TunedThresholdClassifierCV(small(), scoring="f1", cv=2),
}
SPLITTERS = [
    GroupKFold(2),
    GroupShuffleSplit(2),
    KFold(2),
    LeaveOneGroupOut(),
    LeaveOneOut(),
    LeavePGroupsOut(2),
    LeavePOut(2),
    PredefinedSplit([0, 1]),
    RepeatedKFold(n_splits=2),
    RepeatedStratifiedKFold(n_splits=2),
    ShuffleSplit(2),
    StratifiedGroupKFold(2),
    StratifiedKFold(2),
    StratifiedShuffleSplit(2),
    TimeSeriesSplit(2),
]


def in_no_time(search):
    space = getattr(search, "param_grid", None) or search.param_distributions
    space["kerasdigitclassifier__architecture"] = [Softmax(), MLP((4,))]
    return search


@pytest.mark.filterwarnings("ignore:y contains no unlabeled samples:UserWarning")
@pytest.mark.parametrize("name", [*AROUND, *BINARY])
def test_estimators_around_a_network(name, X, y):
    estimator = {**AROUND, **BINARY}[name]()
    assert type(read_estimator(io.BytesIO(saved(estimator)))) is type(estimator)
    estimator.fit(X, y == 8 if name in BINARY else y)
    again = read_estimator(io.BytesIO(saved(estimator)))
    assert repr(again) == repr(estimator)
    assert_array_equal(again.predict(X), estimator.predict(X))
    if hasattr(estimator, "predict_proba"):
        assert_array_equal(again.predict_proba(X), estimator.predict_proba(X))
    if hasattr(estimator, "cv_results_"):
        assert repr(again.cv_results_) == repr(estimator.cv_results_)


def test_frozen_networks(X, y):
    frozen = FrozenEstimator(small().fit(X, y))
    estimator = CalibratedClassifierCV(frozen, method="temperature", cv=2).fit(X, y)
    again = read_estimator(io.BytesIO(saved(estimator)))
    assert_array_equal(again.predict_proba(X), estimator.predict_proba(X))


def test_framers(X, y):
    estimator = make_pipeline(DigitFramer(blank="zeros"), PixelScaler(), small())
    again = read_estimator(io.BytesIO(saved(estimator)))
    assert repr(again) == repr(estimator)


@pytest.mark.parametrize("splitter", SPLITTERS, ids=lambda it: type(it).__name__)
def test_splitters(splitter):
    again = read_estimator(io.BytesIO(saved(GridSearchCV(small(), RATES, cv=splitter))))
    assert repr(again.cv) == repr(splitter)


def test_all_that_the_guide_and_the_examples_use_is_tested():
    documents = [
        ROOT / "README.md",
        *(ROOT / "docs" / "user_guide").glob("*.rst"),
        *(ROOT / "examples").glob("*.py"),
    ]
    imported = set()
    for path in documents:
        # Names in parentheses stand on several lines, behind the prompts of an example.
        text = re.sub(r"\n(>>>|\.\.\.)? *", "\n", path.read_text(encoding="utf-8"))
        for module, several, one in re.findall(
            r"from (sklearn[\w.]*) import (?:\(([^)]*)\)|(.*))", text
        ):
            names = re.findall(r"\w+", several or one)
            imported |= {getattr(importlib.import_module(module), name, None) for name in names}
    kinds = {
        it
        for it in imported
        if inspect.isclass(it) and issubclass(it, BaseEstimator | BaseCrossValidator)
    }
    assert {GridSearchCV, VotingClassifier, CalibratedClassifierCV} <= kinds
    tested = [*(make() for make in {**AROUND, **BINARY}.values()), *SPLITTERS]
    assert kinds - {BaseEstimator} <= {type(part) for it in tested for part in _parts(it)}


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (lambda: DecisionTreeClassifier(max_depth=1), "sklearn.tree._tree.Tree. Trees hold"),
        (lambda: with_network(RandomForestClassifier(1)), "sklearn.tree._tree.Tree. Trees hold"),
        (
            lambda: with_network(HistGradientBoostingClassifier(max_iter=1)),
            "TreePredictor. Trees hold positions in memory",
        ),
        (lambda: distributed(), "scipy.stats.*use lists or arrays of values"),
    ],
)
def test_what_could_not_be_checked_is_no_data(estimator, message, X, y):
    with pytest.raises(ValueError, match=message):
        save_estimator(estimator().fit(X, y), io.BytesIO())


def with_network(other):
    return VotingClassifier([("network", small()), ("other", other)])


def distributed():
    """A search over a distribution of scipy, which runs code that it holds as a text."""
    from scipy.stats import loguniform

    return RandomizedSearchCV(small(), {"learning_rate": loguniform(0.01, 0.02)}, n_iter=1, cv=2)
