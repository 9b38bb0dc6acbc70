"""The state of a classifier is checked, attribute by attribute and in how they fit together."""

import dataclasses
import io

import keras
import numpy as np
import pytest
import sklearn.metrics
from numpy.testing import assert_array_equal
from saved_files import attribute, node_of, saved, schema_of, set_attribute, unzipped, with_schema
from small_networks import assert_same_weights, small

from skdigits import KerasDigitClassifier
from skdigits._classifier import _fitted_state
from skdigits.architectures import MLP, ConvNet, SpikingNet
from skdigits.persistence import TRUSTED_TYPES, read_estimator
from skdigits.programs._cache import clear_cache
from skdigits.programs._contract import TrainingState


def read(content, **options):
    return read_estimator(io.BytesIO(content), **options)


@pytest.fixture(scope="module")
def classifier(X, y):
    return small(random_state=np.random.RandomState(0)).partial_fit(X, y, classes=range(10))


def stored(classifier, attributes):
    """The state of a classifier with other attributes; those that are `...` are left out."""
    state = {**classifier.__getstate__(), **attributes}
    return {name: value for name, value in state.items() if value is not ...}


def altered_weights(classifier, change):
    first, *others = classifier.weights_
    return (change(first), *others)


def continued(classifier, **parts):
    return {"_continuation": {**classifier.__getstate__()["_continuation"], **parts}}


def hidden(array):
    """NaN in an array, where only a mask hides it."""
    return np.ma.MaskedArray(array * np.nan, mask=True)


class Unknown:
    pass


