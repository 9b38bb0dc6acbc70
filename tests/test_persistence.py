"""A fitted estimator travels by every carrier and predicts the same bits afterwards."""

import copy
import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import cloudpickle
import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from saved_files import attribute, saved, schema_of, unzipped, with_schema
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from small_networks import SMALL_ARCHITECTURES, assert_same_weights, build, small

from skdigits import PixelScaler
from skdigits.architectures import (
    ARCHITECTURES,
    MLP,
)
from skdigits.augmentation import Elastic, RandomAffine
from skdigits.persistence import TRUSTED_TYPES, read_estimator, save_estimator

skops_io = pytest.importorskip("skops.io")

FILES = Path(__file__).parent / "files"


def alone(classifier):
    return classifier


def in_pipeline(classifier):
    return make_pipeline(PixelScaler(), classifier)


def in_search(classifier):
    pipeline = make_pipeline(PixelScaler(), classifier)
    return GridSearchCV(pipeline, {"kerasdigitclassifier__learning_rate": [0.01]}, cv=2)


HOLDERS = [alone, in_pipeline, in_search]


def by_pickle(estimator, path):
    return pickle.loads(pickle.dumps(estimator))


def by_cloudpickle(estimator, path):
    return pickle.loads(cloudpickle.dumps(estimator))


def by_deepcopy(estimator, path):
    return copy.deepcopy(estimator)


def by_joblib(estimator, path):
    joblib.dump(estimator, path / "compressed.joblib", compress=3)
    return joblib.load(path / "compressed.joblib")


def by_memory_map(estimator, path):
    joblib.dump(estimator, path / "plain.joblib")
    return joblib.load(path / "plain.joblib", mmap_mode="r")


def by_skops(estimator, path):
    return skops_io.loads(skops_io.dumps(estimator), trusted=TRUSTED_TYPES)


def by_file(estimator, path):
    save_estimator(estimator, path / "digits.skops")
    return read_estimator(path / "digits.skops")


CARRIERS = [
    by_pickle,
    by_cloudpickle,
    by_deepcopy,
    by_joblib,
    by_memory_map,
    by_skops,
    by_file,
]
by_every_carrier = pytest.mark.parametrize("carry", CARRIERS)


@pytest.fixture(scope="module")
def fitted(X, y):
    """Each architecture in each holder, fitted once."""
    known = {}

    def get(name, hold):
        if (name, hold) not in known:
            classifier = small(architecture=SMALL_ARCHITECTURES[name], batch_size=64)
            known[name, hold] = hold(classifier).fit(X, y)
        return known[name, hold]

    return get


def test_every_architecture_is_tested():
    assert SMALL_ARCHITECTURES.keys() == ARCHITECTURES.keys()


@pytest.mark.parametrize("hold", HOLDERS)
@pytest.mark.parametrize("name", SMALL_ARCHITECTURES)
@by_every_carrier
def test_predictions_are_the_same_bits(name, hold, carry, fitted, X, tmp_path):
    estimator = fitted(name, hold)
    carried = carry(estimator, tmp_path)
    assert carried is not estimator
    assert_array_equal(carried.predict_proba(X), estimator.predict_proba(X))
    assert_array_equal(carried.predict(X), estimator.predict(X))
    assert repr(carried) == repr(estimator)


@by_every_carrier
@pytest.mark.parametrize("labels", [list("jihgfedcba"), range(10, 0, -1), [False, True] * 5])
def test_labels_keep_their_kind(labels, carry, X, y, tmp_path):
    classifier = small().fit(X, np.asarray(labels)[y])
    carried = carry(classifier, tmp_path)
    assert carried.classes_.dtype == classifier.classes_.dtype
    assert_array_equal(carried.predict(X), classifier.predict(X))


