"""Networks of the users' own: shared where they compute the same, and only there."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skdigits import KerasDigitClassifier
from skdigits.architectures import Architecture
from skdigits.programs._keras_network import describe_network
from skdigits.training import cache_info, clear_cache


@pytest.fixture(scope="module")
def rows(digits):
    return digits[0][:40] / 16


@pytest.fixture(scope="module")
def targets(digits):
    return digits[1][:40]


def user_network(activation, layer_name=None, input_name=None):
    def build(image_shape, n_classes):
        return keras.Sequential(
            [
                keras.Input(image_shape, name=input_name),
                keras.layers.Flatten(),
                keras.layers.Dense(5),
                keras.layers.Activation(activation, name=layer_name),
                keras.layers.Dense(n_classes),
            ]
        )

    return build


def function_named_alike(compute):
    def activation(x):
        return compute(x)

    return activation


def probabilities(rows, targets, build):
    classifier = KerasDigitClassifier(build, epochs=3, batch_size=16, random_state=0)
    return classifier.fit(rows, targets).predict_proba(rows)


def test_equal_networks_of_the_users_own_share_one_compilation(rows, targets):
    first = probabilities(rows, targets, user_network("relu"))
    before = cache_info().compilations
    second = probabilities(rows, targets, user_network("relu"))
    assert cache_info().compilations == before
    assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (user_network("relu", input_name="image"), user_network("tanh", input_name="image")),
        (user_network("relu", "relu", "image"), user_network("tanh", "tanh", "image")),
        (
            user_network(function_named_alike(keras.ops.relu), input_name="image"),
            user_network(function_named_alike(keras.ops.tanh), input_name="image"),
        ),
    ],
    ids=["parameters", "layers named like parameters", "functions named alike"],
)
def test_networks_that_compute_otherwise_share_nothing(one, other, rows, targets):
    clear_cache()
    alone = probabilities(rows, targets, other)
    clear_cache()
    probabilities(rows, targets, one)
    assert_array_equal(probabilities(rows, targets, other), alone)


def test_network_of_functions_is_shared(rows, targets):
    def build(image_shape, n_classes):
        image = keras.Input(image_shape)
        hidden = keras.ops.relu(keras.layers.Dense(5)(keras.layers.Flatten()(image)))
        return keras.Model(image, keras.layers.Dense(n_classes)(hidden))

    first = probabilities(rows, targets, build)
    before = cache_info().compilations
    assert_array_equal(probabilities(rows, targets, build), first)
    assert cache_info().compilations == before


def test_layers_that_a_function_captures_are_left_as_they_were(X, y):
    images, labels = X.reshape(-1, 8, 8), y
    base = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(8)])
    before = [array.copy() for array in base.get_weights()]

    def on_top(image_shape, n_classes):
        return keras.Sequential([keras.Input(image_shape), base, keras.layers.Dense(n_classes)])

    fits = [KerasDigitClassifier(on_top, epochs=2, random_state=0) for _ in range(2)]
    first, second = (fit.fit(images, labels).weights_ for fit in fits)
    assert all(np.array_equal(*pair) for pair in zip(first, second, strict=True))
    assert all(np.array_equal(*pair) for pair in zip(before, base.get_weights(), strict=True))
    assert not np.array_equal(first[0], before[0]), "the layer was trained"


class OwnLayer(keras.layers.Layer):
    """Code that is not Keras' own: a network with it cannot be rebuilt from its configuration."""

    def call(self, inputs):
        return inputs


@pytest.mark.parametrize("own", [[], [OwnLayer()]], ids=["Keras' layers", "a layer of one's own"])
def test_captured_normalisation_is_as_it_was(own, X, y):
    images, labels = X.reshape(-1, 8, 8), y
    normalisation = keras.layers.BatchNormalization()

    def build(image_shape, n_classes):
        ends = [keras.layers.Flatten(), keras.layers.Dense(n_classes)]
        layers = [keras.layers.Conv2D(2, 3), normalisation, *own, *ends]
        return keras.Sequential([keras.Input(image_shape), *layers])

    classifier = KerasDigitClassifier(build, epochs=1, random_state=0).fit(images, labels)
    assert normalisation.call.__func__ is keras.layers.BatchNormalization.call
    assert "call" not in vars(normalisation)
    assert normalisation.momentum == 0.99
    if not own:
        classifier.to_keras().set_weights([0 * weight for weight in classifier.weights_])
    # To the last bit, which a fused kernel would not give.
    ones = np.ones((1, 6, 6, 2), np.float32)
    found, expected = (
        keras.ops.convert_to_numpy(layer(ones, training=False))
        for layer in (normalisation, keras.layers.BatchNormalization())
    )
    np.testing.assert_array_equal(found, expected)


class Masked(Architecture):
    """An architecture with an array among its parameters, and a layer without a record."""

    def __init__(self, mask=None):
        self.mask = mask

    def layers(self, image_shape):
        return [OwnLayer(), keras.layers.Flatten()]


