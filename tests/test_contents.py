"""What was built of a file is looked through before anybody uses it."""

import io

import pytest
from saved_files import (
    attribute,
    node_of,
    nodes,
    saved,
    schema_of,
    set_attribute,
    unzipped,
    with_schema,
)
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import AgglomerativeClustering
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    RepeatedKFold,
    RepeatedStratifiedKFold,
)
from sklearn.pipeline import make_pipeline
from small_networks import small

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP
from skdigits.augmentation import RandomAffine
from skdigits.persistence import read_estimator, save_estimator
from skdigits.persistence._contents import nested_estimators

pytest.importorskip("skops.io")


def altered(estimator, changes):
    """Read a file of an estimator some of whose attributes are other ones."""
    members = unzipped(saved(estimator))
    schema = schema_of(members)
    for name, value in changes.items():
        set_attribute(schema, name, node_of(value))
    return read_estimator(io.BytesIO(with_schema(members, schema)))


def without(estimator, name):
    """Read a file of an estimator that lacks an attribute, wherever it has that."""
    members = unzipped(saved(estimator))
    schema = schema_of(members)
    for node in nodes(schema):
        if node["__loader__"] == "DictNode" and name in node["content"]:
            place = list(node["content"]).index(name)
            del node["content"][name], node["key_types"]["content"][place]
    return read_estimator(io.BytesIO(with_schema(members, schema)))


SOUND = {
    "pipeline": lambda: make_pipeline(PixelScaler(), small()),
    "search": lambda: GridSearchCV(small(), {"epochs": [1]}),
    "logistic regression": LogisticRegression,
    "network": small,
}


class TestFolders:
    """Who fits what was read shall not write to a folder that the file names."""

    @pytest.mark.parametrize("folder", ["/tmp/cache", "", 1, True])
    def test_are_refused_when_a_file_is_read(self, folder):
        with pytest.raises(ValueError, match=r"memory=.*set_params\(memory=None\)|'memory' param"):
            altered(SOUND["pipeline"](), {"memory": folder})

    @pytest.mark.parametrize("hold", [lambda it: it, lambda it: GridSearchCV(it, {}, cv=2)])
    def test_are_refused_when_a_file_is_saved(self, hold, tmp_path):
        pipeline = make_pipeline(PixelScaler(), small(), memory=str(tmp_path))
        with pytest.raises(ValueError, match=r"Pipeline has memory=.*set_params\(memory=None\)"):
            save_estimator(hold(pipeline), io.BytesIO())

    def test_of_other_estimators(self, tmp_path):
        with pytest.raises(ValueError, match="AgglomerativeClustering has memory="):
            save_estimator(AgglomerativeClustering(memory=str(tmp_path)), io.BytesIO())


class TestAttributes:
    @pytest.mark.parametrize("name", SOUND)
    @pytest.mark.parametrize(
        "changes",
        [
            {"_skl_callbacks": "x"},
            {"_skl_callbacks": [1]},
            {"_parent_callback_ctx": 1},
            {"_metadata_request": {}},
            {"_parameter_constraints": {}},
            {"get_params": 1},
            {"n_features_in_": "x"},
        ],
        ids=str,
    )
    def test_that_scikit_learn_relies_on(self, name, changes):
        with pytest.raises(ValueError, match="cannot be read"):
            altered(SOUND[name](), changes)

    def test_steps_are_estimators(self):
        pipeline = SOUND["pipeline"]()
        with pytest.raises(ValueError, match="a step of its pipeline is not an estimator"):
            altered(pipeline, {"steps": [("a", 1), ("b", 2)]})

    @pytest.mark.parametrize("cls", [RepeatedKFold, RepeatedStratifiedKFold])
    def test_splitters_make_folds_and_nothing_else(self, cls):
        search = GridSearchCV(small(), {"epochs": [1]}, cv=cls(n_splits=2, n_repeats=1))
        members = unzipped(saved(search))
        schema = schema_of(members)
        splitter = attribute(schema, "cv")
        set_attribute(splitter, "cv", node_of([str])["content"][0])
        with pytest.raises(ValueError, match="makes its folds by <class 'str'>"):
            read_estimator(io.BytesIO(with_schema(members, schema)))


@pytest.mark.filterwarnings("ignore:Trying to unpickle estimator")
class TestOlderVersionsOfScikitLearn:
    """An estimator that was saved before it had a parameter has the default."""

    def test_pipelines(self, X, y):
        pipeline = SOUND["pipeline"]().fit(X, y)
        older = without(pipeline, "transform_input")
        assert older.transform_input is None
        assert (older.predict(X) == pipeline.predict(X)).all()

    def test_searches(self):
        older = without(SOUND["search"](), "return_train_score")
        assert older.return_train_score is False
        assert repr(older) == repr(SOUND["search"]())


class TestNestedEstimators:
    def kinds(self, estimator):
        return [type(part) for part in nested_estimators(estimator)]

    def test_come_once_each_from_the_outside(self):
        shared = MLP((4,))
        classifier = small(architecture=shared, augmentation=[RandomAffine(), shared])
        pipeline = make_pipeline(PixelScaler(), classifier)
        expected = [type(pipeline), PixelScaler, KerasDigitClassifier, MLP, RandomAffine]
        assert self.kinds(pipeline) == expected

    def test_are_found_in_what_is_not_an_estimator(self, X, y):
        calibrated = CalibratedClassifierCV(small(), cv=2).fit(X, y)
        fitted = [it for it in nested_estimators(calibrated) if hasattr(it, "weights_")]
        assert len(fitted) == 2

    def test_are_found_in_arrays_of_objects(self, X, y):
        networks = [MLP((4,)), MLP((5,))]
        search = RandomizedSearchCV(small(), {"architecture": networks}, n_iter=2, cv=2).fit(X, y)
        column = search.cv_results_["param_architecture"]
        assert self.kinds([column]) == [MLP, MLP]

    def test_may_hold_one_another(self):
        rings = small()
        rings.set_params(callbacks=[rings, {"a": (rings, {1})}])
        assert self.kinds(rings) == [KerasDigitClassifier, MLP]

    def test_hold_many_in_no_time(self):
        tree = [small()]
        for _ in range(200):
            tree = [tree, tree]
        assert len(self.kinds(tree)) == 2


def test_parameters_are_checked_wherever_they_stand(X, y):
    search = GridSearchCV(small(), {"architecture": [MLP((4,)), MLP((5,))]}, cv=2).fit(X, y)
    members = unzipped(saved(search))
    schema = schema_of(members)
    column = attribute(schema, "cv_results_")["content"]["param_architecture"]["content"]["data"]
    set_attribute(column["content"][0], "dropout", node_of("a"))
    with pytest.raises(ValueError, match="'dropout' parameter of MLP"):
        read_estimator(io.BytesIO(with_schema(members, schema)))


def test_estimators_that_hold_themselves_are_no_data():
    from sklearn import config_context

    with config_context(enable_metadata_routing=True):
        classifier = small().set_fit_request(sample_weight=True)
        with pytest.raises(ValueError, match=r"contains itself.*set_fit_request"):
            save_estimator(classifier, io.BytesIO())
