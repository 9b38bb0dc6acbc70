"""architectures/layers: what the records say of shapes and weights, against Keras' own layers."""

import copy
import pickle

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skdigits.architectures import layers
from skdigits.architectures._keras_model import as_keras_layer, read_layer

COUNTS = st.integers(1, 4)
SIDES = COUNTS | st.tuples(COUNTS, COUNTS)
OF_IMAGES = {
    "Activation": st.builds(layers.Activation, st.sampled_from(["relu", "tanh", "gelu"])),
    "AverageOverTime": st.builds(layers.AverageOverTime, COUNTS),
    "AveragePooling2D": st.builds(layers.AveragePooling2D, SIDES),
    "BatchNormalization": st.builds(layers.BatchNormalization, st.floats(0.1, 0.9)),
    "Conv2D": st.builds(
        layers.Conv2D,
        COUNTS,
        SIDES,
        activation=st.sampled_from(["linear", "relu"]),
        strides=SIDES,
        padding=st.sampled_from(["same", "valid"]),
        use_bias=st.booleans(),
    ),
    "Dense": st.builds(layers.Dense, COUNTS, use_bias=st.booleans()),
    "Dropout": st.builds(layers.Dropout, st.floats(0, 0.9)),
    "Flatten": st.builds(layers.Flatten),
    "GlobalAveragePooling2D": st.builds(layers.GlobalAveragePooling2D),
    "LayerNormalization": st.builds(layers.LayerNormalization, st.floats(1e-6, 1)),
    "LeakyIntegrateAndFire": st.builds(layers.LeakyIntegrateAndFire, COUNTS, st.floats(0, 1)),
    "MaxPooling2D": st.builds(layers.MaxPooling2D, SIDES),
    "RepeatOverTime": st.builds(layers.RepeatOverTime, COUNTS),
    "Rescaling": st.builds(layers.Rescaling, st.floats(-2, 2), st.floats(-2, 2)),
}


def test_every_layer_is_tested():
    assert sorted(OF_IMAGES) == layers.__all__


@pytest.mark.parametrize("name", OF_IMAGES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_shapes_are_those_of_keras(name, data):
    layer = data.draw(OF_IMAGES[name])
    shape = data.draw(st.tuples(st.integers(4, 9), st.integers(4, 9), st.integers(1, 3)))
    built = as_keras_layer(layer, "float32")
    outputs = built(np.zeros((24, *shape), np.float32))
    assert layer.output_shape(shape) == tuple(outputs.shape[1:])
    weights = layer.weights(shape)
    assert [weight.shape for weight in weights] == [tuple(it.shape) for it in built.weights]
    assert [weight.is_trained for weight in weights] == [it.trainable for it in built.weights]


@pytest.mark.parametrize("name", OF_IMAGES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_layer_is_read_back_from_its_keras_layer(name, data):
    layer = data.draw(OF_IMAGES[name])
    assert read_layer(as_keras_layer(layer, "float32"), "float32") == layer


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (layers.Dense(8), layers.Dense(np.int64(8))),
        (layers.Conv2D(4, 3), layers.Conv2D(4, [3, 3])),
        (layers.Dropout(0), layers.Dropout(np.float64(0.0))),
        (layers.Dense(8, use_bias=1), layers.Dense(8)),
        (layers.Dense(8, activation=None), layers.Dense(8)),
        (layers.Activation(None), layers.Activation("linear")),
    ],
)
def test_what_computes_the_same_is_equal(one, other):
    assert one == other
    assert hash(one) == hash(other)
    assert repr(one) == repr(other)


def test_layers_are_values():
    layer = layers.Conv2D(4, 3, padding="same")
    assert layer != layers.Conv2D(4, 3)
    assert layers.MaxPooling2D(2) != layers.AveragePooling2D(2)
    assert pickle.loads(pickle.dumps(layer)) == copy.deepcopy(layer) == layer
    assert repr(layer) == "Conv2D(filters=4, kernel_size=(3, 3), padding='same')"
    with pytest.raises(AttributeError):
        layer.filters = 8


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Dense(0), "units of Dense must be a whole number of at least 1, got 0"),
        (lambda: layers.Dense(True), "units of Dense must be a whole number of at least 1"),
        (lambda: layers.Conv2D(4, (3, 0)), "kernel_size of Conv2D must be a whole number"),
        (lambda: layers.Conv2D(4, (1, 2, 3)), "kernel_size of Conv2D"),
        (lambda: layers.Dropout("much"), "rate of Dropout could not convert"),
        (lambda: layers.Dense(4, activation=7), "activation of Dense must be the Keras name"),
        (lambda: layers.Conv2D(4, 3, padding="SAME"), "padding of Conv2D must be one of 'valid', "),
        (
            lambda: layers.Dense(4, kernel_initializer="variance_scaling"),
            "kernel_initializer of Dense must be one of 'glorot_normal', .*got 'variance_scaling'",
        ),
        (lambda: layers.Dense(4, kernel_initializer=None), "kernel_initializer of Dense must be"),
    ],
)
def test_a_bad_value_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.DepthwiseConv2D(3),
        keras.layers.Conv2D(4, 3, dilation_rate=2),
        keras.layers.Dense(4, kernel_regularizer="l2"),
        keras.layers.Dense(4, activation=keras.layers.LeakyReLU()),
        keras.layers.Dense(4, kernel_initializer=keras.initializers.RandomNormal(stddev=9.0)),
        keras.layers.MaxPooling2D(2, strides=1),
        keras.layers.BatchNormalization(center=False),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_a_layer_is_not_read_if_a_record_cannot_say_all_of_it(layer):
    assert read_layer(layer, "float32") is None
