"""Nothing in a file is trusted: it ends in an estimator that predicts, or in a ValueError."""

import io
import json
import pickle

import numpy as np
import pytest
from audited import watched
from file_mutations import mutated, outcome, sound_files, warm_up
from numpy.testing import assert_array_equal
from saved_files import attribute, saved, schema_of, unzipped, with_schema, zipped
from small_networks import small

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
def files(digits):
    files = sound_files()
    warm_up(files, digits[0][:5] / 16)
    return files


@pytest.mark.filterwarnings("ignore")  # Altered versions and figures bring all kinds of warnings.
@pytest.mark.parametrize("start", range(0, 700, 100))
def test_hundreds_of_altered_files(start, files, digits):
    images = digits[0][:5] / 16
    with watched() as reports:
        ends = {outcome(mutated(files, i)[1], images) for i in range(start, start + 100)}
    assert {"read", "refused"} <= ends
    assert reports == []


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
    with pytest.raises(ValueError, match="damaged, or was not written by save_estimator"):
        read(pickle.dumps(classifier))


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

    def test_keras_layers_are_no_types_of_a_file(self, members, schema):
        node = attribute(schema, "architecture_")
        node["__module__"], node["__class__"] = "keras.layers", "Lambda"
        with pytest.raises(ValueError, match=r"not trusted.*keras.layers.Lambda"):
            read(with_schema(members, schema))


def test_files_of_something_else(members):
    content = zipped(
        {**unzipped(skops_io.dumps([1, 2])), "skdigits.json": members["skdigits.json"]}
    )
    with pytest.raises(ValueError, match="not an estimator"):
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
