"""Early stopping by loss and by scorers, and a fit that is interrupted."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import balanced_accuracy_score, make_scorer
from small_networks import small

pytest.importorskip("keras")

import keras

from skdigits import PixelScaler, set_backend
from skdigits.architectures import ConvNet
from skdigits.programs._backend import require_backend


@pytest.fixture(scope="module")
def data(digits):
    X, y = digits
    return PixelScaler().fit_transform(X[:400]), y[:400]


@pytest.fixture(scope="module")
def split(data):
    X, y = data
    return {"X": X[:200], "y": y[:200], "X_val": X[200:], "y_val": y[200:]}


def test_attributes_in_training_copy_no_slots(split, monkeypatch):
    program_kind = require_backend().TrainingProgram
    n_batches = []

    def state(program, copied=program_kind.state):
        n_batches.append(copied(program).n_batches)
        return copied(program)

    monkeypatch.setattr(program_kind, "state", state)
    network = ConvNet((2,), kernel_size=3)
    classifier = small(architecture=network, epochs=3, scoring="accuracy").fit(**split)
    assert len(classifier.history_["val_score"]) == 3
    assert n_batches == [classifier._continuation.state.n_batches]  # once, at the end


SCORERS = {
    "name": "balanced_accuracy",
    "callable": make_scorer(balanced_accuracy_score),
    "function": lambda estimator, X, y: balanced_accuracy_score(y, estimator.predict(X)),
}


@pytest.mark.parametrize("kind", SCORERS)
def test_a_scorer_chooses_the_epoch(kind, split):
    classifier = small(
        epochs=60, early_stopping=True, scoring=SCORERS[kind], n_iter_no_change=3
    ).fit(**split)
    scores = classifier.history_["val_score"]
    assert classifier.best_epoch_ == np.argmax(scores) + 1
    predicted = classifier.predict(split["X_val"])
    assert balanced_accuracy_score(split["y_val"], predicted) == pytest.approx(max(scores))
    assert classifier.n_iter_ < 60


def test_none_scores_by_score(split):
    classifier = small(epochs=3, scoring=None).fit(**split)
    assert classifier.history_["val_score"] == pytest.approx(classifier.history_["val_accuracy"])


def test_loss_is_the_default_and_no_score(split):
    assert "val_score" not in small(epochs=2).fit(**split).history_


def test_scorers_see_labels_and_column_names(data):
    pandas = pytest.importorskip("pandas")
    X, y = data
    X = pandas.DataFrame(X, columns=[f"pixel{i}" for i in range(64)])
    names = np.array(list("abcdefghij"))
    seen = []

    def scorer(estimator, X, y):
        seen.append(set(y))
        return estimator.score(X, y)

    small(epochs=2, early_stopping=True, scoring=scorer).fit(X, names[y])
    assert seen == [set(names), set(names)]


def test_sample_weights_reach_the_scorer(data):
    X, y = data
    seen = []

    def scorer(estimator, X, y, sample_weight=None):
        seen.append(sample_weight)
        return 0.0

    weights = np.linspace(1, 2, 400)
    small(epochs=1, early_stopping=True, scoring=scorer).fit(X, y, sample_weight=weights)
    assert len(seen[0]) == 40
    assert set(seen[0]) <= set(weights)


def test_misspelt_scorers_are_refused(split):
    with pytest.raises(ValueError, match="'scoring' parameter of KerasDigitClassifier"):
        small(scoring="balanced").fit(**split)


class Interrupting(keras.callbacks.Callback):
    """Presses Ctrl-C in an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def test_interruption_keeps_the_weights_so_far(data):
    X, y = data
    classifier = small(epochs=5, callbacks=[Interrupting(2)])
    with pytest.warns(
        ConvergenceWarning, match="interrupted after 2 of 5 epochs; the current weights"
    ):
        classifier.fit(X, y)
    assert classifier.n_iter_ == len(classifier.history_["loss"]) == 2
    with set_backend(keras.config.backend()):
        whole = small(epochs=5).fit(X, y)
    assert classifier.history_["loss"] == pytest.approx(whole.history_["loss"][:2], rel=1e-12)
    assert 0.2 < classifier.score(X, y) < whole.score(X, y)


