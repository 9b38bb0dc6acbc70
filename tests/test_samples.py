import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.metrics import get_scorer
from sklearn.utils.class_weight import compute_class_weight
from small_networks import assert_same_weights, small

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP
from skdigits.training._samples import Samples, merge_equal_rows, split_stratified


def test_weight_zero_is_the_same_as_removing_the_row(X, y):
    weights = np.ones(60)
    weights[[3, 20, 59]] = 0
    kept = weights > 0
    assert_same_weights(
        small(batch_size=16).fit(X, y, sample_weight=weights),
        small(batch_size=16).fit(X[kept], y[kept]),
    )


def test_weight_that_is_nothing_beside_the_largest_is_the_same_as_removing_the_row(X, y):
    """In float32 it is zero, and a batch of such rows would have no share in any average."""
    weights = np.where(np.arange(60) < 30, 1, 1e-60)
    parameters = {"architecture": MLP((8,), normalization="batch"), "batch_size": 4}
    assert_same_weights(
        small(**parameters).fit(X, y, sample_weight=weights),
        small(**parameters).fit(X[:30], y[:30]),
    )


@pytest.mark.parametrize("weight", [1e308, 5e-324])
def test_weights_without_a_mean_are_refused(weight, X, y):
    with pytest.raises(ValueError, match=r"sample_weight must have a mean .* from .* to .*divide"):
        small().fit(X, y, sample_weight=np.full(60, weight))


@pytest.mark.parametrize("n_free", [0, 1, 20])
def test_weight_integer_is_the_same_as_repeating_the_row_within_a_batch(n_free, X, y):
    weights = np.random.RandomState(0).randint(1, 4, size=30)
    batch_size = int(weights.sum()) + n_free
    assert_same_weights(
        small(batch_size=batch_size).fit(X[:30], y[:30], sample_weight=weights),
        small(batch_size=batch_size).fit(X[:30].repeat(weights, axis=0), y[:30].repeat(weights)),
    )


def test_weight_scale_does_not_matter(X, y):
    weights = np.random.RandomState(0).uniform(0.5, 1.5, size=60)
    assert_same_weights(
        small().fit(X, y, sample_weight=weights), small().fit(X, y, sample_weight=4 * weights)
    )


def test_weight_of_rows_matter(X, y):
    weighted = small().fit(X, y, sample_weight=np.linspace(0.1, 1, 60))
    assert abs(weighted.weights_[0] - small().fit(X, y).weights_[0]).max() > 1e-4


def test_weight_of_classes_multiply_those_of_rows(X, y):
    sample_weight = np.random.RandomState(0).uniform(0.5, 1.5, size=60)
    class_weight = {label: 1.0 + label for label in range(10)}
    assert_same_weights(
        small(class_weight=class_weight).fit(X, y, sample_weight=sample_weight),
        small().fit(X, y, sample_weight=sample_weight * (1.0 + y)),
    )


def test_weight_of_classes_go_by_label(X, y):
    names = np.array(list("jihgfedcba"))[y]
    class_weight = {name: 1.0 + i for i, name in enumerate("jihgfedcba")}
    assert_same_weights(
        small(class_weight=class_weight).fit(X, names),
        small().fit(X, names, sample_weight=1.0 + y),
    )


def test_weight_balanced_is_scikit_learns(X, y):
    binary = y > 7
    weights = compute_class_weight("balanced", classes=np.array([False, True]), y=binary)
    assert_same_weights(
        small(class_weight="balanced").fit(X, binary),
        small().fit(X, binary, sample_weight=weights[binary.astype(int)]),
    )


def test_input_is_not_changed(X, y):
    weights = np.linspace(0, 1, 60)
    class_weight = dict.fromkeys(range(10), 2.0)
    inputs = [X.copy(), y.copy(), weights.copy()]
    for array in inputs:
        array.setflags(write=False)
    small(class_weight=class_weight, early_stopping=True, batch_size=16).fit(
        inputs[0], inputs[1], sample_weight=inputs[2], X_val=inputs[0], y_val=inputs[1]
    ).predict_proba(inputs[0])
    for array, original in zip(inputs, (X, y, weights), strict=True):
        assert_array_equal(array, original)
    assert class_weight == dict.fromkeys(range(10), 2.0)


def test_split_is_stratified_and_complete(X, y):
    samples = Samples(X, y.astype(np.int32), np.arange(60.0))
    training, validation = split_stratified(samples, 1 / 6, np.arange(10), np.random.RandomState(0))
    assert len(validation) == 10
    assert_array_equal(np.unique(validation.targets), np.unique(y))
    indices = np.concatenate([training.weights, validation.weights]).astype(int)
    assert_array_equal(np.sort(indices), np.arange(60))
    assert_array_equal(validation.rows, X[validation.weights.astype(int)])
    assert_array_equal(validation.targets, y[validation.weights.astype(int)])


