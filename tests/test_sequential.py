"""Sequential: an architecture that is a list of records."""

import io
import pickle

import keras
import pytest
from numpy.testing import assert_array_equal
from saved_files import saved
from sklearn.base import clone
from small_networks import small

from skdigits.architectures import MLP, Sequential, Softmax
from skdigits.architectures.layers import Activation, Conv2D, Dense, Flatten, MaxPooling2D
from skdigits.persistence import read_estimator

LAYERS = [Conv2D(2, 3, "relu"), MaxPooling2D((2, 1)), Flatten(), Dense(5, use_bias=False)]


def test_network_is_the_list_and_the_logits():
    network = Sequential(LAYERS).network((8, 8, 1), 10)
    assert network.layers == (*LAYERS, Dense(10))
    shapes = [tuple(weight.shape) for weight in Sequential(LAYERS)((8, 8, 1), 10).weights]
    assert shapes == [weight.shape for weight in network.weights]


def test_equals_an_architecture_with_the_same_layers(X, y):
    layers = [Flatten(), Dense(16), Activation("relu")]
    one, other = small(architecture=Sequential(layers)), small(architecture=MLP((16,)))
    assert one.fit(X, y)._network_ == other.fit(X, y)._network_
    assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_options_of_the_logits():
    architecture = Sequential([Flatten()], use_bias=False, kernel_initializer="he_normal")
    last = Dense(3, use_bias=False, kernel_initializer="he_normal")
    assert architecture.network((8, 8, 1), 3).layers == (Flatten(), last)
    model = architecture((8, 8, 1), 3)
    assert [tuple(weight.shape) for weight in model.weights] == [(64, 3)]
    assert isinstance(model.layers[-1].kernel_initializer, keras.initializers.HeNormal)


def test_clone_repr_and_pickle():
    architecture = Sequential(LAYERS, use_bias=False)
    for copied in (clone(architecture), pickle.loads(pickle.dumps(architecture))):
        assert copied.get_params() == architecture.get_params()
        assert copied.hidden_layers is not architecture.hidden_layers
    assert repr(Sequential([Flatten(), Dense(5)])) == (
        "Sequential(hidden_layers=[Flatten(), Dense(units=5)])"
    )
    assert pickle.loads(pickle.dumps(Sequential((Flatten(),)))).hidden_layers == (Flatten(),)


def test_default_is_softmax_regression():
    shapes = (8, 8, 1), 10
    assert Sequential().network(*shapes) == Softmax().network(*shapes)
    assert pickle.loads(pickle.dumps(Sequential())).hidden_layers is None


def test_is_data(X, y):
    pytest.importorskip("skops.io")
    classifier = small(architecture=Sequential(LAYERS)).fit(X, y)
    again = read_estimator(io.BytesIO(saved(classifier)))
    assert again.architecture.hidden_layers == LAYERS
    assert_array_equal(again.predict_proba(X), classifier.predict_proba(X))


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (("Lambda", {}), "a layer is 'Lambda', expected one of Activation, "),
        (("Dense", {"units": -1}), "units of Dense must be a whole number"),
        (("Dense", {"code": 1}), "unexpected keyword argument 'code'"),
    ],
)
def test_stored_layers_are_checked(item, message):
    state = {**Sequential().__getstate__(), "hidden_layers": [item]}
    with pytest.raises(ValueError, match=f"stored state of Sequential is invalid: .*{message}"):
        Sequential().__setstate__(state)


@pytest.mark.parametrize("item", ["relu", keras.layers.Flatten(), Flatten, ("Dense", 5)], ids=repr)
def test_items_must_be_records(item, X, y):
    classifier = small(architecture=Sequential([Flatten(), item]))
    with pytest.raises(TypeError, match=r"hidden_layers must be a list of records .* got the item"):
        classifier.fit(X, y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_layers": Flatten()}, "'hidden_layers' parameter of Sequential must be"),
        ({"use_bias": "no"}, "'use_bias' parameter"),
        ({"kernel_initializer": "best"}, "'kernel_initializer' parameter"),
    ],
)
def test_parameters_are_checked(parameters, message, X, y):
    with pytest.raises(ValueError, match=message):
        small(architecture=Sequential(**parameters)).fit(X, y)
