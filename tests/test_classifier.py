import dataclasses
import pickle
import re
import time

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import log_softmax, softmax
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.pipeline import Pipeline
from small_networks import assert_same_weights, small

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP, ConvNet, Softmax
from skdigits.augmentation import RandomAffine


def build_dense(image_shape, n_classes):
    import keras

    layers = [keras.Input(image_shape), keras.layers.Flatten(), keras.layers.Dense(n_classes)]
    return keras.Sequential(layers)


class TestLabels:
    @pytest.mark.parametrize(
        "labels",
        [
            range(10),
            range(-20, 0, 2),
            list("jihgfedcba"),
            np.array(list("jihgfedcba"), dtype=object),
            np.arange(10) / 1.0,
            [False, True] * 5,
            ["yes", "no"] * 5,
            [7, 3] * 5,
        ],
        ids=repr,
    )
    def test_come_back_as_they_were(self, labels, X, y):
        labels = np.asarray(labels)[y]
        classifier = small(epochs=150).fit(X, labels)
        predicted = classifier.predict(X)
        assert_array_equal(classifier.classes_, np.unique(labels))
        assert predicted.dtype == classifier.classes_.dtype == labels.dtype
        assert classifier.score(X, labels) == accuracy_score(labels, predicted) > 0.9

    def test_of_ten_classes_have_ten_scores(self, X, y):
        classifier = small().fit(X, y)
        scores, probabilities = classifier.decision_function(X), classifier.predict_proba(X)
        assert scores.shape == probabilities.shape == (60, 10)
        assert scores.dtype == probabilities.dtype == np.float32
        assert_array_equal(classifier.predict(X), scores.argmax(axis=1))
        expected = softmax(scores.astype(np.float64), axis=1)
        assert_allclose(probabilities, expected, rtol=0, atol=1e-7)
        assert_array_equal(classifier.predict_log_proba(X), log_softmax(scores, axis=1))
        # What scikit-learn's log_loss allows.
        assert_allclose(probabilities.sum(axis=1, dtype=np.float64), 1, rtol=0, atol=2.4e-8)

    def test_of_two_classes_have_one_score_positive_for_the_second(self, X, y):
        classifier = small(epochs=20).fit(X, y > 4)
        scores, probabilities = classifier.decision_function(X), classifier.predict_proba(X)
        assert scores.shape == (60,)
        assert probabilities.shape == (60, 2)
        assert_array_equal(classifier.predict(X), scores > 0)
        # The score is the logarithm of the odds, to float32's precision of sums of size 10.
        odds = classifier.predict_log_proba(X) @ [-1, 1]
        assert_allclose(scores, odds, rtol=0, atol=1e-5)
        assert 0 < (scores > 0).mean() < 1

    def test_of_hopeless_odds_have_a_finite_log_probability(self, X, y):
        classifier = small().fit(X, y)
        assert classifier.predict_proba(1e6 * X).min() == 0
        assert np.isfinite(classifier.predict_log_proba(1e6 * X)).all()


def test_softmax_network_is_logistic_regression():
    X, y = make_blobs(90, centers=3, cluster_std=4.0, random_state=0)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    classifier = KerasDigitClassifier(
        Softmax(), epochs=3000, batch_size=90, learning_rate=0.05, dtype="float64", random_state=0
    ).fit(X, y)
    expected = LogisticRegression(C=np.inf, tol=1e-8).fit(X, y).predict_proba(X)
    # Adam comes to rest within a fraction of its last learning rates.
    assert_allclose(classifier.predict_proba(X), expected, rtol=0, atol=1e-4)


