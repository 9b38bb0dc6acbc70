"""Unknown parameters are answered with the nearest right name, wherever they are set."""

import re

import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import ARCHITECTURES, MLP, ConvNet, Softmax
from skdigits.augmentation import Elastic, RandomAffine


def build(image_shape, n_classes):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("estimator", "given", "meant"),
    [
        (KerasDigitClassifier(), "epoch", "epochs"),
        (KerasDigitClassifier(), "learnig_rate", "learning_rate"),
        (KerasDigitClassifier(), "architectur__filters", "architecture__filters"),
        (KerasDigitClassifier(ConvNet()), "filters", "architecture__filters"),
        (PixelScaler(), "pixel_ranges", "pixel_range"),
        (MLP(), "hidden_layers", "hidden_layer_sizes"),
        (ConvNet(), "filter", "filters"),
        (RandomAffine(), "rotations", "rotation"),
        (Elastic(), "Sigma", "sigma"),
    ],
    ids=lambda it: it if isinstance(it, str) else repr(it),
)
def test_the_nearest_name_is_told(estimator, given, meant):
    name = given.partition("__")[0]
    with pytest.raises(ValueError, match="Invalid parameter") as caught:
        estimator.set_params(**{given: 1})
    message = str(caught.value)
    assert message.startswith(f"Invalid parameter '{name}' for estimator {estimator}. ")
    assert f"Did you mean '{meant}'? Valid parameters are: [" in message
    assert meant in estimator.get_params() or meant == "architecture__filters"


def test_nothing_is_guessed_where_no_name_is_near():
    with pytest.raises(ValueError, match="Invalid parameter 'zzz'") as caught:
        MLP().set_params(zzz=1)
    assert "Did you mean" not in str(caught.value)
    assert "['activation', 'dropout', 'hidden_layer_sizes', 'normalization']" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("kerasdigitclassifier__epoch", "Did you mean 'epochs'?"),
        ("kerasdigitclassifier__architecture__filter", "Did you mean 'filters'?"),
        ("pixelscaler__range", "Did you mean 'pixel_range'?"),
    ],
)
def test_pipelines_and_grids_tell_it_too(given, told, X, y):
    pipeline = make_pipeline(PixelScaler(), KerasDigitClassifier(ConvNet()))
    with pytest.raises(ValueError, match=re.escape(told)):
        pipeline.set_params(**{given: 1})
    with pytest.raises(ValueError, match=re.escape(told)):
        GridSearchCV(pipeline, {given: [1, 2]}, cv=2).fit(X, y)


@pytest.mark.parametrize(
    ("parameter", "value", "inner", "cure"),
    [
        ("architecture", "mlp", "hidden_layer_sizes", "architecture=MLP()"),
        ("architecture", "lenet5", "hidden_layer_sizes", "architecture=LeNet5()"),
        ("architecture", "auto", "filters", "architecture=ConvNet()"),
        ("architecture", build, "filters", "architecture=ConvNet()"),
        ("augmentation", None, "rotation", "augmentation=RandomAffine()"),
        ("augmentation", [RandomAffine()], "sigma", "augmentation=Elastic()"),
    ],
)
def test_what_has_no_parameters_asks_for_an_object(parameter, value, inner, cure):
    network = KerasDigitClassifier(**{parameter: value})
    for params in ({}, {parameter: value}):
        with pytest.raises(ValueError, match=f"^Invalid parameter '{parameter}__{inner}'") as error:
            clone(network).set_params(**params, **{f"{parameter}__{inner}": 1})
        assert str(error.value).endswith(
            f"{parameter}={value!r} has no parameters of its own. Pass an object, {cure}, "
            "to set them."
        )


def test_other_parameters_have_no_parameters():
    with pytest.raises(ValueError, match=r"epochs='auto' has no parameters of its own\.$"):
        KerasDigitClassifier().set_params(epochs__x=1)


def test_object_and_its_parameters_are_set_at_once():
    network = KerasDigitClassifier("mlp").set_params(
        architecture__hidden_layer_sizes=(8,), architecture=MLP(), epochs=3
    )
    assert repr(network.architecture) == "MLP(hidden_layer_sizes=(8,))"
    assert network.epochs == 3


def test_nothing_is_set_where_a_name_is_unknown():
    network = KerasDigitClassifier()
    with pytest.raises(ValueError, match="'epochs'"):
        network.set_params(batch_size=7, epoch=3)
    assert network.batch_size == "auto"


@pytest.mark.parametrize("architecture", ARCHITECTURES.values())
def test_right_names_are_right(architecture):
    parameters = architecture().get_params()
    assert architecture().set_params(**parameters).get_params() == parameters
    assert Softmax().set_params().get_params() == {}