def test_equal_rows_of_one_class_are_merged():
    rows = np.array([[1, 2], [0, 1], [1, 2], [1, 2]], dtype=np.float32)
    merged = merge_equal_rows(Samples(rows, np.array([1, 0, 1, 0], np.int32), np.arange(1.0, 5)))
    found = sorted(zip(merged.rows.tolist(), merged.targets, merged.weights, strict=True))
    assert found == [([0, 1], 0, 2), ([1, 2], 0, 4), ([1, 2], 1, 4)]
    assert merged.rows.dtype == np.float32
    assert merged.targets.dtype == np.int32


def test_balanced_class_weights_count_weighted_rows(X, y):
    weights = np.ones(60)
    weights[10:25] = 0
    classifier = KerasDigitClassifier("softmax", class_weight="balanced", random_state=0)
    zeroed = clone(classifier).fit(X, y, sample_weight=weights)
    dropped = clone(classifier).fit(X[weights > 0], y[weights > 0])
    np.testing.assert_array_equal(zeroed.predict_proba(X), dropped.predict_proba(X))


def test_class_weights_may_name_classes_that_a_batch_lacks(X, y):
    few = y < 5
    classifier = KerasDigitClassifier("softmax", class_weight={0: 2.0, 9: 3.0}, random_state=0)
    classifier.partial_fit(X[few], y[few], classes=np.arange(10))
    assert classifier.n_iter_ == 1


@pytest.mark.parametrize("class_weight", [{0: -1.0}, dict.fromkeys(range(10), 0), {0: np.nan}])
def test_class_weights_that_cannot_weigh_are_refused(X, y, class_weight):
    with pytest.raises(ValueError, match=r"class_weight must give each class a finite .*\}\.$"):
        KerasDigitClassifier("softmax", class_weight=class_weight).fit(X, y)


def test_sample_weights_that_cannot_be_balanced_are_refused(X, y):
    weights = np.where(y == 3, 1e-300, 1e10)
    with pytest.raises(ValueError, match=r"got 'balanced', with sample weights from 1e-300 to 1e"):
        KerasDigitClassifier("softmax", class_weight="balanced").fit(X, y, weights)


def test_labels_of_another_type_are_named(X, y):
    texts = np.array([f"{label}" for label in y], dtype=object)
    classifier = small().fit(X, y)
    with pytest.raises(ValueError, match="y has labels of another type than"):
        classifier.partial_fit(X, texts)
    with pytest.raises(ValueError, match="y_val has labels of another type than"):
        classifier.fit(X, y, X_val=X, y_val=texts)
    assert_array_equal(classifier.classes_, np.unique(y))


def test_failed_partial_fit_draws_no_random_numbers(X, y):
    weights = []
    for failing in (False, True):
        classifier = KerasDigitClassifier(MLP((8,), dropout=0.5), random_state=0)
        classifier.partial_fit(X, y, classes=np.arange(10))
        if failing:
            classifier.set_params(optimizer="sgd", learning_rate=1e38, batch_size=16)
            with pytest.raises(ValueError, match="diverged"):
                classifier.partial_fit(X, y)
            classifier.set_params(optimizer="adam", learning_rate="auto", batch_size="auto")
        weights.append(classifier.partial_fit(X, y).weights_)
    for undisturbed, after_failure in zip(*weights, strict=True):
        np.testing.assert_array_equal(undisturbed, after_failure)


@pytest.mark.parametrize("class_weight", [None, "balanced", dict.fromkeys(range(10), 2.0)])
def test_a_class_whose_rows_weigh_nothing_is_a_class(class_weight, X, y):
    classifier = small(class_weight=class_weight, epochs=60).fit(X, y, sample_weight=y != 9)
    assert_array_equal(classifier.classes_, range(10))
    assert classifier.predict_proba(X).shape == (60, 10)
    assert 9 not in classifier.predict(X)


def test_balanced_weights_leave_out_a_class_whose_rows_weigh_nothing(X, y):
    kept = y != 9
    names = np.append(np.unique(y[kept]), 9)
    balanced = compute_class_weight("balanced", classes=names[:9], y=y[kept])
    assert_same_weights(
        small(class_weight="balanced").fit(X, y, sample_weight=kept),
        small(class_weight=dict(zip(names, [*balanced, 1.0], strict=True))).fit(
            X, y, sample_weight=kept
        ),
    )


def test_one_class_with_a_weight_is_enough(X, y):
    classifier = small(epochs=20).fit(X, y, sample_weight=y == 3)
    assert_array_equal(classifier.classes_, range(10))
    assert set(classifier.predict(X)) == {3}


def test_ensembles_of_few_rows_fit(X, y):
    """Samples drawn with replacement may lack a class, which is then a class without weight."""
    chosen = [*np.flatnonzero(y == 0)[:5], *np.flatnonzero(y == 1)[:1]]
    bagging = BaggingClassifier(small(), n_estimators=8, random_state=0)
    assert bagging.fit(X[chosen], y[chosen]).predict_proba(X).shape == (60, 2)


def test_soft_voting_and_log_loss_take_classes_without_weight(X, y):
    vote = VotingClassifier([("a", small()), ("b", small(random_state=1))], voting="soft")
    vote.fit(X, y, sample_weight=(y != 9).astype(float))
    assert vote.predict_proba(X).shape == (60, 10)
    assert get_scorer("neg_log_loss")(vote, X, y) < 0
