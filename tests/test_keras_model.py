"""architectures/_keras_model: networks to models of Keras, and back."""

import random

import keras
import numpy as np
import pytest

from skdigits.architectures import (
    MLP,
    ConvNet,
    DeepConvNet,
    LeNet5,
    Softmax,
    SpikingNet,
    build_model,
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
    assert read_model(build_model(network), (28, 28, 1), dtype) == network


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
    assert model(np.zeros((1, 8, 8, 1), np.float32)).dtype == "float32"
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
    ],
)
def test_other_models_are_not_read(make):
    assert read_model(make(), (6, 6, 1), "float32") is None


def chain_without_input():
    return keras.Sequential([keras.layers.Dense(4)])


def test_a_model_of_another_precision_is_not_read():
    assert read_model(functional(), (6, 6, 1), "float64") is None