@pytest.mark.parametrize(
    ("first", "second"),
    [(np.zeros(2000), np.eye(1, 2000, 1000)[0]), ([1.0], [1.0 + 1e-9]), ("1", 1)],
)
def test_parameters_are_told_apart_to_the_last_bit(first, second):
    networks = [
        describe_network(Masked(mask), (8, 8, 1), 10, "float32") for mask in (first, second)
    ]
    assert networks[0] != networks[1]
    assert networks[0] == describe_network(Masked(first), (8, 8, 1), 10, "float32")


class Separable(Architecture):
    """An architecture of layers that do not name the initializer of each weight."""

    def layers(self, image_shape):
        return [keras.layers.DepthwiseConv2D(3), keras.layers.Flatten()]


def test_any_layer_of_keras_does_in_an_architecture(X, y):
    images, labels = X.reshape(-1, 8, 8), y
    fits = [
        KerasDigitClassifier(Separable(), epochs=2, random_state=seed).fit(images, labels)
        for seed in (0, 0, 1)
    ]
    weights = [fit.weights_[0] for fit in fits]
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_a_changed_function_does_not_predict_for_the_fitted_one(X, y):
    images, labels = X.reshape(-1, 8, 8), y
    activation = ["relu"]

    def changing(image_shape, n_classes):
        image = keras.Input(image_shape)
        flat = keras.layers.Flatten()(image)
        branches = [keras.layers.Dense(4, activation=it)(flat) for it in (activation[0], "linear")]
        return keras.Model(image, keras.layers.Dense(n_classes)(keras.layers.add(branches)))

    classifier = KerasDigitClassifier(changing, epochs=1, random_state=0).fit(images, labels)
    clear_cache()
    activation[0] = "tanh"
    with pytest.raises(ValueError, match="returns another network than the one that was fitted"):
        classifier.predict(images)


def test_a_chain_of_layers_predicts_as_fitted_whatever_the_function_returns_later(X, y):
    activation = ["relu"]

    def changing(image_shape, n_classes):
        layers = [keras.layers.Flatten(), keras.layers.Dense(4, activation=activation[0])]
        return keras.Sequential([keras.Input(image_shape), *layers, keras.layers.Dense(n_classes)])

    classifier = KerasDigitClassifier(changing, epochs=1, random_state=0).fit(X, y)
    expected = classifier.predict_proba(X)
    clear_cache()
    activation[0] = "tanh"
    assert_array_equal(classifier.predict_proba(X), expected)


def test_training_continues_with_the_same_function_only(X, y):
    images, labels = X.reshape(-1, 8, 8), y

    def build(image_shape, n_classes):
        layers = [keras.layers.Flatten(), keras.layers.Dense(n_classes)]
        return keras.Sequential([keras.Input(image_shape), *layers])

    def other(image_shape, n_classes):
        return build(image_shape, n_classes)

    classifier = KerasDigitClassifier(build, epochs=1, warm_start=True, random_state=0)
    classifier.fit(images, labels).fit(images, labels)
    with pytest.raises(ValueError, match="Training continues with"):
        classifier.set_params(architecture=other).fit(images, labels)


def test_a_build_function_may_fit_a_classifier(X, y):
    images, labels = X.reshape(-1, 8, 8), y

    def pretrained(image_shape, n_classes):
        KerasDigitClassifier("softmax", epochs=1, random_state=0).fit(images, labels)
        layers = [keras.layers.Flatten(), keras.layers.Dense(n_classes)]
        return keras.Sequential([keras.Input(image_shape), *layers])

    classifier = KerasDigitClassifier(pretrained, epochs=1, random_state=0)
    assert classifier.fit(images, labels).n_iter_ == 1


def captures_a_tensor(image_shape, n_classes):
    """A mean and a variance per pixel, which TensorFlow captures as a tensor."""
    mean = np.linspace(0, 1, 64).reshape(image_shape)
    return keras.Sequential(
        [
            keras.Input(image_shape),
            keras.layers.Normalization(axis=(1, 2, 3), mean=mean, variance=mean + 1),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes),
        ]
    )


def captures_a_variable(image_shape, n_classes):
    """Dropout in prediction too, whose seed is a variable and no weight."""
    image = keras.Input(image_shape)
    dropped = keras.layers.Dropout(0.5)(keras.layers.Flatten()(image), training=True)
    return keras.Model(image, keras.layers.Dense(n_classes)(dropped))


@pytest.mark.parametrize("build", [captures_a_tensor, captures_a_variable])
def test_networks_may_capture_more_than_their_weights(build, X, y):
    classifier = KerasDigitClassifier(build, epochs=2, random_state=0).fit(X, y, X_val=X, y_val=y)
    assert classifier.predict(X).shape == y.shape
