"""architectures/_network: a network as data."""

import copy
import pickle

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skdigits import KerasDigitClassifier
from skdigits.architectures import (
    MLP,
    Architecture,
    ConvNet,
    LeNet5,
    Network,
    build_model,
    in_precision,
    layers,
)
from skdigits.training import cache_info, clear_cache

NETWORK = Network((layers.Flatten(), layers.Dense(4, "relu"), layers.Dense(3)), (2, 2, 1))


def test_equal_parameters_make_one_network():
    networks = {
        architecture.network((8, 8, 1), 10)
        for architecture in (
            MLP((8,)),
            MLP([8]),
            MLP(np.array([8])),
            MLP((8,), dropout=0),
            MLP((8,), dropout=0.0),
        )
    }
    assert len(networks) == 1
    assert networks != {MLP((8,), dropout=0.5).network((8, 8, 1), 10)}


@pytest.mark.parametrize(
    "other",
    [
        Network(NETWORK.layers, (1, 4, 1)),
        Network(NETWORK.layers, (2, 2, 1), "float64"),
        Network((*NETWORK.layers[:-1], layers.Dense(2)), (2, 2, 1)),
    ],
)
def test_networks_differ_by_all_that_they_are(other):
    assert other != NETWORK


def test_equal_networks_share_programs(digits):
    X, y = digits
    clear_cache()
    for architecture in (MLP((8,)), MLP([8], dropout=0)):
        KerasDigitClassifier(architecture, epochs=1, random_state=0).fit(X, y)
    assert cache_info().compilations == 2  # training, and the check of the last logits


def test_a_network_is_a_value():
    assert pickle.loads(pickle.dumps(NETWORK)) == copy.deepcopy(NETWORK) == NETWORK
    assert hash(copy.deepcopy(NETWORK)) == hash(NETWORK)
    assert NETWORK.n_classes == 3


def test_weights_are_drawn_as_keras_lists_them():
    network = LeNet5().network((28, 28, 1), 10)
    drawn = network.draw_weights(np.random.RandomState(0))
    built = build_model(network).get_weights()
    assert [w.shape for w in drawn] == [w.shape for w in built]
    assert [w.dtype for w in drawn] == [w.dtype for w in built]
    for ours, theirs in zip(drawn, built, strict=True):
        assert (ours == 0).all() == (theirs == 0).all()
    assert_array_equal(drawn[0], network.draw_weights(np.random.RandomState(0))[0])


@pytest.mark.parametrize(
    ("dtype", "weight_dtype"),
    [("float32", "float32"), ("float64", "float64"), ("mixed_bfloat16", "float32")],
)
def test_weights_have_the_precision_of_keras(dtype, weight_dtype):
    network = Network(NETWORK.layers, NETWORK.image_shape, dtype)
    (dtype_drawn,) = {w.dtype for w in network.draw_weights(np.random.RandomState(0))}
    with in_precision(dtype):
        (dtype_built,) = {np.dtype(w.dtype) for w in build_model(network).get_weights()}
    assert dtype_drawn == dtype_built == weight_dtype


def test_summary_counts_what_keras_counts():
    architecture = ConvNet()
    n_weights = architecture((28, 28, 1), 10).count_params()
    lines = architecture.summary((28, 28, 1), 10).splitlines()
    assert lines[-1] == f"{n_weights:,} weights in all"
    network = architecture.network((28, 28, 1), 10)
    assert len(lines) == len(network.layers) + 2
    assert network.summary().splitlines() == lines


def test_a_network_of_other_layers_has_no_summary():
    class Own(Architecture):
        def layers(self, image_shape):
            return [keras.layers.DepthwiseConv2D(3), layers.Flatten()]

    with pytest.raises(ValueError, match=r"Own\(\) has layers that have no records in"):
        Own().summary((8, 8, 1), 10)