@by_every_carrier
@pytest.mark.parametrize(
    "augmentation", [RandomAffine(), Elastic(sigma=1.0), [RandomAffine(0.1), Elastic()]]
)
def test_training_goes_on_where_it_was(augmentation, carry, X, y, tmp_path):
    classifier = small(architecture=MLP((16,), dropout=0.2), augmentation=augmentation)
    classifier.partial_fit(X, y, classes=range(10))
    carried = carry(classifier, tmp_path)
    assert_same_weights(carried.partial_fit(X, y), classifier.partial_fit(X, y))


@by_every_carrier
def test_everything_fitted_comes_along(carry, X, y, tmp_path):
    classifier = small(early_stopping=True, validation_fraction=0.5, dtype="float64").fit(X, y)
    carried = carry(classifier, tmp_path)
    assert sorted(vars(carried)) == sorted(vars(classifier))
    assert carried.history_ == classifier.history_
    for name in ("image_shape_", "n_features_in_", "n_iter_", "best_epoch_", "n_parameters_"):
        assert getattr(carried, name) == getattr(classifier, name)
    for weight, expected in zip(carried.weights_, classifier.weights_, strict=True):
        assert weight.dtype == expected.dtype == np.float64
        assert not weight.flags.writeable


@by_every_carrier
def test_not_fitted_is_not_fitted_afterwards(carry, tmp_path):
    carried = carry(small(learning_rate=0.5), tmp_path)
    assert not carried.__sklearn_is_fitted__()
    assert carried.get_params()["learning_rate"] == 0.5


@by_every_carrier
def test_memory_maps_travel_on(carry, X, y, tmp_path):
    (tmp_path / "first").mkdir()
    classifier = by_memory_map(small().fit(X, y), tmp_path / "first")
    assert isinstance(classifier.weights_[0], np.memmap)
    assert_array_equal(carry(classifier, tmp_path).predict(X), classifier.predict(X))


def test_ensembles_travel(X, y, tmp_path):
    members = [("a", small()), ("b", small(random_state=1))]
    vote = VotingClassifier(members, voting="soft").fit(X, y)
    assert_array_equal(by_file(vote, tmp_path).predict_proba(X), vote.predict_proba(X))


class TestFunctions:
    def test_that_can_be_imported_are_pickled_by_name(self, X, y, tmp_path):
        classifier = small(architecture=build).fit(X, y)
        for carry in (by_pickle, by_cloudpickle, by_deepcopy, by_joblib, by_memory_map):
            carried = carry(classifier, tmp_path)
            assert_array_equal(carried.predict_proba(X), classifier.predict_proba(X))

    def test_that_cannot_be_imported_are_refused_by_pickle(self, X, y):
        classifier = small(architecture=lambda shape, n: build(shape, n)).fit(X, y)
        with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
            pickle.dumps(classifier)
        carried = pickle.loads(cloudpickle.dumps(classifier))
        assert_array_equal(carried.predict_proba(X), classifier.predict_proba(X))

    def test_are_no_data(self, X, y):
        classifier = small(architecture=build).fit(X, y)
        with pytest.raises(ValueError, match=r"small_networks.build.*are code.*pickle"):
            save_estimator(classifier, io.BytesIO())

    @pytest.mark.parametrize("trusted", [[build], [f"{build.__module__}.build"]])
    def test_can_be_trusted_by_name(self, trusted, X, y):
        classifier = small(architecture=build).fit(X, y)
        content = saved(classifier, trusted=trusted)
        with pytest.raises(ValueError, match=r"code that is not trusted.*build"):
            read_estimator(io.BytesIO(content))
        carried = read_estimator(io.BytesIO(content), trusted=trusted)
        assert_array_equal(carried.predict_proba(X), classifier.predict_proba(X))

    def test_that_a_reader_cannot_import_are_not_saved(self, X, y):
        def local(image_shape, n_classes):
            return build(image_shape, n_classes)

        classifier = small(architecture=local).fit(X, y)
        with pytest.raises(ValueError, match=r"the result could not be read.*'local'"):
            save_estimator(classifier, io.BytesIO(), trusted=[local])

    def test_that_changed_are_noticed(self, X, y):
        classifier = small(architecture=build).fit(X, y)
        members = unzipped(saved(classifier, trusted=[build]))
        schema = schema_of(members)
        array = io.BytesIO()
        np.save(array, np.zeros((64, 9), np.float32))
        kernel = attribute(schema, "weights_")["content"][0]
        altered = with_schema({**members, kernel["file"]: array.getvalue()}, schema)
        with pytest.raises(ValueError, match="shapes of weights_"):
            read_estimator(io.BytesIO(altered), trusted=[build])


