"""What skops is told to build is checked node by node, whatever the nodes are called."""

import copy
import io
import json
import tracemalloc

import numpy as np
import pytest
from saved_files import (
    attribute,
    node_of,
    nodes,
    renumbered,
    saved,
    schema_of,
    set_attribute,
    unzipped,
    with_schema,
    zipped,
)
from small_networks import small

from skdigits.persistence import TRUSTED_TYPES, read_estimator

skops_io = pytest.importorskip("skops.io")

# The memory of a random number generator.
KEY = np.random.RandomState(0).get_state()[1]


def read(content, **options):
    return read_estimator(io.BytesIO(content), **options)


@pytest.fixture(scope="module")
def sound_members(X, y):
    classifier = small(random_state=np.random.RandomState(0))
    return unzipped(saved(classifier.partial_fit(X, y, classes=range(10))))


@pytest.fixture
def members(sound_members):
    return dict(sound_members)


@pytest.fixture
def schema(members):
    return schema_of(members)


def doubling(n_levels):
    """A list of two lists of two lists: each second one only refers to the first."""
    tree = node_of([])
    for _ in range(n_levels):
        pair = node_of([])
        pair["content"] = [tree, {"__loader__": "ListNode", "__id__": tree["__id__"]}]
        tree = pair
    return tree


def array(value):
    buffer = io.BytesIO()
    np.save(buffer, value)
    return buffer.getvalue()


def array_node(name, kind="ndarray"):
    return renumbered(
        {
            "__class__": kind,
            "__module__": "numpy",
            "__loader__": "NdArrayNode",
            "type": "numpy",
            "file": name,
        }
    )


class TestFields:
    """The kind of a node says which fields it has."""

    @pytest.mark.parametrize("name", ["file", "__id__", "type", "content", "x"])
    def test_names_of_attributes_hide_nothing(self, name, members, schema):
        """The attack: what stood under the name "file" was not inspected."""
        class_weight = node_of({name: 1.0})
        class_weight["content"][name] = doubling(10)
        set_attribute(schema, "class_weight", class_weight)
        with pytest.raises(ValueError, match="a ListNode has the fields"):
            read(with_schema(members, schema))

    def test_twins_are_inspected(self, members, schema):
        """skops builds what comes first, and gives it to all nodes of its identity."""
        generator = attribute(schema, "random_state")
        twin = renumbered(generator)
        twin["content"]["content"]["state"]["content"]["pos"]["content"] = str(10**7)
        twin["__id__"] = generator["__id__"]
        set_attribute(schema, "class_weight", node_of({"file": 1.0}))
        attribute(schema, "class_weight")["content"]["file"] = twin
        with pytest.raises(ValueError, match="is at position 10000000"):
            read(with_schema(members, schema))

    @pytest.mark.parametrize("field", ["file", "attrs", "content", "x"])
    def test_fields_beside_those_of_the_kind(self, field, members, schema):
        for place, node in enumerate(list(nodes(schema))[::9]):
            if field in node:
                continue
            altered = copy.deepcopy(schema)
            list(nodes(altered))[::9][place][field] = node_of(1)
            with pytest.raises(ValueError, match=f"a {node['__loader__']}.* has the fields"):
                read(with_schema(members, altered))

    def test_fields_that_are_missing(self, members, schema):
        for place, node in enumerate(list(nodes(schema))[::9]):
            for field in node:
                altered = copy.deepcopy(schema)
                del list(nodes(altered))[::9][place][field]
                with pytest.raises(ValueError, match=r"has the fields|not part of a file"):
                    read(with_schema(members, altered))

    @pytest.mark.parametrize("value", [None, 1, "a", [], {}, [1], {"a": 1}, True])
    @pytest.mark.parametrize("field", ["__class__", "__module__", "__id__", "content", "type"])
    def test_fields_of_another_kind(self, field, value, members, schema):
        for place, node in enumerate(list(nodes(schema))[::9]):
            is_sound = type(node.get(field)) is type(value) and field != "type"
            if field not in node or is_sound:
                continue
            altered = copy.deepcopy(schema)
            list(nodes(altered))[::9][place][field] = value
            with pytest.raises(ValueError, match="cannot be read"):
                read(with_schema(members, altered))

    def test_loaders_of_code(self, members, schema):
        for loader in ("MethodNode", "PartialNode", "OperatorFuncNode", "ReduceNode", "LossNode"):
            for place in range(0, 60, 7):
                altered = copy.deepcopy(schema)
                list(nodes(altered))[place]["__loader__"] = loader
                with pytest.raises(ValueError, match=f"'{loader}' is not part of a file"):
                    read(with_schema(members, altered))

    def test_references_to_other_nodes(self, members, schema):
        identity = attribute(schema, "weights_")["__id__"]
        cached = {"__class__": None, "__module__": None, "__loader__": "CachedNode"}
        attribute(schema, "history_")["content"]["loss"] = {**cached, "__id__": identity}
        with pytest.raises(ValueError, match="'CachedNode' is not part of a file"):
            read(with_schema(members, schema))

    @pytest.mark.parametrize("kind", ["accuracy_score", "log_loss"])
    @pytest.mark.parametrize("value", [[1, 2], (1, 2), {"a": 1}, {1, 2}])
    def test_containers_become_containers(self, kind, value, members, schema):
        """skops would call a function that is trusted with the content."""
        node = node_of(value)
        node["__class__"], node["__module__"] = kind, "sklearn.metrics._classification"
        set_attribute(schema, "class_weight", node)
        with pytest.raises(ValueError, match=f"is to become 'sklearn.*{kind}'"):
            read(with_schema(members, schema))

    def test_dictionaries_say_of_which_types_their_keys_are(self, members, schema):
        for change in (list.pop, lambda types: types.append(node_of(1)), list.clear):
            altered = copy.deepcopy(schema)
            change(attribute(altered, "history_")["key_types"]["content"])
            with pytest.raises(ValueError, match="does not contain the types of its keys"):
                read(with_schema(members, altered))


