"""from_keras: a trained Keras model becomes a fitted classifier."""

import copy
import io
import pickle
import random

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose, assert_array_equal
from saved_files import saved
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from small_networks import SMALL_ARCHITECTURES, small

from skdigits import KerasDigitClassifier
from skdigits.persistence import read_estimator

FIXED = {"epochs": 2, "random_state": 0}


def images_of(X, model):
    return X.reshape(-1, *model.input_shape[1:])


def softmax_of(model, X):
    """The probabilities of a model that ends in a softmax."""
    return model.predict(images_of(X, model), verbose=0)


def dense(*, ends_in="softmax"):
    return keras.Sequential(
        [keras.Input((64,)), layers.Dense(8, "relu"), layers.Dense(10, activation=ends_in)]
    )


def convolutional():
    images = keras.Input((8, 8, 1))
    maps = layers.Conv2D(3, 3, activation="relu", padding="same")(images)
    maps = layers.BatchNormalization()(layers.MaxPooling2D(2)(maps))
    hidden = layers.Dropout(0.5)(layers.Flatten()(maps))
    logits = layers.Dense(10, use_bias=False, kernel_initializer="he_uniform")(hidden)
    return keras.Model(images, layers.Softmax()(logits))


def branched():
    """A network of more than a chain of layers."""
    images = keras.Input((8, 8))
    flat = layers.Flatten()(images)
    sides = layers.add([layers.Dense(6, "relu")(flat), layers.Dense(6, "tanh")(flat)])
    return keras.Model(images, layers.Dense(10, "softmax")(sides))


MODELS = {"dense": dense, "convolutional": convolutional, "branched": branched}
every = pytest.mark.parametrize("name", MODELS)


@pytest.fixture(scope="module")
def trained(X, y):
    """Models that Keras has trained."""
    known = {}

    def get(name):
        if name not in known:
            keras.utils.set_random_seed(0)
            model = MODELS[name]()
            model.compile("adam", "sparse_categorical_crossentropy")
            model.fit(images_of(X, model), y, epochs=2, verbose=0)
            known[name] = model
        return known[name]

    return get


@every
def test_probabilities_are_those_of_the_model(name, trained, X):
    model = trained(name)
    before = [weight.copy() for weight in model.get_weights()]
    classifier = KerasDigitClassifier.from_keras(model)
    assert_allclose(classifier.predict_proba(X), softmax_of(model, X), rtol=0, atol=1e-6)
    assert_array_equal(classifier.predict(X), softmax_of(model, X).argmax(axis=1))
    assert_array_equal(classifier.classes_, np.arange(10))
    assert classifier.n_features_in_ == 64
    assert classifier.image_shape_ == classifier.image_shape == (8, 8, 1)
    assert (classifier.n_iter_, classifier.history_) == (0, {})
    for weight, expected in zip(model.get_weights(), before, strict=True):
        assert_array_equal(weight, expected)
    assert model.output_shape == (None, 10)


@every
def test_the_model_can_be_used_again_and_again(name, trained, X):
    first, second = (KerasDigitClassifier.from_keras(trained(name)) for _ in range(2))
    assert type(first.architecture) is type(second.architecture)
    assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    assert trained(name).layers[-1].__class__ in (layers.Dense, layers.Softmax)
    assert_allclose(softmax_of(trained(name), X).sum(axis=1), 1, rtol=1e-5)


def test_logits_become_probabilities(X):
    model = dense(ends_in=None)
    classifier = KerasDigitClassifier.from_keras(model)
    logits = model.predict(X, verbose=0)
    assert_allclose(classifier.decision_function(X), logits, rtol=0, atol=1e-6)
    expected = keras.ops.convert_to_numpy(keras.ops.softmax(logits))
    assert_allclose(classifier.predict_proba(X), expected, rtol=0, atol=1e-6)


def test_the_architecture_is_the_list_of_layers(trained):
    classifier = KerasDigitClassifier.from_keras(trained("dense"))
    assert repr(classifier.architecture) == (
        "Sequential(hidden_layers=[Flatten(), Dense(units=8, activation='relu')])"
    )
    architecture = KerasDigitClassifier.from_keras(trained("convolutional")).architecture_
    kinds = [type(layer).__name__ for layer in architecture.hidden_layers]
    assert kinds == ["Conv2D", "MaxPooling2D", "BatchNormalization", "Flatten", "Dropout"]
    assert (architecture.use_bias, architecture.kernel_initializer) == (False, "he_uniform")
    assert architecture.hidden_layers[2].momentum == 0.99
    branches = KerasDigitClassifier.from_keras(trained("branched"))
    assert "<the network of the keras.Model 'functional" in repr(branches)