def test_optimizer_objects_are_no_data(X, y):
    import keras

    classifier = small(optimizer=keras.optimizers.SGD(0.1, momentum=0.9)).fit(X, y)
    carried = pickle.loads(pickle.dumps(classifier))
    assert_array_equal(carried.predict_proba(X), classifier.predict_proba(X))
    with pytest.raises(ValueError, match=r"parameter optimizer, of the type SGD, is not. Pass the"):
        save_estimator(classifier, io.BytesIO())


def test_only_types_of_this_package_and_of_scikit_learn_are_trusted(fitted):
    for name in SMALL_ARCHITECTURES:
        for hold in HOLDERS:
            untrusted = skops_io.get_untrusted_types(data=saved(fitted(name, hold)))
            assert set(untrusted) <= set(TRUSTED_TYPES)
    foreign = [name for name in TRUSTED_TYPES if not name.startswith("skdigits.")]
    assert all(name.startswith("sklearn.") for name in foreign)


def test_private_types_stay_out_of_files(X, y):
    classifier = small().partial_fit(X, y, classes=range(10))
    untrusted = skops_io.get_untrusted_types(data=saved(classifier))
    assert untrusted == [
        "skdigits._classifier._estimator.KerasDigitClassifier",
        "skdigits.architectures._dense.MLP",
    ]


READ_ELSEWHERE = """
import sys
import numpy as np
from sklearn.datasets import load_digits
from skdigits.persistence import read_estimator
X = (load_digits().data[:60] / 16).astype(np.float32)
classifier = read_estimator(sys.argv[1])
assert "keras" not in sys.modules, "reading needs no backend"
np.save(sys.argv[2], classifier.predict_proba(X))
import keras
model = classifier.to_keras()
np.save(sys.argv[3], keras.ops.convert_to_numpy(model(X.reshape(-1, 8, 8, 1))))
print(keras.config.backend())
"""


@pytest.mark.parametrize("backend", ["torch", "jax"])
@pytest.mark.parametrize("name", ["mlp", "convnet", "spikingnet"])
def test_written_by_one_backend_and_read_by_another(name, backend, fitted, X, tmp_path):
    pytest.importorskip(backend)
    classifier = fitted(name, alone)
    save_estimator(classifier, tmp_path / "digits.skops")
    arguments = [str(tmp_path / part) for part in ("digits.skops", "program.npy", "model.npy")]
    result = subprocess.run(
        [sys.executable, "-c", READ_ELSEWHERE, *arguments],
        env={**os.environ, "KERAS_BACKEND": backend, "SKDIGITS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == f"{backend}\n"
    for path in arguments[1:]:
        # Sums of float32 products, taken in another order.
        np.testing.assert_allclose(np.load(path), classifier.predict_proba(X), rtol=0, atol=1e-5)


def test_training_begun_on_tensorflow_goes_on_with_any_backend(digits):
    X, y = (digits[0][:200] / 16).astype(np.float32), digits[1][:200]
    path = FILES / "begun_on_tensorflow.skops"
    classifier = read_estimator(path)
    before = classifier.predict_proba(X[:60])
    after, expected = (
        classifier.partial_fit(X, y).predict_proba(X[:60]),
        np.load(f"{path.with_suffix('.npy')}"),
    )
    assert abs(after - before).max() > 0.01
    # Four updates by Adam, which magnifies the roundings of small gradients.
    np.testing.assert_allclose(after, expected, rtol=0, atol=1e-5)