ALTERATIONS = {
    "architecture_": lambda c: MLP((10**12,)),
    "hidden_layer_sizes": lambda c: {"architecture_": MLP((16,) * 10**4)},
    "no array": lambda c: {"weights_": (*c.weights_[:-1], "a")},
    "finite": lambda c: {"weights_": altered_weights(c, lambda w: w * np.nan)},
    "behind a mask": lambda c: {"weights_": altered_weights(c, hidden)},
    "infinite": lambda c: {"weights_": altered_weights(c, lambda w: w + np.inf)},
    "shapes": lambda c: {"weights_": altered_weights(c, lambda w: w.T)},
    "float64": lambda c: {"weights_": altered_weights(c, lambda w: w.astype(float))},
    "object": lambda c: {"weights_": altered_weights(c, lambda w: w.astype(object))},
    "fewer": lambda c: {"weights_": c.weights_[:-1]},
    "no weights": lambda c: {"weights_": ()},
    "weights left out": lambda c: {"weights_": ...},
    "unsorted": lambda c: {"classes_": c.classes_[::-1]},
    "repeated": lambda c: {"classes_": c.classes_ * 0},
    "one class": lambda c: {"classes_": c.classes_[:1]},
    "more classes": lambda c: {"classes_": np.arange(11)},
    "table of classes": lambda c: {"classes_": c.classes_[:, np.newaxis]},
    "masked classes": lambda c: {"classes_": np.ma.MaskedArray(c.classes_, mask=True)},
    "mixed classes": lambda c: {"classes_": np.array([1, "a"] * 5, dtype=object)},
    "objects": lambda c: {"classes_": np.array([Unknown()] * 10, dtype=object)},
    "image_shape_": lambda c: {"image_shape_": (8, 9, 1)},
    "huge image": lambda c: {"image_shape_": (10**9, 10**9, 1), "n_features_in_": 10**18},
    "flat image": lambda c: {"image_shape_": (64,)},
    "negative image": lambda c: {"image_shape_": (-8, -8, 1)},
    "text image": lambda c: {"image_shape_": "881"},
    "n_features_in_": lambda c: {"n_features_in_": 63},
    "text for n_features_in_": lambda c: {"n_features_in_": "64"},
    "feature_names_in_": lambda c: {"feature_names_in_": np.array(["a"])},
    "masked names": lambda c: {"feature_names_in_": np.ma.MaskedArray(["a"] * 64, mask=True)},
    "dtype": lambda c: {"_network_dtype": "int8"},
    "list as dtype": lambda c: {"_network_dtype": []},
    "fingerprint": lambda c: {"_network_fingerprint": 1},
    "shift": lambda c: {"prediction_shift": 1, "_format": 1},
    "history_": lambda c: {"history_": {"loss": ["a"]}},
    "history list": lambda c: {"history_": [1.0]},
    "text for n_iter_": lambda c: {"n_iter_": "x"},
    "negative n_iter_": lambda c: {"n_iter_": -1},
    "truth for n_iter_": lambda c: {"n_iter_": True},
    "no n_iter_": lambda c: {"n_iter_": ...},
    "text for best_epoch_": lambda c: {"best_epoch_": "x"},
    "fraction for best_epoch_": lambda c: {"best_epoch_": 0.5},
    "epoch to come": lambda c: {"best_epoch_": c.n_iter_ + 1},
    "class as architecture": lambda c: {"architecture_": MLP},
    "text as architecture": lambda c: {"architecture_": "mlp"},
    "function of scikit-learn": lambda c: {"architecture_": sklearn.metrics.accuracy_score},
    "scorer": lambda c: {"architecture_": sklearn.metrics.get_scorer("accuracy")},
    "function of NumPy": lambda c: {"architecture_": np.mean},
    "universal function": lambda c: {"architecture_": np.add},
    "function of Python": lambda c: {"architecture_": eval},
    "function as parameter": lambda c: {"architecture": np.add},
    "no architecture": lambda c: {"architecture_": ...},
    "no classes": lambda c: {"classes_": ...},
    "method": lambda c: {"predict": 1},
    "property": lambda c: {"n_parameters_": 1},
    "constraints": lambda c: {"_parameter_constraints": {}},
    "attribute of a class": lambda c: {"_doc_link_module": "a"},
    "live network": lambda c: {"_network_": c._network_},
    "text as network": lambda c: {"_network_": "a"},
    "number as name": lambda c: {7: 1},
    "callbacks": lambda c: {"_skl_callbacks": "x"},
    "callbacks that are none": lambda c: {"_skl_callbacks": [1]},
    "callbacks to end": lambda c: {"_skl_callbacks_to_teardown": [1]},
    "context": lambda c: {"_parent_callback_ctx": 1},
    "context of the fit": lambda c: {"_callback_fit_ctx": {}},
    "requests": lambda c: {"_metadata_request": {}},
    "output": lambda c: {"_sklearn_output_config": 1},
    "format": lambda c: {"_format": "1"},
    "format 0": lambda c: {"_format": 0},
    "no format": lambda c: {"_format": ...},
    "continuation": lambda c: {"_continuation": {"slots": ()}},
    "continuation list": lambda c: {"_continuation": [1]},
    "more to continue": lambda c: continued(c, x=1),
    "slots": lambda c: continued(c, slots=["a"]),
    "masked slots": lambda c: continued(c, slots=(hidden(np.ones(3)),)),
    "slots of": lambda c: continued(c, slots_of=1),
    "updates": lambda c: continued(c, n_updates=-1),
    "text for updates": lambda c: continued(c, n_updates="1"),
    "seeds": lambda c: continued(c, seeds=1),
    "generator": lambda c: continued(c, generator=0),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_states_that_do_not_fit_together(name, classifier):
    changes = ALTERATIONS[name](classifier)
    changes = changes if isinstance(changes, dict) else {name: changes}
    with pytest.raises(ValueError, match=r"is invalid|cannot be built"):
        KerasDigitClassifier().__setstate__(stored(classifier, changes))


def test_states_that_are_no_states():
    for state in (None, [], "a", 1):
        with pytest.raises(ValueError, match="is invalid: state"):
            KerasDigitClassifier().__setstate__(state)


@pytest.mark.parametrize("place", ["random_state", "generator"])
def test_generators_stand_inside_their_memory(place, classifier):
    beyond = np.random.RandomState(0)
    state = beyond.get_state(legacy=False)
    state["state"]["pos"] = 10**7
    beyond.set_state(state)
    changes = (
        {place: beyond} if place == "random_state" else continued(classifier, generator=beyond)
    )
    with pytest.raises(ValueError, match=f"position of {place} is 10000000"):
        KerasDigitClassifier().__setstate__(stored(classifier, changes))


@pytest.mark.parametrize("fitted", [True, False])
def test_what_is_only_private_is_refused_before_a_fit_too(fitted, classifier):
    state = (classifier if fitted else small()).__getstate__()
    for attributes in ({"_network_": "a"}, {"_skl_callbacks": "x"}, {"n_iter_": "x"}):
        with pytest.raises(ValueError, match="is invalid"):
            KerasDigitClassifier().__setstate__({**state, **attributes})
    if not fitted:
        for name in ("_continuation", "_network_dtype", "_network_fingerprint"):
            value = classifier.__getstate__().get(name, "a")
            with pytest.raises(ValueError, match="expected weights_, too"):
                KerasDigitClassifier().__setstate__({**state, name: value})


class TestContinuation:
    @pytest.mark.parametrize("older", ["without a count", "without a continuation"])
    def test_averages_of_older_states_have_seen_many_batches(self, older, classifier, X, y):
        state = classifier.__getstate__()
        if older == "without a count":
            state["_continuation"] = {**state["_continuation"]}
            del state["_continuation"]["n_batches"]
        else:
            state["_continuation"] = None
        carried = KerasDigitClassifier()
        carried.__setstate__(state)
        assert carried._continuation.state.n_batches == 1e6
        carried.partial_fit(X, y)

    @pytest.mark.parametrize("count", [-1.0, np.inf, np.nan, "1"])
    def test_number_of_batches_is_checked(self, count, classifier):
        with pytest.raises(ValueError, match="n_batches of _continuation is"):
            KerasDigitClassifier().__setstate__(
                stored(classifier, continued(classifier, n_batches=count))
            )

    def test_all_of_the_training_state_is_stored(self):
        fields = {field.name for field in dataclasses.fields(TrainingState)} - {"weights"}
        assert {*_fitted_state._CONTINUATION} == fields | {"generator"}

    @pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd", "clipped", "accumulated"])
    def test_goes_on_from_the_slots_of_format_1(self, optimizer, X, y):
        options = {"clipped": {"clipnorm": 1.0}, "accumulated": {"gradient_accumulation_steps": 2}}
        given = (
            keras.optimizers.SGD(0.1, **options[optimizer]) if optimizer in options else optimizer
        )
        classifier = small(optimizer=given).partial_fit(X, y, classes=range(10))
        slots, n_updates = (
            classifier._continuation.state.slots,
            classifier._continuation.state.n_updates,
        )
        # Keras' optimizers counted in a slot; the kernel of SGD had a slot without momentum, too.
        older = {
            "adam": slots,
            "sgd": tuple(np.ones_like(weight) for weight in classifier.weights_),
        }.get(optimizer, (np.array(n_updates), *slots))
        carried = KerasDigitClassifier()
        state = stored(classifier, continued(classifier, slots=older))
        carried.__setstate__({**state, "_format": 1})
        assert len(carried._continuation.state.slots) == len(slots)
        assert_same_weights(carried.partial_fit(X, y), classifier.partial_fit(X, y))

    def test_slots_of_another_network_end_in_an_error(self, classifier, X, y):
        slots = classifier.__getstate__()["_continuation"]["slots"]
        for others in (slots[:-1], slots[::-1]):
            altered = KerasDigitClassifier()
            altered.__setstate__(stored(classifier, continued(classifier, slots=others)))
            with pytest.raises(ValueError, match=r"shorter|[Ss]hape"):
                altered.partial_fit(X, y)


@pytest.mark.parametrize(
    ("architecture", "parameter", "value"),
    [
        (MLP((16,)), "hidden_layer_sizes", [10**12]),
        (MLP((16,)), "dropout", 1e308),
        (ConvNet([2], hidden_layer_sizes=()), "kernel_size", 10**6),
        (ConvNet([2], hidden_layer_sizes=()), "filters", [[]]),
        (ConvNet([2], hidden_layer_sizes=()), "pool_size", 1),
        (SpikingNet((2,), n_steps=2), "n_steps", 10**9),
        (SpikingNet((2,), n_steps=2), "decay", float("nan")),
    ],
    ids=repr,
)
def test_architectures_that_do_not_fit_the_weights(architecture, parameter, value, X, y):
    """Refused before Keras builds anything, by read_estimator and by skops."""
    skops_io = pytest.importorskip("skops.io")
    members = unzipped(saved(small(architecture=architecture, epochs=1).fit(X, y)))
    schema = schema_of(members)
    set_attribute(attribute(schema, "architecture_"), parameter, node_of(value))
    altered = with_schema(members, schema)
    for load in (read, lambda it: skops_io.loads(it, trusted=TRUSTED_TYPES)):
        with pytest.raises(ValueError, match=r"is invalid|cannot be built"):
            load(altered)


def branching(activation):
    """A function whose network is more than a chain of layers."""

    def build(image_shape, n_classes):
        image = keras.Input(image_shape)
        flat = keras.layers.Flatten()(image)
        branches = [keras.layers.Dense(4, activation=it)(flat) for it in (activation, "linear")]
        return keras.Model(image, keras.layers.Dense(n_classes)(keras.layers.add(branches)))

    return build


def test_forged_fingerprints_borrow_no_program(X, y):
    """Programs are shared between networks that are computed alike, whatever a file says."""
    relu, tanh = (small(architecture=branching(it)).fit(X, y) for it in ("relu", "tanh"))
    tanh.predict_proba(X)
    state = {**relu.__getstate__(), "_network_fingerprint": tanh._network_.fingerprint}
    forged = KerasDigitClassifier()
    forged.__setstate__(state)
    clear_cache()
    with pytest.raises(ValueError, match="returns another network than the one that was fitted"):
        forged.predict_proba(X)


def test_functions_whose_network_is_a_chain_are_not_called_to_predict(X, y):
    calls = []

    def build(image_shape, n_classes):
        calls.append(image_shape)
        return MLP((16,))(image_shape, n_classes)

    classifier = small(architecture=build).fit(X, y)
    expected, n_calls = classifier.predict_proba(X), len(calls)
    clear_cache()
    carried = KerasDigitClassifier()
    carried.__setstate__(classifier.__getstate__())
    assert_array_equal(carried.predict_proba(X), expected)
    assert len(calls) == n_calls
    assert carried._network_ == small().fit(X, y)._network_


@pytest.fixture(scope="module")
def built(X, y):
    def build(image_shape, n_classes):
        return MLP((16,))(image_shape, n_classes)

    return small(architecture=build).fit(X, y)


@pytest.mark.parametrize(
    "changes",
    [
        lambda layers: {"classes_": np.arange(3)},
        lambda layers: {"_network_layers": [*layers, ("Activation", {"activation": "softmax"})]},
        lambda layers: {"_network_layers": [([], {})]},
        lambda layers: {"_network_layers": [(*layers[0], {})]},
        lambda layers: {"_network_layers": [("Dense", [])]},
        lambda layers: {"_network_layers": [("Dense", {"units": 10}), *layers]},
    ],
    ids=["3 classes", "softmax twice", "list as name", "triple", "no parameters", "not a row"],
)
def test_stored_layers_make_a_logit_per_class(changes, built):
    state = built.__getstate__()
    with pytest.raises(ValueError, match=r"is invalid|cannot be built"):
        KerasDigitClassifier().__setstate__({**state, **changes(state["_network_layers"])})


def test_states_of_a_newer_format_are_refused(X, y):
    state = small().fit(X, y).__getstate__()
    later = _fitted_state.FORMAT + 1
    for newer in ({**state, "_format": later}, {**state, "_format": later, "new_": 1}):
        with pytest.raises(ValueError, match=rf"newer skdigits, in the format {later}.*update"):
            KerasDigitClassifier().__setstate__(newer)


@pytest.mark.parametrize("name", sorted(KerasDigitClassifier().get_params(deep=False)))
def test_states_without_a_parameter_have_its_default(name, classifier, X, y):
    older = KerasDigitClassifier()
    older.__setstate__(stored(classifier, {name: ...}))
    assert getattr(older, name) == getattr(KerasDigitClassifier(), name)
    assert_array_equal(older.predict_proba(X), classifier.predict_proba(X))
    assert_same_weights(older, classifier)