class TestPartialFit:
    def test_needs_the_classes_first_and_only_then(self, X, y):
        with pytest.raises(ValueError, match="classes must be passed on the first call"):
            small().partial_fit(X, y)
        classifier = small().partial_fit(X[:5], y[:5], classes=range(10)).partial_fit(X, y)
        assert_array_equal(classifier.classes_, range(10))
        with pytest.raises(ValueError, match=r"classes=.* is not the same"):
            classifier.partial_fit(X, y, classes=range(9))

    @pytest.mark.parametrize("architecture", [MLP((16,)), MLP((16,), dropout=0.5), build_dense])
    @pytest.mark.parametrize("batch_size", [16, 64])
    def test_calls_make_the_epochs_of_one_fit_also_through_pickle(
        self, batch_size, architecture, X, y
    ):
        parameters = {"architecture": architecture, "batch_size": batch_size, "random_state": 0}
        whole = KerasDigitClassifier(
            **parameters, epochs=3, learning_rate_schedule="constant"
        ).fit(X, y)  # fmt: skip
        in_parts = KerasDigitClassifier(**parameters)
        for _ in range(3):
            in_parts.partial_fit(X, y, classes=range(10))
            in_parts = pickle.loads(pickle.dumps(in_parts))
        assert_same_weights(in_parts, whole)
        assert in_parts.n_iter_ == in_parts.best_epoch_ == len(in_parts.history_["loss"]) == 3

    def test_goes_on_after_fit(self, X, y):
        classifier = small().fit(X, y)
        fitted = clone(classifier).fit(X, y)
        # A learning rate so small that the weights stay the same to the last bit.
        assert_same_weights(classifier.set_params(learning_rate=1e-30).partial_fit(X, y), fitted)

    @pytest.mark.parametrize("optimizers", [("adam", "sgd"), ("adam", "rmsprop"), ("sgd", "adam")])
    def test_other_optimizer_starts_afresh(self, optimizers, X, y):
        classifier = small(optimizer=optimizers[0]).partial_fit(X, y, classes=range(10))
        before = classifier.weights_[0]
        classifier.set_params(optimizer=optimizers[1]).partial_fit(X, y)
        assert abs(classifier.weights_[0] - before).max() > 0

    @pytest.mark.parametrize("way", ["fit", "partial_fit", "warm_start", "other optimizer"])
    def test_going_on_leaves_the_averages_of_batch_normalisation(self, way, digits):
        X, y = digits[0] / 16, digits[1]
        classifier = KerasDigitClassifier(epochs=4, random_state=0)
        if way == "partial_fit":
            for _ in range(4):
                classifier.partial_fit(X[:1200], y[:1200], classes=range(10))
        else:
            classifier.fit(X[:1200], y[:1200])
        before = classifier.score(X[1200:], y[1200:])
        assert before > 0.9
        classifier.set_params(learning_rate=1e-30)  # The weights stay as they are.
        if way == "warm_start":
            classifier.set_params(warm_start=True, epochs=1).fit(X[:20], y[:20])
        else:
            if way == "other optimizer":
                classifier.set_params(optimizer="sgd")
            for _ in range(5):
                classifier.partial_fit(X[:1], y[:1])
        assert classifier.score(X[1200:], y[1200:]) > before - 0.02

    def test_a_part_of_the_averages_is_counted_through_pickle(self, X, y):
        classifier = small(architecture=MLP((16,), normalization="batch")).fit(X, y)
        assert classifier._continuation.state.n_batches == 2 * 60 / 64
        restored = pickle.loads(pickle.dumps(classifier))
        restored.partial_fit(X[:32], y[:32])
        assert restored._continuation.state.n_batches == 2 * 60 / 64 + 0.5
        assert_same_weights(restored, classifier.partial_fit(X[:32], y[:32]))

    def test_history_keeps_what_the_fit_before_had(self, X, y):
        classifier = small().fit(X, y, X_val=X, y_val=y)
        fitted = {name: list(column) for name, column in classifier.history_.items()}
        classifier.partial_fit(X, y)
        assert set(classifier.history_) == set(fitted)
        for name, column in classifier.history_.items():
            assert column[:2] == fitted[name]
            assert len(column) == classifier.n_iter_ == 3
            assert np.isnan(column[2]) == name.startswith("val_")

    @pytest.mark.parametrize("given", ["instance", "global"])
    def test_draws_from_the_generator_given_and_keeps_its_own(self, given, X, y):
        generator = np.random.RandomState(3) if given == "instance" else np.random.mtrand._rand
        np.random.seed(3)  # noqa: NPY002
        random_state = generator if given == "instance" else None
        before = generator.get_state(legacy=False)["state"]["pos"]
        first = small(random_state=random_state).partial_fit(X, y, classes=range(10))
        after = generator.get_state(legacy=False)
        assert after["state"]["pos"] != before
        kept = first._continuation.generator
        assert kept is not generator
        first.partial_fit(X, y)
        np.testing.assert_equal(generator.get_state(legacy=False), after)
        assert first._continuation.generator is not kept  # A failed call draws the same again.
        # Another classifier draws other numbers, as in scikit-learn.
        second = small(random_state=random_state).partial_fit(X, y, classes=range(10))
        assert abs(second.weights_[0] - first.weights_[0]).max() > 1e-3

    def test_takes_no_notice_of_early_stopping(self, X, y):
        assert_same_weights(
            small(early_stopping=True).partial_fit(X, y, classes=range(10)),
            small().partial_fit(X, y, classes=range(10)),
        )


