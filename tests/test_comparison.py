import pickle
import sys

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC

from skdigits.comparison import (
    Comparison,
    FoldScores,
    baseline_classifiers,
    compare_classifiers,
    corrected_resampled_ttest,
)

X, y = load_digits(return_X_y=True)
X, y = X[:400] / 16, y[:400]

QUICK = {"neighbour": KNeighborsClassifier(1), "naive Bayes": GaussianNB(var_smoothing=0.1)}


class Recorder(ClassifierMixin, BaseEstimator):
    """Predicts one label and remembers, for all clones, the rows that it saw."""

    seen: list[bytes] = []  # noqa: RUF012

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.seen.append(X.tobytes())
        return self

    def predict(self, X):
        self.seen.append(X.tobytes())
        return np.full(len(X), self.classes_[0])


class Failing(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        raise RuntimeError("out of chalk")


class Network(ClassifierMixin, BaseEstimator):
    """Counts its own parameters, as KerasDigitClassifier does."""

    def fit(self, X, y):
        self.n_parameters_ = 1234
        self.label_ = y[0]
        return self

    def predict(self, X):
        return np.full(len(X), self.label_)


def example(first, second, n_train=80, n_test=20):
    """A comparison of two classifiers with the given accuracies."""
    ones = np.ones(len(first))
    return Comparison(
        {
            "first": FoldScores(np.array(first), 2 * ones, 3 * ones, 7850),
            "second": FoldScores(np.array(second), 4 * ones, 5000 * ones, None),
        },
        n_train=np.full(len(first), n_train),
        n_test=np.full(len(first), n_test),
    )


# Comparing classifiers


@pytest.mark.parametrize(
    "cv", [3, StratifiedKFold(4, shuffle=True, random_state=0), [(range(300), range(300, 400))]]
)
def test_accuracy_is_scikit_learns(cv):
    comparison = compare_classifiers(QUICK, X, y, cv=cv)
    for name, classifier in QUICK.items():
        expected = cross_val_score(classifier, X, y, cv=cv)
        np.testing.assert_array_equal(comparison.scores[name].accuracy, expected)


def test_random_splitter_gives_all_classifiers_the_same_folds():
    Recorder.seen.clear()
    folds = StratifiedKFold(3, shuffle=True, random_state=np.random.RandomState(0))
    compare_classifiers({"one": Recorder(), "other": Recorder()}, X, y, cv=folds)
    assert len(Recorder.seen) == 12
    assert Recorder.seen[:6] == Recorder.seen[6:]
    assert len(set(Recorder.seen)) == 6


def test_folds_may_come_from_a_generator():
    folds = StratifiedKFold(3).split(X, y)
    scores = compare_classifiers(QUICK, X, y, cv=folds).scores
    assert [scores[name].accuracy.size for name in QUICK] == [3, 3]


def test_groups_reach_the_splitter():
    groups = np.arange(len(y)) % 7
    comparison = compare_classifiers(QUICK, X, y, cv=GroupKFold(7), groups=groups)
    assert sorted(comparison.n_test) == sorted(np.bincount(groups))
    assert (comparison.n_train + comparison.n_test == len(y)).all()


def test_parallel_folds_score_the_same_and_the_table_says_so():
    one, two = (compare_classifiers(QUICK, X, y, cv=3, n_jobs=n_jobs) for n_jobs in (1, 2))
    for name in QUICK:
        np.testing.assert_array_equal(one.scores[name].accuracy, two.scores[name].accuracy)
    assert (one.n_jobs, two.n_jobs) == (1, 2)
    assert "2 folds ran at the same time" in str(two)
    assert "at the same time" not in str(one)


def test_images_need_not_be_rows_nor_labels_numbers():
    class_names = np.array(list("abcdefghij"))
    rows = compare_classifiers({"network": Network()}, X, y, cv=3)
    images = compare_classifiers({"network": Network()}, X.reshape(-1, 8, 8), class_names[y], cv=3)
    assert rows.scores["network"].accuracy.tolist() == images.scores["network"].accuracy.tolist()


def test_classifiers_stay_unfitted():
    classifier = GaussianNB()
    compare_classifiers({"naive Bayes": classifier}, X, y, cv=2)
    assert not hasattr(classifier, "classes_")


def test_metadata_routing_does_not_interfere():
    with config_context(enable_metadata_routing=True):
        comparison = compare_classifiers(QUICK, X, y, cv=GroupKFold(2), groups=np.arange(400) % 2)
    assert comparison.n_test.tolist() == [200, 200]


@pytest.mark.parametrize(
    ("classifier", "n_parameters"),
    [
        (LogisticRegression(max_iter=500), 65 * 10),
        (MLPClassifier((5, 4), max_iter=2000, tol=0.1), 65 * 5 + 6 * 4 + 5 * 10),
        (SVC(kernel="linear"), 65 * 45),
        (SVC(), None),
        (KNeighborsClassifier(), None),
        (Network(), 1234),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("wrap", [lambda it: it, lambda it: make_pipeline(MinMaxScaler(), it)])
def test_parameters_are_counted(classifier, n_parameters, wrap):
    comparison = compare_classifiers({"it": wrap(classifier)}, X[:100], y[:100], cv=2)
    assert comparison.scores["it"].n_parameters == n_parameters


def test_times_are_positive_and_by_fold():
    scores = compare_classifiers(QUICK, X, y, cv=3).scores["neighbour"]
    assert scores.fit_seconds.shape == scores.predict_microseconds.shape == (3,)
    assert (scores.fit_seconds > 0).all()
    assert (scores.predict_microseconds > 0).all()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_error_names_the_classifier(n_jobs):
    with pytest.raises(RuntimeError, match="out of chalk") as caught:
        compare_classifiers({"the bad one": Failing()}, X, y, cv=2, n_jobs=n_jobs)
    assert caught.value.__notes__ == ["raised by the classifier 'the bad one'"]


@pytest.mark.parametrize("classifiers", [{}, GaussianNB(), [GaussianNB()]])
def test_refuses_what_has_no_names(classifiers):
    with pytest.raises(ValueError, match="non-empty dict of names and classifiers"):
        compare_classifiers(classifiers, X, y)


def test_refuses_no_folds():
    with pytest.raises(ValueError, match="at least one pair"):
        compare_classifiers(QUICK, X, y, cv=[])


def test_refuses_labels_of_another_length():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        compare_classifiers(QUICK, X, y[:-1])


def test_verbose_prints_progress_and_silence_is_the_default(capsys):
    compare_classifiers(QUICK, X, y, cv=2)
    assert capsys.readouterr().out == ""
    compare_classifiers(QUICK, X, y, cv=2, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[::2] == ["[1/2] neighbour", "[2/2] naive Bayes"]
    assert all(" fits in " in line for line in lines[1::2])


# The result


def test_table():
    assert str(example([0.9, 0.8, 0.85], [0.95, 0.875, 0.9])).splitlines() == [
        "classifier    accuracy %  fit s  predict µs/image  parameters  difference      p",
        "first       85.00 ± 4.08   2.00               3.0       7,850    baseline",
        "second      90.83 ± 3.12   4.00           5,000.0           -       +5.83  0.034",
        "",
        "3 folds of 80 training and 20 test images: mean ± standard deviation, median times.",
        "difference in percentage points; p by the corrected resampled t-test.",
    ]


def test_table_of_a_single_split_claims_no_significance():
    assert str(example([0.9], [0.95])).splitlines() == [
        "classifier  accuracy %  fit s  predict µs/image  parameters  difference  p",
        "first            90.00   2.00               3.0       7,850    baseline",
        "second           95.00   4.00           5,000.0           -       +5.00  -",
        "",
        "One split: 80 training and 20 test images; so no spread and no significance.",
    ]


def test_table_of_the_baselines_fits_a_terminal():
    comparison = compare_classifiers(
        {name: DummyClassifier() for name in baseline_classifiers()}, X, y, cv=2
    )
    assert max(map(len, str(comparison).splitlines())) <= 100


def test_paired_tests_are_those_of_the_accuracies():
    comparison = example([0.9, 0.8, 0.85], [0.95, 0.875, 0.9])
    expected = corrected_resampled_ttest([0.05, 0.075, 0.05], n_train=80, n_test=20)
    tests = comparison.paired_tests()
    assert list(tests) == ["second"]
    assert tests["second"][:3] == pytest.approx(expected[:3])
    reversed_test = comparison.paired_tests(baseline="second")["first"]
    assert reversed_test.difference == pytest.approx(-expected.difference)
    assert reversed_test.p_value == pytest.approx(expected.p_value)


def test_frame():
    comparison = example([0.9, 0.8], [0.95, 0.875])
    frame = comparison.to_frame()
    test = comparison.paired_tests()["second"]
    assert frame.index.tolist() == ["first", "second"]
    assert frame.loc["first", "n_parameters"] == 7850
    assert frame["n_parameters"].isna().tolist() == [False, True]
    assert frame.loc["second", "accuracy"] == pytest.approx(0.9125)
    assert frame.loc["second", "accuracy_std"] == pytest.approx(0.0375)
    assert frame.loc["second", "p_value"] == test.p_value
    assert frame.loc["second", "confidence_high"] == test.confidence_interval[1]
    assert frame.loc["first", ["difference", "p_value"]].isna().all()


def test_frame_without_pandas_names_the_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        example([0.9], [0.95]).to_frame()


def test_comparison_can_be_pickled():
    comparison = example([0.9, 0.8], [0.95, 0.875])
    assert str(pickle.loads(pickle.dumps(comparison))) == str(comparison)


# The baselines


@pytest.mark.parametrize("name", baseline_classifiers())
def test_baselines_converge_on_digits(name):
    # Warnings are errors: a fit that stops early would fail.
    pipeline = baseline_classifiers(random_state=0)[name].fit(16 * X, y)
    assert pipeline.score(16 * X, y) > 0.97


def test_baselines_are_reproducible():
    loss = [
        baseline_classifiers(random_state=3)["scikit-learn MLPClassifier"]
        .set_params(mlpclassifier__tol=0.1)
        .fit(X, y)[-1]
        .loss_
        for _ in range(2)
    ]
    assert loss[0] == loss[1]
