"""Nothing in a file is trusted: it ends in an estimator that predicts, or in a ValueError."""

import copy
import io
import json
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from file_mutations import mutated, outcome, sound_files
from numpy.testing import assert_array_equal
from saved_files import attribute, nodes, saved, schema_of, unzipped, with_schema, zipped
from sklearn.pipeline import make_pipeline
from small_networks import small

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP, ConvNet, SpikingNet
from skdigits.persistence import TRUSTED_TYPES, read_estimator

skops_io = pytest.importorskip("skops.io")


def read(content, **options):
    return read_estimator(io.BytesIO(content), **options)


@pytest.fixture(scope="module")
def classifier(X, y):
    return small(random_state=np.random.RandomState(0)).partial_fit(X, y, classes=range(10))


@pytest.fixture
def members(classifier):
    return unzipped(saved(classifier))


@pytest.fixture
def schema(members):
    return schema_of(members)


@pytest.fixture(scope="module")
def files():
    return sound_files()


@pytest.mark.filterwarnings("ignore")  # Altered versions and figures bring all kinds of warnings.
@pytest.mark.parametrize("start", range(0, 700, 100))
def test_hundreds_of_altered_files(start, files, digits):
    ends = {outcome(mutated(files, i), digits[0][:5] / 16) for i in range(start, start + 100)}
    assert {"read", "refused"} <= ends


def test_flipped_bytes_change_no_prediction(classifier, X):
    """Checksums find what accidents do to a file."""
    content = saved(classifier)
    expected = classifier.predict_proba(X)
    chance = np.random.RandomState(0)
    n_read = 0
    for _ in range(300):
        flipped = bytearray(content)
        flipped[chance.randint(len(content))] ^= 1 << chance.randint(8)
        try:
            found = read(bytes(flipped))
        except ValueError:
            continue
        n_read += 1
        assert_array_equal(found.predict_proba(X), expected)
    assert n_read < 100


@pytest.mark.parametrize("n_bytes", [0, 1, 100, 5000, -1, -100])
def test_cut_files(n_bytes, classifier):
    with pytest.raises(ValueError, match="damaged"):
        read(saved(classifier)[:n_bytes])


def test_pickles_are_not_opened(classifier):
    with pytest.raises(ValueError, match="damaged, or no such file"):
        read(pickle.dumps(classifier))


class TestSizes:
    @pytest.fixture
    def peak(self):
        """Most memory that Python has taken since, in bytes."""
        tracemalloc.start()
        yield lambda: tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    def test_too_large_is_refused_by_what_it_claims(self, members, peak):
        bomb = zipped({**members, "zeros.npy": bytes(1 << 26)})
        tracemalloc.reset_peak()
        with pytest.raises(ValueError, match=r"holds 67,.* bytes, more than max_bytes=4,194,304"):
            read(bomb, max_bytes=1 << 22)
        assert peak() < 1 << 23

    def test_members_that_are_larger_than_they_claim(self, members, peak):
        bomb = bytearray(zipped({"zeros.npy": bytes(1 << 26), **members}))
        sizes = struct.pack("<I", 1 << 26)
        for _ in range(2):  # In the header of the member and in the directory.
            place = bomb.index(sizes)
            bomb[place : place + 4] = struct.pack("<I", 16)
        tracemalloc.reset_peak()
        with pytest.raises(ValueError, match="damaged"):
            read(bytes(bomb))
        assert peak() < 1 << 23

    def test_large_files_are_read_where_they_are_expected(self, members):
        assert read(saved(small()), max_bytes=1 << 20).epochs == 2
        with pytest.raises(ValueError, match=r"more than max_bytes=100\. Where you know"):
            read(saved(small()), max_bytes=100)

    def test_arrays_that_claim_to_be_large(self, members, schema, peak):
        kernel = attribute(schema, "weights_")["content"][0]["file"]
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": "<f4", "fortran_order": False, "shape": (10**12, 16)}
        )
        altered = zipped({**members, kernel: header.getvalue() + bytes(4096)})
        with pytest.raises(ValueError, match="claims an array of 64,000,000,000,000 bytes"):
            read(altered)
        assert peak() < 1 << 23

    def test_scalars_that_become_large(self, members, schema, peak):
        """numpy.void of a number is as many bytes."""
        number = io.BytesIO()
        np.save(number, np.array(10**10))
        node = attribute(schema, "n_iter_")
        node.update({"__class__": "void", "__module__": "numpy", "__loader__": "NdArrayNode"})
        node.update({"type": "numpy", "file": "n.npy", "__id__": 1})
        with pytest.raises(ValueError, match="is to become 'void'"):
            read(with_schema({**members, "n.npy": number.getvalue()}, schema))
        assert peak() < 1 << 23

    def test_trees_that_double_at_every_level(self, members, schema):
        def pair(level, content):
            return {
                "__class__": "list",
                "__module__": "builtins",
                "__loader__": "ListNode",
                "__id__": level,
                "content": content,
            }

        tree = pair(1, [])
        for level in range(2, 60):
            tree = pair(level, [tree, {"__loader__": "ListNode", "__id__": level - 1}])
        attribute(schema, "history_").clear()
        attribute(schema, "history_").update(tree)
        with pytest.raises(ValueError, match="cannot be read"):
            read(with_schema(members, schema))

    def test_arrays_that_are_read_again_and_again(self, members, schema):
        weights = attribute(schema, "weights_")["content"]
        weights[1] = {**weights[0], "__id__": 1}
        with pytest.raises(ValueError, match="share the bytes"):
            read(with_schema(members, schema))

    def test_deep_trees(self, members):
        with pytest.raises(ValueError, match="cannot be read"):
            read(zipped({**members, "schema.json": "[" * 10**6}))

    def test_members_of_one_name(self, members):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            with pytest.warns(UserWarning, match="Duplicate"):
                archive.writestr(name, content)
        with pytest.raises(ValueError, match="equal names"):
            read(buffer.getvalue())

    @pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_unusual_compression(self, compression, members):
        with pytest.raises(ValueError, match="unusual"):
            read(zipped(members, compression))