def test_warm_start_begins_with_the_weights_of_before(X, y):
    classifier = small(warm_start=True).fit(X, y)
    before = clone(classifier).fit(X, y)
    assert_same_weights(classifier.set_params(learning_rate=1e-30).fit(X, y), before)
    cold = classifier.set_params(warm_start=False, random_state=1).fit(X, y)
    assert abs(cold.weights_[0] - before.weights_[0]).max() > 1e-2


class TestValidation:
    def test_early_stopping_keeps_the_best_epoch(self, X, y, digits):
        X_val, y_val = digits[0][60:160] / 16, digits[1][60:160]
        classifier = small(
            epochs=150, learning_rate=0.1, early_stopping=True, n_iter_no_change=5, tol=0.0
        ).fit(X, y, X_val=X_val, y_val=y_val)
        losses = classifier.history_["val_loss"]
        assert classifier.n_iter_ == len(losses) < 150
        assert classifier.best_epoch_ == int(np.argmin(losses)) + 1 == classifier.n_iter_ - 5
        kept = log_loss(y_val, classifier.predict_proba(X_val))
        # float32 logits, averaged over 100 rows.
        assert kept == pytest.approx(min(losses), rel=1e-5)

    def test_without_early_stopping_the_last_epoch_is_kept(self, X, y):
        classifier = small().fit(X, y, X_val=X, y_val=y)
        assert classifier.best_epoch_ == classifier.n_iter_ == 2
        kept = log_loss(y, classifier.predict_proba(X))
        assert kept == pytest.approx(classifier.history_["val_loss"][-1], rel=1e-5)
        assert classifier.score(X, y) == pytest.approx(classifier.history_["val_accuracy"][-1])

    def test_data_do_not_change_the_training(self, X, y):
        assert_same_weights(small().fit(X, y, X_val=X[:9], y_val=y[:9]), small().fit(X, y))

    def test_split_leaves_the_rest_for_training(self, X, y):
        classifier = small(early_stopping=True, validation_fraction=0.5).fit(X, y)
        assert sorted(classifier.history_) == [
            "accuracy", "learning_rate", "loss", "seconds", "val_accuracy", "val_loss",
        ]  # fmt: skip
        # Accuracies are counts of the 30 rows on either side.
        for name in ("accuracy", "val_accuracy"):
            counts = 30 * np.array(classifier.history_[name])
            assert_allclose(counts, counts.round(), rtol=0, atol=1e-4)

    def test_data_are_scaled_by_the_pipeline(self, digits):
        (X, y), (X_val, y_val) = (a[:60] for a in digits), (a[60:90] for a in digits)
        scaler = PixelScaler().fit(X)
        expected = small().fit(scaler.transform(X), y, X_val=scaler.transform(X_val), y_val=y_val)
        with config_context(enable_metadata_routing=True):
            network = small().set_fit_request(X_val=True, y_val=True)
            pipeline = Pipeline([("s", PixelScaler()), ("n", network)], transform_input=["X_val"])
            pipeline.fit(X, y, X_val=X_val, y_val=y_val)
        assert pipeline[-1].history_["val_loss"] == expected.history_["val_loss"]
        assert expected.history_["val_loss"][-1] < expected.history_["val_loss"][0]