class TestTrees:
    def test_that_double_at_every_level(self, members, schema):
        set_attribute(schema, "history_", doubling(60))
        with pytest.raises(ValueError, match="a ListNode has the fields"):
            read(with_schema(members, schema))

    def test_that_are_different_and_have_one_identity(self, members, schema):
        one, other = node_of([1.0]), node_of([2.0])
        other["__id__"] = one["__id__"]
        attribute(schema, "history_")["content"].update(loss=one, accuracy=other)
        with pytest.raises(ValueError, match="different objects have the identity"):
            read(with_schema(members, schema))

    def test_that_are_deep(self, members, schema):
        tree = node_of([])
        for _ in range(150):
            outer = node_of([])
            outer["content"] = [tree]
            tree = outer
        set_attribute(schema, "class_weight", tree)
        with pytest.raises(ValueError, match="nested more than 120 levels deep"):
            read(with_schema(members, schema))

    @pytest.mark.parametrize("text", ["[" * 10**6, '{"":' * 10**5, '[{"":' * 10**5])
    def test_that_are_deeper_than_json_goes(self, text, members):
        with pytest.raises(ValueError, match="cannot be read"):
            read(zipped({**members, "schema.json": text}))

    @pytest.mark.parametrize("value", ['{"": {}}', "{}", "[]", "1", '{"":[]}'])
    def test_that_are_wide(self, value, members, peak):
        """61 kB, packed, that would take a GB."""
        text = "[" + ",".join([value] * ((1 << 24) // (len(value) + 1) - 1)) + "]"
        content = zipped({**members, "schema.json": text})
        del text
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        with pytest.raises(ValueError, match=r"schema.json of [0-9,]* values, more than max_bytes"):
            read(content)
        assert peak() - before < 3 << 24

    def test_that_stand_in_texts(self, members, schema, peak):
        """skops reads the JSON in a text, too."""
        value = node_of(1)
        value["content"] = "[" + ",".join(["{}"] * 10**6) + "]"
        set_attribute(schema, "verbose", value)
        content = with_schema(members, schema)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        with pytest.raises(ValueError, match="in the place of a plain value"):
            read(content, max_bytes=1 << 40)
        assert peak() - before < 1 << 25

    @pytest.mark.parametrize("text", [" [1]", "\n{}", "", " ", "1" * 5000, "a", "[", "1 2"])
    def test_texts_hold_plain_values(self, text, members, schema):
        set_attribute(schema, "verbose", {**node_of(1), "content": text})
        with pytest.raises(ValueError, match="cannot be read"):
            read(with_schema(members, schema))

    def test_texts_of_other_encodings(self, members):
        text = members["schema.json"].decode()
        for encoding in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig"):
            with pytest.raises(ValueError, match="cannot be read"):
                read(zipped({**members, "schema.json": text.encode(encoding)}))

    def test_that_need_more_are_read_if_they_are_expected(self, X, y, monkeypatch):
        from skdigits.persistence import _schema

        content = saved(small().fit(X, y))
        monkeypatch.setattr(_schema, "_MOST_VALUES", 100)
        with pytest.raises(ValueError, match=r"values, more than max_bytes=1,024 allows.*raise"):
            check_with(content, 1024)
        check_with(content, 1 << 30)


def check_with(content, max_bytes):
    from skdigits.persistence._schema import check_schema

    check_schema(unzipped(content), max_bytes)


class TestArrays:
    def test_that_claim_to_be_large(self, members, schema, peak):
        kernel = attribute(schema, "weights_")["content"][0]["file"]
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": "<f4", "fortran_order": False, "shape": (10**12, 16)}
        )
        altered = zipped({**members, kernel: header.getvalue() + bytes(4096)})
        with pytest.raises(ValueError, match="declares an array of 64,000,000,000,000 bytes"):
            read(altered)
        assert peak() < 1 << 23

    @pytest.mark.parametrize("descr", ["|S0", "<U0"])
    def test_of_elements_that_take_no_bytes(self, descr, members, schema):
        """As a list they would take 8 bytes each."""
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": descr, "fortran_order": False, "shape": (10**12,)}
        )
        set_attribute(schema, "classes_", array_node("s.npy"))
        with pytest.raises(ValueError, match=r"array of dtype .* and shape"):
            read(with_schema({**members, "s.npy": header.getvalue()}, schema))

    def test_scalars_that_become_large(self, members, schema, peak):
        """numpy.void of a number is as many bytes."""
        set_attribute(schema, "n_iter_", array_node("n.npy", kind="void"))
        with pytest.raises(ValueError, match="is to become 'void'"):
            read(with_schema({**members, "n.npy": array(np.array(10**10))}, schema))
        assert peak() < 1 << 23

    def test_that_become_scalars(self, members, schema):
        set_attribute(schema, "n_iter_", array_node("n.npy", kind="float64"))
        with pytest.raises(ValueError, match="is to become 'float64'"):
            read(with_schema({**members, "n.npy": array(np.zeros(3))}, schema))

    def test_that_are_read_again_and_again(self, members, schema):
        weights = attribute(schema, "weights_")["content"]
        weights[1] = renumbered(weights[0])
        with pytest.raises(ValueError, match="share the bytes"):
            read(with_schema(members, schema))


