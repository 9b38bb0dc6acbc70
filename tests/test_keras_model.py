"""architectures/_keras_model: networks to models of Keras, and back."""

import copy
import random

import keras
import numpy as np
import pytest
from sklearn.base import clone

from skdigits import KerasDigitClassifier
from skdigits.architectures import (
    MLP,
    Architecture,
    ConvNet,
    DeepConvNet,
    LeNet5,
    Softmax,
    SpikingNet,
    build_model,
    in_precision,
    layers,
    read_model,
)

DTYPES = ["float32", "float64", "mixed_bfloat16"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "architecture",
    [Softmax(), MLP((8,), normalization="layer"), LeNet5(), ConvNet(), DeepConvNet(), SpikingNet()],
    ids=repr,
)
def test_a_network_is_read_back_from_its_model(architecture, dtype):
    network = architecture.network((28, 28, 1), 10, dtype)
    with in_precision(dtype):
        model = build_model(network)
    assert read_model(model, (28, 28, 1), dtype) == network


def test_models_without_draws_begin_with_zeros_and_leave_generators_alone():
    state = random.getstate()
    model = build_model(MLP((8,), dropout=0.5).network((8, 8, 1), 10), draws=False)
    assert not any(array.any() for array in model.get_weights())
    assert random.getstate() == state


def test_reading_leaves_generators_alone():
    network = MLP((8,), dropout=0.5).network((8, 8, 1), 10)
    model = build_model(network)
    state = random.getstate()
    assert read_model(model, (8, 8, 1), "float32") == network
    assert random.getstate() == state


def test_logits_of_low_precision_are_float32():
    model = build_model(MLP((8,)).network((8, 8, 1), 10, "mixed_bfloat16"))
    logits = model(np.zeros((1, 8, 8, 1), np.float32))
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    assert model.layers[1].compute_dtype == "bfloat16"


def chain(*hidden, outputs=3):
    return keras.Sequential([keras.Input((6, 6, 1)), *hidden, keras.layers.Dense(outputs)])


def functional():
    images = keras.Input((6, 6, 1))
    flat = keras.layers.Flatten()(images)
    return keras.Model(images, keras.layers.Dense(3)(keras.layers.Dense(4, "relu")(flat)))


def with_two_branches():
    images = keras.Input((6, 6, 1))
    flat = keras.layers.Flatten()(images)
    branches = [keras.layers.Dense(4)(flat), keras.layers.Dense(4)(flat)]
    return keras.Model(images, keras.layers.Dense(3)(keras.layers.add(branches)))


def with_a_shared_layer():
    images = keras.Input((6, 6, 1))
    flat, shared = keras.layers.Flatten()(images), keras.layers.Dense(36)
    return keras.Model(images, keras.layers.Dense(3)(shared(shared(flat))))


@pytest.mark.parametrize("name", ["sequential", "functional"])
def test_a_chain_of_layers_is_read(name):
    model = functional() if name == "functional" else chain(*functional().layers[1:-1])
    expected = (layers.Flatten(), layers.Dense(4, "relu"), layers.Dense(3))
    assert read_model(model, (6, 6, 1), "float32").layers == expected


@pytest.mark.parametrize(
    "make",
    [
        with_two_branches,
        with_a_shared_layer,
        lambda: chain(keras.layers.Flatten(), keras.layers.Lambda(lambda x: x)),
        lambda: chain(keras.layers.Flatten(), chain_without_input()),
        lambda: keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Flatten()]),
        lambda: Shifted([keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(3)]),
        lambda: keras.Sequential(
            [
                keras.Input((6, 6)),
                keras.layers.Dense(4),
                keras.layers.Flatten(),
                keras.layers.Dense(3),
            ]
        ),
    ],
)
def test_other_models_are_not_read(make):
    assert read_model(make(), (6, 6, 1), "float32") is None