@every
def test_a_clone_trains_the_same_network_from_scratch(name, trained, X, y):
    classifier = KerasDigitClassifier.from_keras(trained(name), **FIXED)
    copied = clone(classifier)
    assert not hasattr(copied, "weights_")
    first, second = copied.fit(X, y).predict_proba(X), clone(classifier).fit(X, y).predict_proba(X)
    assert_array_equal(first, second)
    shapes = [weight.shape for weight in copied.weights_]
    assert shapes == [weight.shape for weight in classifier.weights_]
    assert not np.array_equal(copied.weights_[0], classifier.weights_[0])
    assert copied.history_["loss"][0] > 2, "the clone began with trained weights"


def test_cross_validation(trained, X, y):
    classifier = KerasDigitClassifier.from_keras(trained("branched"), **FIXED)
    assert np.isfinite(cross_val_score(classifier, X, y, cv=2)).all()


@every
def test_pickles_and_copies(name, trained, X):
    classifier = KerasDigitClassifier.from_keras(trained(name), **FIXED)
    for copied in (pickle.loads(pickle.dumps(classifier)), copy.deepcopy(classifier)):
        assert_array_equal(copied.predict_proba(X), classifier.predict_proba(X))
        assert repr(copied) == repr(classifier)


@pytest.mark.parametrize("name", ["dense", "convolutional"])
def test_is_data_if_the_layers_are_records(name, trained, X, y):
    pytest.importorskip("skops.io")
    classifier = KerasDigitClassifier.from_keras(trained(name), **FIXED)
    again = read_estimator(io.BytesIO(saved(classifier)))
    assert_array_equal(again.predict_proba(X), classifier.predict_proba(X))
    assert_array_equal(
        again.partial_fit(X, y).predict_proba(X), classifier.partial_fit(X, y).predict_proba(X)
    )


def test_other_networks_cannot_be_saved_as_data(trained):
    pytest.importorskip("skops.io")
    classifier = KerasDigitClassifier.from_keras(trained("branched"))
    message = r"refers to skdigits.*RebuiltModel.* layers that have no records.*use pickle"
    with pytest.raises(ValueError, match=message):
        saved(classifier)


@every
@pytest.mark.parametrize("way", ["partial_fit", "warm_start"])
def test_training_goes_on(name, way, trained, X, y):
    def further(weights_of_model):
        classifier = KerasDigitClassifier.from_keras(
            trained(name), epochs=1, learning_rate=1e-5, warm_start=True, random_state=0
        )
        if not weights_of_model:
            classifier = clone(classifier)
        if way == "warm_start":
            return classifier.fit(X, y)
        return classifier.partial_fit(X, y, classes=np.arange(10))

    before = softmax_of(trained(name), X)
    after = further(weights_of_model=True)
    assert 0 < np.abs(after.predict_proba(X) - before).max() < 0.01
    assert np.abs(further(weights_of_model=False).predict_proba(X) - before).max() > 0.01
    assert after.n_iter_ == len(after.history_["loss"]) == 1


def test_labels_come_in_the_order_of_the_outputs(trained, X):
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    for name in MODELS:
        classifier = KerasDigitClassifier.from_keras(trained(name), classes=words)
        assert classifier.classes_.tolist() == sorted(words)
        expected = softmax_of(trained(name), X)
        found = classifier.predict_proba(X)[:, np.searchsorted(classifier.classes_, words)]
        assert_allclose(found, expected, rtol=0, atol=1e-6)
        assert classifier.predict(X).tolist() == [words[i] for i in expected.argmax(axis=1)]


def test_two_classes(X, y):
    model = keras.Sequential([keras.Input((8, 8)), layers.Flatten(), layers.Dense(2, "softmax")])
    classifier = KerasDigitClassifier.from_keras(model, classes=[True, False])
    assert classifier.decision_function(X).shape == (60,)
    expected = softmax_of(model, X)[:, ::-1]
    assert_allclose(classifier.predict_proba(X), expected, rtol=0, atol=1e-6)
    assert classifier.partial_fit(X, y == 7).classes_.tolist() == [False, True]


