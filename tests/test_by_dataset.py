"""The same classifiers on several datasets."""

import re
from html import unescape

import numpy as np
import pytest
from scipy.stats import friedmanchisquare
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from skdigits.comparison import (
    Comparison,
    ComparisonByDataset,
    FoldScores,
    compare_classifiers,
    compare_on_datasets,
    corrected_resampled_ttest,
)

X, y = load_digits(return_X_y=True)
X, y = X[:300] / 16, y[:300]
QUICK = {
    "constant": DummyClassifier(),
    "neighbour": KNeighborsClassifier(1),
    "naive Bayes": GaussianNB(var_smoothing=0.1),
}
NOISE = np.random.default_rng(0).random((60, 2))
DATASETS = {"all": (X, y), "upper half": (X[:, :32], y), "noise": (NOISE, y[:60])}
REPEATED = RepeatedStratifiedKFold(n_splits=2, n_repeats=3, random_state=0)


def comparison(*accuracies, names="abc"):
    ones = np.ones(len(accuracies[0]))
    scores = {
        name: FoldScores(np.array(accuracy), ones, ones, None)
        for name, accuracy in zip(names, accuracies, strict=False)
    }
    return Comparison(scores, n_train=80 * ones, n_test=20 * ones)


@pytest.fixture(scope="module")
def found():
    return compare_on_datasets(QUICK, DATASETS, cv=REPEATED)


def test_each_dataset_is_compared_as_if_alone(found):
    assert list(found.comparisons) == list(DATASETS)
    for dataset, (images, labels) in DATASETS.items():
        for name, classifier in QUICK.items():
            accuracy = found.comparisons[dataset].scores[name].accuracy
            expected = cross_val_score(classifier, images, labels, cv=REPEATED)
            np.testing.assert_array_equal(accuracy, expected)
            assert accuracy.size == 6


def test_significance_is_corrected_for_the_repeated_folds(found):
    scores = found.comparisons["all"].scores
    differences = scores["neighbour"].accuracy - scores["constant"].accuracy
    expected = corrected_resampled_ttest(differences, n_train=150, n_test=150)
    assert found.comparisons["all"].paired_tests()["neighbour"] == expected
    assert found.to_frame().loc[("all", "neighbour"), "p_value"] == expected.p_value


def test_mean_ranks_by_hand():
    found = ComparisonByDataset(
        {
            "one": comparison([0.9, 0.9], [0.8, 0.8], [0.7, 0.7]),
            "two": comparison([0.7, 0.9], [0.9, 0.9], [0.9, 0.7]),  # The first ties with the last.
            "three": comparison([0.1, 0.1], [0.2, 0.2], [0.3, 0.3]),
        }
    )
    ranks = found.mean_ranks()
    assert ranks == pytest.approx({"a": 6.5 / 3, "b": 5 / 3, "c": 6.5 / 3})
    assert all(type(rank) is float for rank in ranks.values())


def test_mean_ranks_are_those_of_friedmans_test(found):
    accuracies = [
        [it.scores[name].accuracy.mean() for it in list(found.comparisons.values())[:2]]
        for name in QUICK
    ]
    two = ComparisonByDataset({name: found.comparisons[name] for name in ("all", "upper half")})
    ranks = np.array(list(two.mean_ranks().values()))
    n, k = 2, 3
    statistic = 12 * n / (k * (k + 1)) * ((ranks - (k + 1) / 2) ** 2).sum()
    assert statistic == pytest.approx(friedmanchisquare(*accuracies).statistic)


def test_frame(found):
    frame = found.to_frame()
    assert frame.index.names == ["dataset", "classifier"]
    assert len(frame) == len(DATASETS) * len(QUICK)
    means = frame["rank"].groupby(level="classifier", sort=False).mean().to_dict()
    assert means == pytest.approx(found.mean_ranks())


def test_table(found):
    lines = str(found).splitlines()
    header = r"classifier +all % +p +upper half % +p +noise % +p +mean rank"
    assert re.fullmatch(header, lines[0])
    assert re.fullmatch(r"constant +\S+ ± \S+ +baseline( .*baseline){2} +\d\.\d\d", lines[1])
    assert [line.split("  ")[0] for line in lines[1:4]] == list(QUICK)
    assert lines[5:8] == [
        "all: 6 folds of 150 training and 150 test images.",
        "upper half: 6 folds of 150 training and 150 test images.",
        "noise: 6 folds of 30 training and 30 test images.",
    ]
    assert "rank 1 is the best" in lines[8]


def test_notebooks_show_the_same_cells_as_html(found):
    html = found._repr_html_()
    text = unescape(re.sub(r"<[^>]+>", " ", html))
    assert text.split() == str(found).split()
    assert html.count("<tr>") == 1 + len(QUICK)


def test_comparisons_made_one_by_one_can_be_put_together():
    alone = {name: compare_classifiers(QUICK, *DATASETS[name], cv=2) for name in ("all", "noise")}
    together = compare_on_datasets(QUICK, {name: DATASETS[name] for name in ("all", "noise")}, cv=2)
    assert ComparisonByDataset(alone).mean_ranks() == together.mean_ranks()


@pytest.mark.parametrize(
    "comparisons",
    [
        {},
        {"one": comparison([0.9], [0.8]), "two": comparison([0.9], [0.8], names="ba")},
        {"one": comparison([0.9], [0.8]), "two": comparison([0.9])},
    ],
    ids=["none", "another order", "another number"],
)
def test_refuses_comparisons_of_other_classifiers(comparisons):
    with pytest.raises(ValueError, match="same classifiers in the same order"):
        ComparisonByDataset(comparisons)


@pytest.mark.parametrize("datasets", [{}, [(X, y)], (X, y)], ids=["empty", "list", "tuple"])
def test_refuses_datasets_without_names(datasets):
    with pytest.raises(ValueError, match="datasets must be a non-empty dict"):
        compare_on_datasets(QUICK, datasets)


@pytest.mark.parametrize("data", [X, (X, y, y), (X,)], ids=["array", "three", "one"])
def test_refuses_a_dataset_that_is_no_pair(data):
    with pytest.raises(ValueError, match=r"datasets\['it'\] must be a pair"):
        compare_on_datasets(QUICK, {"it": data})


def test_error_names_the_dataset():
    with pytest.raises(ValueError, match="inconsistent numbers") as caught:
        compare_on_datasets(QUICK, {"good": (X, y), "short": (X, y[:-1])}, cv=2)
    assert "on the dataset 'short'" in caught.value.__notes__


def test_verbose_names_the_datasets(capsys):
    compare_on_datasets(QUICK, {"all": DATASETS["all"]}, cv=2, verbose=1)
    assert capsys.readouterr().out.splitlines()[:2] == ["all", "[1/3] constant"]
