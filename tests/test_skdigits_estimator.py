"""What all estimators share: answers to unknown names, a page, and a state that is checked."""

import copy
import inspect
import io
import pickle
import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from saved_files import attribute, saved, schema_of, unzipped, with_schema
from sklearn.base import BaseEstimator, clone
from sklearn.callback import ProgressBar
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from small_networks import small

import skdigits
from skdigits import KerasDigitClassifier, PixelScaler
from skdigits._skdigits_estimator import SkdigitsEstimator
from skdigits.architectures import ARCHITECTURES, MLP, Architecture, ConvNet, Sequential, Softmax
from skdigits.augmentation import DISTORTIONS, Augmentation, Elastic, RandomAffine
from skdigits.persistence import read_estimator
from skdigits.preprocessing import DigitFramer
from skdigits.reading import DigitStringRecognizer

CLASSES = [
    *ARCHITECTURES.values(),
    Sequential,
    *DISTORTIONS,
    PixelScaler,
    DigitFramer,
    DigitStringRecognizer,
    KerasDigitClassifier,
]
PARAMETERS = [(cls, name) for cls in CLASSES for name in cls().get_params(deep=False)]


def parameters_of(estimator):
    return {name: repr(value) for name, value in estimator.get_params(deep=False).items()}


def test_every_estimator_is_tested():
    modules = (
        skdigits,
        skdigits.architectures,
        skdigits.augmentation,
        skdigits.preprocessing,
        skdigits.reading,
    )
    public = {getattr(module, name) for module in modules for name in module.__all__}
    estimators = {it for it in public if inspect.isclass(it) and issubclass(it, BaseEstimator)}
    assert estimators - {Architecture, Augmentation} == set(CLASSES)
    assert all(issubclass(cls, SkdigitsEstimator) for cls in estimators)


@pytest.mark.parametrize("cls", CLASSES)
def test_diagrams_link_to_the_documentation(cls):
    folder = "https://skdigits.readthedocs.io/en/stable/api/generated"
    module = "skdigits" if cls is KerasDigitClassifier else cls.__module__.partition("._")[0]
    assert f'href="{folder}/{module}.{cls.__name__}.html"' in cls()._repr_html_()


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
        (DigitFramer(), "blanks", "blank"),
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


@pytest.mark.parametrize(
    ("given", "meant"),
    [("hidden_layer_sizes", "architecture__hidden_layer_sizes"), ("shear", "augmentation__shear")],
)
def test_parameters_of_parameter_objects_are_told_where_they_are(given, meant):
    with pytest.raises(ValueError, match=f"Did you mean '{meant}'"):
        KerasDigitClassifier().set_params(**{given: 1})


def test_parameters_that_the_object_lacks_are_not_suggested():
    with pytest.raises(ValueError, match="Invalid parameter 'hidden_layer_sizes'") as caught:
        KerasDigitClassifier(Softmax()).set_params(hidden_layer_sizes=(3,))
    assert "Did you mean" not in str(caught.value)


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
        ("augmentation", "auto", "rotation", "augmentation=RandomAffine()"),
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


@pytest.mark.parametrize(("cls", "name"), PARAMETERS, ids=lambda it: getattr(it, "__name__", it))
class TestNewParameters:
    """A class that gets a parameter reads what it stored before."""

    def test_have_their_defaults_in_older_states(self, cls, name):
        state = cls().__getstate__()
        del state[name]
        older = cls.__new__(cls)
        older.__setstate__(state)
        assert parameters_of(older) == parameters_of(cls())

    def test_have_their_defaults_in_older_files(self, cls, name):
        pytest.importorskip("skops.io")
        members = unzipped(saved(cls()))
        schema = schema_of(members)
        content = schema["content"]["content"]
        place = list(content).index(name)
        del content[name], schema["content"]["key_types"]["content"][place]
        older = read_estimator(io.BytesIO(with_schema(members, schema)))
        assert parameters_of(older) == parameters_of(cls())

    def test_are_refused_by_older_versions(self, cls, name, monkeypatch):
        """They could not do what the parameter asks for."""
        pytest.importorskip("skops.io")
        file = io.BytesIO(saved(cls()))
        without = [other for other in cls._get_param_names() if other != name]
        monkeypatch.setattr(cls, "_get_param_names", lambda: without)
        with pytest.raises(ValueError, match=f"attribute '{name}'.*update skdigits"):
            read_estimator(file)


def test_older_fitted_pipelines_predict_the_same(X, y):
    pytest.importorskip("skops.io")
    pipeline = make_pipeline(
        PixelScaler(), small(architecture=MLP((16,)), augmentation=RandomAffine())
    ).fit(X, y)
    members = unzipped(saved(pipeline))
    schema = schema_of(members)
    scaler, classifier = (step["content"][1] for step in attribute(schema, "steps")["content"])
    for node, name in (
        (scaler, "out_of_range"),
        (classifier, "tol"),
        (attribute(classifier, "architecture"), "dropout"),
        (attribute(classifier, "architecture_"), "dropout"),
        (attribute(classifier, "augmentation"), "fill_value"),
    ):
        place = list(node["content"]["content"]).index(name)
        del node["content"]["content"][name]
        del node["content"]["key_types"]["content"][place]
    older = read_estimator(io.BytesIO(with_schema(members, schema)))
    assert_array_equal(older.predict_proba(X), pipeline.predict_proba(X))
    assert repr(older) == repr(pipeline)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("name", ["get_params", "_parameter_constraints", 7])