@pytest.mark.parametrize("name", SMALL_ARCHITECTURES)
def test_comes_back_from_to_keras(name, X, y):
    classifier = small(architecture=SMALL_ARCHITECTURES[name]).fit(X, y)
    again = KerasDigitClassifier.from_keras(classifier.to_keras())
    assert again._network_ == classifier._network_
    assert_allclose(again.predict_proba(X), classifier.predict_proba(X), rtol=0, atol=1e-6)
    model = again.to_keras()
    assert_allclose(softmax_of(model, X), classifier.predict_proba(X), rtol=0, atol=1e-6)


def test_a_saved_model(trained, X, tmp_path):
    trained("convolutional").save(tmp_path / "digits.keras")
    model = keras.saving.load_model(tmp_path / "digits.keras")
    classifier = KerasDigitClassifier.from_keras(model)
    expected = softmax_of(trained("convolutional"), X)
    assert_allclose(classifier.predict_proba(X), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", SMALL_ARCHITECTURES)
def test_a_checkpoint_of_a_fit_begins_anew_as_the_classifier_does(name, X, y, tmp_path):
    file = str(tmp_path / "digits.keras")
    keep = keras.callbacks.ModelCheckpoint(file)
    classifier = small(architecture=SMALL_ARCHITECTURES[name], callbacks=[keep]).fit(X, y)
    again = KerasDigitClassifier.from_keras(keras.saving.load_model(file))
    assert_allclose(again.predict_proba(X), classifier.predict_proba(X), rtol=0, atol=1e-6)
    assert again._network_ == classifier._network_


def test_parameters_of_the_classifier(trained):
    classifier = KerasDigitClassifier.from_keras(trained("dense"), epochs=7, optimizer="sgd")
    assert (classifier.epochs, classifier.optimizer, classifier.dtype) == (7, "sgd", "float32")


def test_grey_levels_are_scaled_as_asked(trained, X):
    grey = np.round(255 * X).astype(np.uint8)
    classifier = KerasDigitClassifier.from_keras(trained("dense"), pixel_range=(0, 255))
    expected = softmax_of(trained("dense"), grey / 255)
    assert_allclose(classifier.predict_proba(grey), expected, rtol=0, atol=1e-6)


def test_global_generators_are_left_alone(trained):
    before = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    KerasDigitClassifier.from_keras(trained("branched"))
    assert random.getstate() == before[0]
    assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002


@pytest.mark.parametrize("scales", [True, False])
def test_warns_of_grey_levels_if_the_network_does_not_scale(scales, X, y, recwarn):
    first = [layers.Rescaling(1 / 16)] if scales else []
    model = keras.Sequential([keras.Input((64,)), *first, layers.Dense(10)])
    grey = (X * 16).astype(np.uint8)
    KerasDigitClassifier.from_keras(model).partial_fit(grey, y)
    warned = any("grey levels up to" in str(warning.message) for warning in recwarn)
    assert warned is not scales


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"classes": range(9)}, ValueError, "classes must be 10 different labels.* got 9 labels"),
        ({"classes": [0] * 10}, ValueError, "got 10 labels, 1 of them different"),
        ({"classes": np.eye(10)}, ValueError, "1d array"),
        ({"architecture": "mlp"}, TypeError, "leave out architecture='mlp'"),
        ({"dtype": "float64"}, TypeError, "leave out dtype='float64'"),
        ({"epoch": 3}, ValueError, "Did you mean 'epochs'"),
        ({"epochs": -3}, ValueError, "'epochs' parameter .* Got -3"),
        ({"image_shape": (4, 4)}, ValueError, r"image_shape=\(4, 4\) does not fit: .*\(None, 64\)"),
        ({"image_shape": (4, "a")}, ValueError, "image_shape must be 'auto', "),
    ],
    ids=repr,
)
def test_arguments_are_checked(arguments, error, message, trained):
    with pytest.raises(error, match=message):
        KerasDigitClassifier.from_keras(trained("dense"), **arguments)


class Unlisted(keras.Model):
    """A model whose layers do not tell what it computes."""

    def __init__(self, images, outputs):
        super().__init__(images, outputs)

    def call(self, inputs, training=None):
        return 1 - super().call(inputs)


def test_a_model_that_computes_something_else_is_refused():
    images = keras.Input((64,))
    model = Unlisted(images, layers.Dense(10)(images))
    with pytest.raises(ValueError, match="computes something else than its layers do in turn"):
        KerasDigitClassifier.from_keras(model)
