import pickle
import sys
import time
from dataclasses import replace
from xml.etree import ElementTree as ET

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
from small_networks import small
from threadpoolctl import threadpool_info

from skdigits import KerasDigitClassifier
from skdigits._table import format_table
from skdigits.comparison import (
    Comparison,
    FoldScores,
    baseline_classifiers,
    compare_classifiers,
    corrected_resampled_ttest,
)
from skdigits.programs._backend import require_backend

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
    n_seen = len(Recorder.seen)
    assert Recorder.seen[: n_seen // 2] == Recorder.seen[n_seen // 2 :]
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


class Threads(ClassifierMixin, BaseEstimator):
    """Tells on how many threads linear algebra and OpenMP may run, as an accuracy."""

    n_iter_ = 0

    def fit(self, X, y):
        self.most_ = max(pool["num_threads"] for pool in threadpool_info())
        return self

    @property
    def n_parameters_(self):
        return self.most_

    def predict(self, X):
        assert max(pool["num_threads"] for pool in threadpool_info()) == self.most_
        return np.zeros(len(X))


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("n_threads", [1, 3])
def test_fits_and_predictions_keep_to_the_threads_granted(n_threads, n_jobs, two_threads):
    before = threadpool_info()
    comparison = compare_classifiers(
        {"it": Threads()}, X, y, cv=2, n_threads=n_threads, n_jobs=n_jobs
    )
    assert comparison.scores["it"].n_parameters == n_threads
    assert comparison.scores["it"].n_threads == n_threads
    assert threadpool_info() == before


def test_one_thread_is_the_default_and_none_sets_no_limit(two_threads):
    assert compare_classifiers({"it": Threads()}, X, y, cv=2).scores["it"].n_parameters == 1
    unlimited = compare_classifiers({"it": Threads()}, X, y, cv=2, n_threads=None).scores["it"]
    assert unlimited.n_parameters == max(pool["num_threads"] for pool in threadpool_info())
    assert unlimited.n_threads is None


@pytest.mark.parametrize("wrap", [lambda it: it, lambda it: make_pipeline(MinMaxScaler(), it)])
def test_threads_of_a_network_are_its_backends_own(wrap, monkeypatch):
    monkeypatch.setattr(require_backend(), "count_threads", lambda: 7)
    classifiers = {"linear": LogisticRegression(max_iter=500), "network": wrap(small())}
    comparison = compare_classifiers(classifiers, X, y, cv=2)
    assert {name: it.n_threads for name, it in comparison.scores.items()} == {
        "linear": 1,
        "network": 7,
    }
    note = "Threads: network on 7, the others on 1; so their times cannot be compared."
    assert note in str(comparison)


@pytest.mark.parametrize("n_threads", [0, -1])
def test_refuses_no_threads(n_threads):
    with pytest.raises(ValueError, match="n_threads must be at least 1, or None"):
        compare_classifiers(QUICK, X, y, n_threads=n_threads)


def test_backend_is_imported_before_fits_are_timed(monkeypatch):
    calls = []

    class Recording(KerasDigitClassifier):
        def fit(self, X, y):
            calls.append("fit")
            return super().fit(X, y)

    monkeypatch.setattr(
        "skdigits.comparison._measurement.require_backend", lambda: calls.append("backend")
    )
    network = Recording("softmax", epochs=1)
    compare_classifiers({"linear": GaussianNB(), "network": network}, X, y, cv=2)
    assert calls == 2 * ["backend", "fit"]


class Compiling(Network):
    """Takes long for its first prediction, as networks do that are compiled."""

    def predict(self, X):
        if not hasattr(self, "compiled_"):
            time.sleep(0.3)
            self.compiled_ = True
        return super().predict(X)


def test_first_prediction_is_not_timed():
    scores = compare_classifiers({"it": Compiling()}, X, y, cv=2).scores["it"]
    assert (scores.predict_microseconds * 200 < 0.2e6).all()


def test_long_predictions_are_not_repeated(monkeypatch):
    monkeypatch.setattr("skdigits.comparison._measurement._LONGEST_REPEATED", 0.1)
    scores = compare_classifiers({"it": Compiling()}, X, y, cv=2).scores["it"]
    assert (scores.predict_microseconds * 200 > 0.3e6).all()


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


def with_threads(comparison, *n_threads):
    limited = {
        name: replace(scores, n_threads=threads)
        for (name, scores), threads in zip(comparison.scores.items(), n_threads, strict=True)
    }
    return replace(comparison, scores=limited)


@pytest.mark.parametrize(
    ("n_threads", "note"),
    [
        ((1, 1), "Each fit and prediction ran on 1 thread."),
        ((2, 2), "Each fit and prediction ran on 2 threads."),
        ((1, 4), "Threads: second on 4, the others on 1; so their times cannot be compared."),
        ((4, 1), "Threads: first on 4, the others on 1; so their times cannot be compared."),
    ],
)
def test_table_tells_the_threads(n_threads, note):
    comparison = with_threads(example([0.9, 0.8], [0.95, 0.875]), *n_threads)
    assert str(comparison).splitlines()[-1] == note


@pytest.mark.parametrize("n_threads", [(None, None), (1, None)])
def test_table_is_silent_on_threads_that_are_not_known(n_threads):
    comparison = example([0.9, 0.8], [0.95, 0.875])
    assert str(with_threads(comparison, *n_threads)) == str(comparison)


def test_notebooks_show_the_same_cells_as_html():
    comparison = example([0.9, 0.8, 0.85], [0.95, 0.875, 0.9])
    table = ET.fromstring(f"<div>{comparison._repr_html_()}</div>")
    rows = [[cell.text or "" for cell in row] for row in table.iter("tr")]
    assert format_table(rows) == str(comparison).partition("\n\n")[0]
    assert "".join(table.find("p").itertext()) == "".join(str(comparison).splitlines()[4:])


def test_html_obeys_no_name():
    scores = example([0.9], [0.95]).scores
    comparison = replace(example([0.9], [0.95]), scores={"<script>&": scores["first"]})
    html = comparison._repr_html_()
    assert "&lt;script&gt;&amp;" in html
    assert "<script" not in html


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