def test_attributes_that_would_mean_something_are_refused(cls, name):
    with pytest.raises(
        ValueError, match=f"stored state of {cls.__name__} is invalid: name of an attr"
    ):
        cls.__new__(cls).__setstate__({**cls().__getstate__(), name: 1})


def test_attributes_that_are_rebuilt_are_refused():
    with pytest.raises(ValueError, match="name of an attribute is '_network_'"):
        KerasDigitClassifier().__setstate__({**small().__getstate__(), "_network_": 1})


@pytest.mark.parametrize("carry", [lambda it: pickle.loads(pickle.dumps(it)), copy.deepcopy])
@pytest.mark.parametrize("cls", CLASSES)
def test_attributes_that_a_user_sets_are_carried_and_not_saved(cls, carry):
    pytest.importorskip("skops.io")
    estimator = cls()
    estimator.note = "mine"
    assert carry(estimator).note == "mine"
    with pytest.raises(ValueError, match=r"attribute 'note'.*delete an attribute that you set"):
        saved(estimator)
    del estimator.note
    saved(estimator)


class OwnNetwork(MLP):
    """A user's architecture with a parameter and attributes of its own."""

    def __init__(self, hidden_layer_sizes=(8,), *, width=2):
        super().__init__(hidden_layer_sizes)
        self.width = width
        self.note_ = "mine"

    def double(self):
        return 2 * self.width


class TestClassesOfUsers:
    def test_may_have_attributes_of_their_own(self):
        carried = pickle.loads(pickle.dumps(OwnNetwork(width=3)))
        assert (carried.width, carried.note_, carried.dropout) == (3, "mine", 0.0)

    def test_get_the_defaults_of_their_bases_too(self):
        carried = OwnNetwork.__new__(OwnNetwork)
        carried.__setstate__({"hidden_layer_sizes": (4,)})
        assert (carried.hidden_layer_sizes, carried.width, carried.dropout) == ((4,), 2, 0.0)

    @pytest.mark.parametrize("name", ["double", "network", "_parameter_constraints", 7])
    def test_hide_none_of_their_methods(self, name):
        with pytest.raises(ValueError, match="name of an attribute"):
            OwnNetwork.__new__(OwnNetwork).__setstate__({**OwnNetwork().__getstate__(), name: 1})


class TestWhatScikitLearnSets:
    def test_callbacks_travel_by_pickle(self):
        classifier = small().set_callbacks(ProgressBar())
        carried = pickle.loads(pickle.dumps(classifier))
        assert [type(callback) for callback in carried._skl_callbacks] == [ProgressBar]

    def test_containers_travel(self):
        pytest.importorskip("pandas")
        scaler = PixelScaler().set_output(transform="pandas")
        for carried in (
            pickle.loads(pickle.dumps(scaler)),
            read_estimator(io.BytesIO(saved(scaler))),
        ):
            assert type(carried.fit_transform([[0, 1]])).__name__ == "DataFrame"

    def test_requests_for_metadata_travel_by_pickle(self):
        with skdigits_routing():
            classifier = small().set_fit_request(sample_weight=True)
            carried = pickle.loads(pickle.dumps(classifier))
            assert carried.get_metadata_routing().fit.requests["sample_weight"] is True

    def test_requests_that_are_no_requests(self):
        with skdigits_routing():
            state = small().set_fit_request(sample_weight=True).__getstate__()
            state["_metadata_request"].fit = "x"
            with pytest.raises(ValueError, match="_metadata_request"):
                KerasDigitClassifier().__setstate__(state)


def skdigits_routing():
    from sklearn import config_context

    return config_context(enable_metadata_routing=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"pixel_range_": "ab"},
        {"pixel_range_": ("0", "1")},
        {"pixel_range_": (0, np.nan)},
        {"pixel_range_": 1},
        {"feature_range": (1, 0)},
        {"n_features_in_": "64"},
        {"feature_names_in_": "a"},
    ],
)
def test_scalers_are_checked_too(changes, X):
    state = {**PixelScaler().fit(X).__getstate__(), **changes}
    with pytest.raises(ValueError, match=r"range|n_features_in_|feature_names_in_"):
        PixelScaler().__setstate__(state)


def test_scalers_without_their_range_are_not_fitted(X):
    state = PixelScaler().fit(X).__getstate__()
    del state["pixel_range_"]
    with pytest.raises(ValueError, match="pixel_range_"):
        PixelScaler().__setstate__(state)