class Canary:
    """What, unpickled, leaves a file behind."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


def function(module, name):
    return {"__class__": name, "__module__": module, "__loader__": "FunctionNode", "__id__": 1}


def call(module, name, argument):
    """What would call a function with a text, would skops build it."""
    arguments = {
        "__class__": "tuple",
        "__module__": "builtins",
        "__loader__": "TupleNode",
        "__id__": 2,
        "content": [
            {
                "__class__": "str",
                "__module__": "builtins",
                "__loader__": "JsonNode",
                "content": json.dumps(argument),
                "is_json": True,
                "__id__": 3,
            }
        ],
    }
    return {
        "__class__": name,
        "__module__": module,
        "__loader__": "ConstructorFromReduceNode",
        "content": arguments,
        "__id__": 4,
    }


class TestCode:
    """No code that a file names is run, by read_estimator and by skops with our types."""

    def check(self, content, canary):
        for load in (read, lambda it: skops_io.loads(it, trusted=TRUSTED_TYPES)):
            with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
                load(content)
        assert not canary.exists()

    @pytest.mark.parametrize("name", ["architecture", "architecture_", "random_state", "classes_"])
    @pytest.mark.parametrize("code", [function("os", "system"), function("builtins", "eval")])
    def test_functions(self, name, code, members, schema, tmp_path):
        attribute(schema, name).clear()
        attribute(schema, name).update(code)
        self.check(with_schema(members, schema), tmp_path / "canary")

    @pytest.mark.parametrize(("module", "name"), [("os", "system"), ("builtins", "exec")])
    def test_calls(self, module, name, members, schema, tmp_path):
        attribute(schema, "history_").clear()
        attribute(schema, "history_").update(call(module, name, f"touch {tmp_path}/canary"))
        self.check(with_schema(members, schema), tmp_path / "canary")

    def test_pickles_in_arrays(self, members, schema, tmp_path):
        canary = tmp_path / "canary"
        buffer = io.BytesIO()
        np.save(buffer, np.array([Canary(canary)], dtype=object), allow_pickle=True)
        kernel = attribute(schema, "weights_")["content"][0]["file"]
        self.check(zipped({**members, kernel: buffer.getvalue()}), canary)

    def test_loaders_of_code(self, members, schema):
        for loader in ("MethodNode", "PartialNode", "OperatorFuncNode", "ReduceNode", "LossNode"):
            for place in range(0, 60, 7):
                altered = copy.deepcopy(schema)
                list(nodes(altered))[place]["__loader__"] = loader
                with pytest.raises(ValueError, match=f"'{loader}' is no part of a file"):
                    read(with_schema(members, altered))

    def test_keras_layers_are_no_types_of_a_file(self, members, schema):
        node = attribute(schema, "architecture_")
        node["__module__"], node["__class__"] = "keras.layers", "Lambda"
        with pytest.raises(ValueError, match=r"not trusted.*keras.layers.Lambda"):
            read(with_schema(members, schema))


def test_generators_are_inside_their_memory(members, schema):
    """NumPy takes any position, and crashes the process when it draws."""
    state = attribute(schema, "random_state")["content"]["content"]["state"]
    state["content"]["pos"].update({"content": str(10**9), "__id__": 1})
    altered = with_schema(members, schema)
    with pytest.raises(ValueError, match="stands at position 1000000000"):
        read(altered)
    with pytest.raises(ValueError, match="position of random_state is 1000000000"):
        skops_io.loads(altered, trusted=TRUSTED_TYPES)


def stored(classifier, attributes):
    """The state of a classifier with other attributes; those that are `...` are left out."""
    state = {**classifier.__getstate__(), **attributes}
    return {name: value for name, value in state.items() if value is not ...}


def altered_weights(classifier, change):
    first, *others = classifier.weights_
    return (change(first), *others)


ALTERATIONS = {
    "architecture_": lambda c: MLP((10**12,)),
    "hidden_layer_sizes": lambda c: {"architecture_": MLP((16,) * 10**4)},
    "no array": lambda c: {"weights_": (*c.weights_[:-1], "a")},
    "finite": lambda c: {"weights_": altered_weights(c, lambda w: w * np.nan)},
    "shapes": lambda c: {"weights_": altered_weights(c, lambda w: w.T)},
    "float64": lambda c: {"weights_": altered_weights(c, lambda w: w.astype(float))},
    "object": lambda c: {"weights_": altered_weights(c, lambda w: w.astype(object))},
    "fewer": lambda c: {"weights_": c.weights_[:-1]},
    "no weights": lambda c: {"weights_": ()},
    "unsorted": lambda c: {"classes_": c.classes_[::-1]},
    "repeated": lambda c: {"classes_": c.classes_ * 0},
    "one class": lambda c: {"classes_": c.classes_[:1]},
    "more classes": lambda c: {"classes_": np.arange(11)},
    "table of classes": lambda c: {"classes_": c.classes_[:, np.newaxis]},
    "mixed classes": lambda c: {"classes_": np.array([1, "a"] * 5, dtype=object)},
    "objects": lambda c: {"classes_": np.array([Canary("x")] * 10, dtype=object)},
    "image_shape_": lambda c: {"image_shape_": (8, 9, 1)},
    "huge image": lambda c: {"image_shape_": (10**9, 10**9, 1), "n_features_in_": 10**18},
    "flat image": lambda c: {"image_shape_": (64,)},
    "negative image": lambda c: {"image_shape_": (-8, -8, 1)},
    "text image": lambda c: {"image_shape_": "881"},
    "n_features_in_": lambda c: {"n_features_in_": 63},
    "feature_names_in_": lambda c: {"feature_names_in_": np.array(["a"])},
    "dtype": lambda c: {"_network_dtype": "int8"},
    "list as dtype": lambda c: {"_network_dtype": []},
    "shift": lambda c: {"prediction_shift": 10**6},
    "history_": lambda c: {"history_": {"loss": ["a"]}},
    "history list": lambda c: {"history_": [1.0]},
    "class as architecture": lambda c: {"architecture_": MLP},
    "text as architecture": lambda c: {"architecture_": "mlp"},
    "no architecture": lambda c: {"architecture_": ...},
    "no classes": lambda c: {"classes_": ...},
    "method": lambda c: {"predict": 1},
    "number as name": lambda c: {7: 1},
    "format": lambda c: {"_format": "1"},
    "no format": lambda c: {"_format": ...},
    "continuation": lambda c: {"_continuation": {"slots": ()}},
    "slots": lambda c: {"_continuation": {**c.__getstate__()["_continuation"], "slots": ["a"]}},
    "updates": lambda c: {"_continuation": {**c.__getstate__()["_continuation"], "n_updates": -1}},
    "generator": lambda c: {"_continuation": {**c.__getstate__()["_continuation"], "generator": 0}},
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_states_that_do_not_fit_together(name, classifier):
    changes = ALTERATIONS[name](classifier)
    changes = changes if isinstance(changes, dict) else {name: changes}
    with pytest.raises(ValueError, match=r"not sound|cannot be built"):
        KerasDigitClassifier().__setstate__(stored(classifier, changes))


def test_states_that_are_no_states():
    for state in (None, [], "a", 1):
        with pytest.raises(ValueError, match="not sound: state"):
            KerasDigitClassifier().__setstate__(state)


@pytest.mark.parametrize(
    ("architecture", "parameter", "value"),
    [
        (MLP((16,)), "hidden_layer_sizes", "[1000000000000]"),
        (MLP((16,)), "dropout", "1e308"),
        (ConvNet([2], hidden_layer_sizes=()), "kernel_size", "1000000"),
        (ConvNet([2], hidden_layer_sizes=()), "filters", "[[]]"),
        (ConvNet([2], hidden_layer_sizes=()), "pool_size", "1"),
        (SpikingNet((2,), n_steps=2), "n_steps", "1000000000"),
        (SpikingNet((2,), n_steps=2), "decay", "NaN"),
    ],
    ids=repr,
)
def test_architectures_that_do_not_fit_the_weights(architecture, parameter, value, X, y):
    """Refused before Keras builds anything, by read_estimator and by skops."""
    members = unzipped(saved(small(architecture=architecture, epochs=1).fit(X, y)))
    schema = schema_of(members)
    node = attribute(attribute(schema, "architecture_"), parameter)
    node.clear()
    node.update(
        {
            "__class__": "str",
            "__module__": "builtins",
            "__loader__": "JsonNode",
            "content": value,
            "is_json": True,
            "__id__": 1,
        }
    )
    altered = with_schema(members, schema)
    for load in (read, lambda it: skops_io.loads(it, trusted=TRUSTED_TYPES)):
        with pytest.raises(ValueError, match=r"not sound|cannot be built"):
            load(altered)


def test_forged_fingerprints_borrow_no_program(X, y):
    """Programs are shared between networks that are computed alike, whatever a file says."""
    relu, tanh = (small(architecture=MLP((16,), activation=a)).fit(X, y) for a in ("relu", "tanh"))
    expected = relu.predict_proba(X)
    tanh.predict_proba(X)
    state = {**relu.__getstate__(), "_network_fingerprint": tanh._network_.fingerprint}
    forged = KerasDigitClassifier()
    forged.__setstate__(state)
    assert_array_equal(forged.predict_proba(X), expected)


def test_slots_of_another_network_end_in_an_error(classifier, X, y):
    continuation = classifier.__getstate__()["_continuation"]
    for slots in (continuation["slots"][:-1], continuation["slots"][::-1]):
        altered = KerasDigitClassifier()
        altered.__setstate__(
            stored(classifier, {"_continuation": {**continuation, "slots": slots}})
        )
        with pytest.raises(ValueError, match=r"shorter|[Ss]hape"):
            altered.partial_fit(X, y)


@pytest.mark.parametrize(
    "changes",
    [
        {"pixel_range_": "ab"},
        {"pixel_range_": ("0", "1")},
        {"pixel_range_": (0, np.nan)},
        {"feature_range": (1, 0)},
    ],
)
def test_scalers_are_checked_too(changes, X, y):
    pipeline = make_pipeline(PixelScaler(), small()).fit(X, y)
    with pytest.raises(ValueError, match=r"(pixel|feature)_range"):
        PixelScaler().__setstate__({**pipeline[0].__getstate__(), **changes})


def test_files_of_something_else(members):
    content = zipped(
        {**unzipped(skops_io.dumps([1, 2])), "skdigits.json": members["skdigits.json"]}
    )
    with pytest.raises(ValueError, match="no estimator"):
        read(content)
    with pytest.raises(ValueError, match=r"no skdigits.json, which save_estimator writes"):
        read(skops_io.dumps(small()))
    with pytest.raises(ValueError, match=r"no schema\.json"):
        read(zipped({"skdigits.json": members["skdigits.json"]}))


@pytest.mark.parametrize(
    "values",
    [
        "[]",
        "{}",
        '{"format": "1", "versions": {}}',
        '{"format": 0, "versions": {}}',
        '{"format": 1, "versions": {"a": 1}}',
        "[" * 10**5,
    ],
)
def test_altered_information(values, members):
    with pytest.raises(ValueError, match="cannot be read"):
        read(zipped({**members, "skdigits.json": values}))