def test_interruption_in_validation_keeps_the_epochs_before(split):
    n_calls = []

    def scorer(estimator, X, y):
        n_calls.append(1)
        if len(n_calls) == 4:
            raise KeyboardInterrupt
        return estimator.score(X, y)

    classifier = small(epochs=9, early_stopping=True, scoring=scorer)
    with pytest.warns(ConvergenceWarning, match="after 3 of 9"):
        classifier.fit(**split)
    assert len(classifier.history_["val_score"]) == len(classifier.history_["loss"]) == 3
    assert classifier.best_epoch_ == np.argmax(classifier.history_["val_score"]) + 1


def test_interruption_before_training_leaves_nothing(data, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    classifier = small(verbose=1, callbacks=[Interrupting(0)])
    monkeypatch.setattr(require_backend().TrainingProgram, "place", interrupted)
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(*data)
    assert not hasattr(classifier, "weights_")


def test_class_weights_weigh_the_score_as_sample_weights_do(data):
    X, y = data
    weights = np.where(y == 0, 50.0, 1.0)
    parameters = {"epochs": 6, "early_stopping": True, "scoring": "accuracy"}
    by_class = small(class_weight={0: 50}, **parameters).fit(X, y)
    by_sample = small(**parameters).fit(X, y, sample_weight=weights)
    assert by_class.history_["val_score"] == pytest.approx(by_sample.history_["val_score"])


def test_interruption_in_the_first_epoch_leaves_a_fitted_classifier(data):
    classifier = small(callbacks=[Interrupting(0)])
    with pytest.warns(ConvergenceWarning, match="after 0 of"):
        classifier.fit(*data)
    assert classifier.predict(data[0]).shape == data[1].shape


def test_interrupted_early_stopping_keeps_the_best_epoch(split):
    classifier = small(epochs=9, early_stopping=True, callbacks=[Interrupting(4)])
    with pytest.warns(ConvergenceWarning):
        classifier.fit(**split)
    losses = classifier.history_["val_loss"]
    assert classifier.best_epoch_ == np.argmin(losses) + 1


def test_long_epochs_are_cut_without_a_trace(data, monkeypatch):
    whole = small(epochs=2, batch_size=16).fit(*data)
    monkeypatch.setattr("skdigits.programs._numpy.TrainingProgram.n_steps_per_call", 7)
    cut = small(epochs=2, batch_size=16).fit(*data)
    assert cut.history_["loss"] == pytest.approx(whole.history_["loss"], rel=1e-12)
    for one, other in zip(cut.weights_, whole.weights_, strict=True):
        assert_array_equal(one, other)


def test_a_score_of_nan_is_worse_than_any_other(split):
    scores = iter([np.nan, 0.1, 0.5, np.nan, 0.4, 0.3, 0.2, 0.1, 0.1])

    def scorer(estimator, X, y):
        return next(scores)

    classifier = small(epochs=9, early_stopping=True, scoring=scorer, n_iter_no_change=4)
    classifier.fit(**split)
    assert classifier.best_epoch_ == 3
    assert classifier.n_iter_ == 7
    np.testing.assert_equal(classifier.history_["val_score"][:4], [np.nan, 0.1, 0.5, np.nan])


def unweighted(estimator, X, y):
    return float((estimator.predict(X) == y).mean())


def with_options(estimator, X, y, **options):
    assert set(options) == {"sample_weight"}
    return unweighted(estimator, X, y)


def share(y_true, y_pred):
    return float((y_true == y_pred).mean())


@pytest.mark.parametrize(
    "scoring", [unweighted, with_options, make_scorer(share), "accuracy", "top_k_accuracy", None]
)
@pytest.mark.parametrize("weigh", ["class_weight", "sample_weight"])
def test_scorers_are_given_weights_if_they_take_them(scoring, weigh, data):
    X, y = data
    classifier = small(
        early_stopping=True,
        scoring=scoring,
        class_weight={0: 3} if weigh == "class_weight" else None,
    )
    classifier.fit(X, y, sample_weight=1.0 + y if weigh == "sample_weight" else None)
    assert len(classifier.history_["val_score"]) == 2