def test_sample_weights_are_routed_through_searches(X, y):
    weights = np.random.RandomState(0).uniform(0.1, 1, size=60)
    folds = KFold(2)
    train, _ = next(folds.split(X))
    expected = small().fit(X[train], y[train], sample_weight=weights[train])
    refitted = small().fit(X, y, sample_weight=weights)
    with config_context(enable_metadata_routing=True):
        classifier = small().set_fit_request(sample_weight=True).set_score_request(
            sample_weight=False
        )  # fmt: skip
        scores = cross_validate(
            classifier, X, y, cv=folds, params={"sample_weight": weights}, return_estimator=True
        )
        search = GridSearchCV(classifier, {"epochs": [2]}, cv=folds)
        search.fit(X, y, sample_weight=weights)
    assert_same_weights(scores["estimator"][0], expected)
    assert_same_weights(search.best_estimator_, refitted)


def test_data_frames_bring_names(X, y):
    names = [f"pixel {i}" for i in range(64)]
    frame = pd.DataFrame(X, columns=names)
    classifier = small().fit(frame, pd.Series(y))
    assert_array_equal(classifier.feature_names_in_, names)
    assert_array_equal(classifier.predict_proba(frame), small().fit(X, y).predict_proba(X))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        classifier.predict(X)
    with pytest.raises(ValueError, match="must be in the same order"):
        classifier.predict(frame[names[::-1]])


def test_verbose_prints_a_line_an_epoch(X, y, capsys):
    small(epochs=3).fit(X, y)
    assert capsys.readouterr().out == ""
    small(epochs=3, verbose=1).fit(X, y, X_val=X, y_val=y)
    lines = capsys.readouterr().out.splitlines()
    number = r"\d+\.\d+"
    figures = "".join(rf"  {name} {number}" for name in ("loss", "accuracy"))
    validation = "".join(rf"  {name} {number}" for name in ("val_loss", "val_accuracy"))
    for i, line in enumerate(lines, start=1):
        speed = rf"  {number} s  [\d,]+ images/s"
        assert re.fullmatch(rf"epoch {i}/3{figures}{validation}{speed}", line)
    assert len(lines) == 3


def test_history_has_a_figure_an_epoch(X, y):
    classifier = small(epochs=5, batch_size=16).fit(X, y)
    assert sorted(classifier.history_) == ["accuracy", "learning_rate", "loss", "seconds"]
    for column in classifier.history_.values():
        assert len(column) == classifier.n_iter_ == 5
        assert all(type(figure) is float for figure in column)


def test_seconds_of_epochs_add_up_to_less_than_the_fit(X, y):
    """Also if a call takes the steps of many epochs."""
    started = time.perf_counter()
    classifier = small(epochs=50).fit(X, y)
    assert 0 < sum(classifier.history_["seconds"]) < time.perf_counter() - started


@pytest.mark.parametrize("batch_size", [60, 32, 7])
def test_figures_of_an_epoch_are_means_over_its_rows(batch_size, X, y):
    classifier = small(epochs=2, batch_size=batch_size, learning_rate=1e-30).fit(X, y)
    loss = log_loss(y, classifier.predict_proba(X))
    assert classifier.history_["loss"] == pytest.approx([loss, loss], rel=1e-5)
    assert classifier.history_["accuracy"] == pytest.approx(2 * [classifier.score(X, y)])


def test_parameters_survive_clone():
    parameters = {
        "architecture": MLP((3,)),
        "epochs": 7,
        "batch_size": 3,
        "optimizer": "sgd",
        "learning_rate": 0.5,
        "learning_rate_schedule": "cosine",
        "weight_decay": 0.1,
        "label_smoothing": 0.2,
        "temperature": 1.5,
        "augmentation": RandomAffine(0.3),
        "image_shape": (2, 32),
        "pixel_range": (0, 16),
        "class_weight": "balanced",
        "early_stopping": True,
        "scoring": "accuracy",
        "callbacks": [],
        "validation_fraction": 0.3,
        "n_iter_no_change": 4,
        "tol": 0.5,
        "warm_start": True,
        "dtype": "float64",
        "verbose": 1,
        "random_state": 5,
    }
    default = KerasDigitClassifier()
    assert set(parameters) == set(default.get_params(deep=False))
    classifier = KerasDigitClassifier(**parameters)
    cloned = clone(classifier).get_params(deep=False)
    for name, value in parameters.items():
        assert value != getattr(default, name)
        assert getattr(classifier, name) is value
        assert cloned[name] == value or repr(cloned[name]) == repr(value)
    assert eval(repr(classifier)).get_params()["architecture__hidden_layer_sizes"] == (3,)