class Shifted(keras.Sequential):
    """Computes something else than the chain of its layers."""

    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=training) * 0 + 7


@pytest.mark.parametrize("kind", ["subclass", "without channels"])
def test_models_that_are_not_their_chain_are_fitted_as_they_are(kind):
    def build(image_shape, n_classes):
        if kind == "subclass":
            layers = [keras.Input(image_shape), keras.layers.Flatten()]
            return Shifted([*layers, keras.layers.Dense(n_classes)])
        layers = [keras.Input(image_shape[:2]), keras.layers.Dense(4), keras.layers.Flatten()]
        return keras.Sequential([*layers, keras.layers.Dense(n_classes)])

    X, y = np.random.default_rng(0).uniform(size=(30, 16)), np.arange(30) % 3
    classifier = KerasDigitClassifier(build, image_shape=(4, 4), epochs=1, random_state=0)
    decisions = classifier.fit(X, y).decision_function(X)
    assert (decisions == 7).all() == (kind == "subclass")


def test_names_of_layers_are_kept():
    def build(image_shape, n_classes):
        return keras.Sequential(
            [
                keras.Input(image_shape),
                keras.layers.Flatten(name="row"),
                keras.layers.Dense(5, name="features"),
                keras.layers.Dense(n_classes, name="scores"),
            ]
        )

    X, y = np.random.default_rng(0).uniform(size=(30, 16)), np.arange(30) % 3
    classifier = KerasDigitClassifier(build, image_shape=(4, 4), epochs=1, random_state=0)
    for fitted in (classifier.fit(X, y), clone(classifier).fit(X, y)):
        assert fitted.to_keras().get_layer("features").units == 5
    state = classifier.__getstate__()
    copied = KerasDigitClassifier.__new__(KerasDigitClassifier)
    copied.__setstate__(state)
    assert copied.to_keras().get_layer("features").units == 5
    for names in (["a"], ["a", "a", "b"], ["a", "b", 3]):
        with pytest.raises(ValueError, match="_network_names"):
            KerasDigitClassifier.__new__(KerasDigitClassifier).__setstate__(
                {**state, "_network_names": names}
            )


class Precise(Architecture):
    def layers(self, image_shape):
        yield layers.Flatten()
        yield keras.layers.Dense(5, dtype="float32")


class Unseeded(Architecture):
    def layers(self, image_shape):
        yield layers.Flatten()
        yield keras.layers.Dense(5)
        yield keras.layers.Dropout(0.5)


def test_precision_of_a_layer_is_kept():
    assert Precise().network((4, 4, 1), 3, "float32") is not None
    assert Precise().network((4, 4, 1), 3, "mixed_bfloat16") is None


def test_layers_of_keras_leave_global_generators_alone():
    X, y = np.random.default_rng(0).uniform(size=(30, 16)), np.arange(30) % 3
    before = random.getstate()
    classifier = KerasDigitClassifier(Unseeded(), image_shape=(4, 4), epochs=1, random_state=0)
    classifier.fit(X, y)
    assert random.getstate() == before
    copy.deepcopy(classifier)
    assert random.getstate() == before


def test_an_architecture_goes_on_with_the_same_network_of_a_function():
    def build(image_shape, n_classes):
        flat = keras.layers.Flatten()
        return keras.Sequential([keras.Input(image_shape), flat, keras.layers.Dense(n_classes)])

    X, y = np.random.default_rng(0).uniform(size=(30, 16)), np.arange(30) % 3
    classifier = KerasDigitClassifier(
        build, image_shape=(4, 4), epochs=1, warm_start=True, random_state=0
    ).fit(X, y)
    classifier.set_params(architecture="softmax").fit(X, y)
    assert isinstance(classifier.architecture_, Softmax)


def chain_without_input():
    return keras.Sequential([keras.layers.Dense(4)])


def test_a_model_of_another_precision_is_not_read():
    assert read_model(functional(), (6, 6, 1), "float64") is None
