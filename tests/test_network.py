"""Networks of the users' own: shared where they compute the same, and only there."""

import keras
import pytest
from numpy.testing import assert_array_equal

from skdigits import KerasDigitClassifier
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