def test_unfitted_classifier_says_so(X):
    for name in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(small(), name)(X)
    assert not hasattr(small(), "n_parameters_")


def held(value, seen):
    """All objects that a value holds."""
    if id(value) in seen:
        return
    seen[id(value)] = value
    if isinstance(value, dict):
        parts = value.values()
    elif isinstance(value, list | tuple):
        parts = value
    elif dataclasses.is_dataclass(value) or hasattr(value, "get_params"):
        parts = vars(value).values()
    else:
        parts = ()
    for part in parts:
        held(part, seen)


@pytest.mark.parametrize("architecture", [MLP((16,)), build_dense])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_estimator_is_data(method, architecture, X, y):
    classifier = small(architecture=architecture)
    if method == "fit":
        classifier.set_params(early_stopping=True).fit(X, y, X_val=X, y_val=y)
    else:
        classifier.partial_fit(X, y, classes=range(10))
    before = sorted(vars(classifier))
    expected = classifier.predict_proba(X)
    assert sorted(vars(classifier)) == before  # Prediction keeps nothing.
    seen = {}
    held(classifier, seen)
    packages = {type(value).__module__.split(".")[0] for value in seen.values()}
    assert packages <= {"builtins", "numpy", "skdigits"}
    pickled = pickle.dumps(classifier)
    assert b"keras.src" not in pickled
    assert b"tensorflow" not in pickled
    n_copies = 1 if method == "fit" else 4  # With the optimizer's two moments.
    assert len(pickled) <= n_copies * sum(w.nbytes for w in classifier.weights_) + 20_000
    assert_array_equal(pickle.loads(pickled).predict_proba(X), expected)


def test_weights_are_read_only_also_after_unpickling(X, y):
    classifier = small().fit(X, y)
    assert classifier.n_parameters_ == 64 * 16 + 16 + 16 * 10 + 10
    for weight in (*classifier.weights_, *pickle.loads(pickle.dumps(classifier)).weights_):
        assert not weight.flags.writeable


class TestFewUpdates:
    """Batch normalisation's averages begin with the first batch, not with zeros and ones."""

    def test_one_epoch_of_few_batches_learns(self, digits):
        X, y = digits
        classifier = KerasDigitClassifier(epochs=1, random_state=0)
        assert classifier.fit(X[:1400] / 16, y[:1400]).score(X[1400:] / 16, y[1400:]) > 0.8

    def test_the_first_partial_fits_learn(self, digits):
        X, y = digits
        classifier = KerasDigitClassifier(random_state=0)
        for start in range(0, 800, 200):
            rows = slice(start, start + 200)
            classifier.partial_fit(X[rows] / 16, y[rows], classes=range(10))
        assert classifier.score(X[1400:] / 16, y[1400:]) > 0.6


@pytest.mark.parametrize("architecture", [MLP((8,)), ConvNet((4,), kernel_size=3)])
def test_temperature_is_that_of_the_loss_and_not_of_the_predictions(architecture, X, y):
    losses = {}
    for temperature in (1, 3):
        classifier = small(architecture=architecture, temperature=temperature)
        classifier.fit(X, y, X_val=X, y_val=y)
        losses[temperature] = classifier.history_["loss"][0]
        of_predictions = log_loss(y, classifier.predict_proba(X), labels=classifier.classes_)
        assert classifier.history_["val_loss"][-1] == pytest.approx(of_predictions, rel=1e-5)
    assert abs(losses[1] - losses[3]) > 0.01
