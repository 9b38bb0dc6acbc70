"""State that older versions stored lacks what is new; what no version stores is refused."""

import copy
import inspect
import io
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from saved_files import attribute, saved, schema_of, unzipped, with_schema
from sklearn.base import BaseEstimator
from sklearn.callback import ProgressBar
from sklearn.pipeline import make_pipeline
from small_networks import small

import skdigits
from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import ARCHITECTURES, MLP, Architecture
from skdigits.augmentation import Augmentation, Elastic, RandomAffine
from skdigits.persistence import read_estimator
from skdigits.preprocessing import DigitFramer

CLASSES = [
    *ARCHITECTURES.values(),
    Elastic,
    RandomAffine,
    PixelScaler,
    DigitFramer,
    KerasDigitClassifier,
]
PARAMETERS = [(cls, name) for cls in CLASSES for name in cls().get_params(deep=False)]


def parameters_of(estimator):
    return {name: repr(value) for name, value in estimator.get_params(deep=False).items()}


def test_every_estimator_is_tested():
    modules = (skdigits, skdigits.architectures, skdigits.augmentation, skdigits.preprocessing)
    public = {getattr(module, name) for module in modules for name in module.__all__}
    estimators = {it for it in public if inspect.isclass(it) and issubclass(it, BaseEstimator)}
    assert estimators - {Architecture, Augmentation} == set(CLASSES)


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
    with pytest.raises(ValueError, match=f"stored as {cls.__name__} is not sound: name of an attr"):
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

    @pytest.mark.parametrize("name", ["double", "weight_shapes", "_parameter_constraints", 7])
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