class TestGenerators:
    """NumPy takes any position, and crashes the process when it draws."""

    @pytest.fixture
    def state(self, schema):
        generator = renumbered(attribute(schema, "random_state"))
        generator["content"]["content"]["state"]["content"]["key"]["file"] = "key.npy"
        set_attribute(schema, "random_state", generator)
        return generator["content"]["content"]

    def read(self, members, schema, key=KEY):
        return read(with_schema({**members, "key.npy": array(key)}, schema))

    def test_are_sound_as_they_are(self, members, schema, state):
        assert isinstance(self.read(members, schema).random_state, np.random.RandomState)

    @pytest.mark.parametrize("position", [10**9, 10**7, 625, -1, 1.0, True, None, "1"])
    def test_are_inside_their_memory(self, position, members, schema, state):
        state["state"]["content"]["pos"] = node_of(position)
        with pytest.raises(ValueError, match="is at position"):
            self.read(members, schema)
        altered = with_schema({**members, "key.npy": array(KEY)}, schema)
        if type(position) is int:
            with pytest.raises(ValueError, match=f"position of random_state is {position}"):
                skops_io.loads(altered, trusted=TRUSTED_TYPES)

    @pytest.mark.parametrize(
        "key", [np.zeros(623, np.uint32), np.zeros(624, np.int64), np.zeros((1, 624), np.uint32)]
    )
    def test_have_a_memory_of_their_size(self, key, members, schema, state):
        with pytest.raises(ValueError, match="memory of another size"):
            self.read(members, schema, key)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("bit_generator", "PCG64"),
            ("has_gauss", 10**9),
            ("gauss", float("nan")),
            ("gauss", "1"),
            ("state", 1),
            ("state", {}),
        ],
    )
    def test_have_a_state_that_they_can_take(self, name, value, members, schema, state):
        state[name] = node_of(value)
        with pytest.raises(ValueError, match="a random number generator"):
            self.read(members, schema)


def test_schemas_are_texts_of_nodes(members):
    for schema in (None, 1, "a", [], {}, [{}]):
        with pytest.raises(ValueError, match="not part of a file of this package"):
            read(zipped({**members, "schema.json": json.dumps(schema)}))
