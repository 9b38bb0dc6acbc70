"""Sound files of estimators turned into damaged and hostile ones, and how reading them ends."""

import copy
import io
import json
import random
from functools import wraps
from importlib import resources

import numpy as np
from saved_files import (
    node_of,
    nodes,
    saved,
    schema_of,
    set_attribute,
    unzipped,
    with_schema,
    zipped,
)
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from small_lines import line_pictures
from small_readers import written

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP, ConvNet, SpikingNet
from skdigits.augmentation import RandomAffine
from skdigits.persistence import read_estimator
from skdigits.preprocessing import DigitFramer
from skdigits.reading import DigitStringRecognizer

# What an attacker might write in the place of a value.
HOSTILE = [
    None, True, -1, 0, 1, 2, 7, 10**6, 10**12, 10**400, 0.5, 1e308, float("nan"), "", "a", "relu",
    "threshold", "__class__", "os.system", "eval", [], {}, [[]], "null", "[]", "{}", "NaN", "-1",
    "1000000", "1e400", '"float64"', "true", "[1, 2]", '"x"', "1" * 5000,
]  # fmt: skip
NAMES = [
    "builtins", "os", "posix", "subprocess", "numpy", "sklearn.base", "skdigits._classifier",
    "keras", "eval", "exec", "system", "Popen", "dict", "list", "tuple", "str", "int",
    "ndarray", "void", "object", "KerasDigitClassifier", "PixelScaler", "MLP", "ConvNet",
    "SpikingNet", "Lambda",
    "DictNode", "ListNode", "TupleNode", "JsonNode", "NdArrayNode", "ObjectNode", "TypeNode",
    "FunctionNode", "MethodNode", "PartialNode", "OperatorFuncNode", "BytesNode", "SetNode",
    "SliceNode", "RandomStateNode", "RandomGeneratorNode", "SparseMatrixNode", "CachedNode",
    "TreeNode", "ReduceNode", "ConstructorFromReduceNode", "DTypeNode", "MaskedArrayNode",
]  # fmt: skip

ATTRIBUTES = [
    "_network_", "_continuation", "_skl_callbacks", "_parent_callback_ctx", "_metadata_request",
    "_sklearn_output_config", "_parameter_constraints", "_format", "_x", "memory", "n_iter_",
    "best_epoch_", "architecture_", "architecture", "weights_", "classes_", "history_",
    "random_state", "n_features_in_", "pixel_range_", "feature_range", "steps", "estimator", "cv",
    "predict", "x_",
]  # fmt: skip
ATTRIBUTE_VALUES = [
    None, True, -1, 0, 1, 10**9, 0.5, float("nan"), "x", "/tmp", [], {}, [1], [[]], {"file": 1},
    {1: 2.0}, (0, 1), ("a", "b"), {1, 2}, str, slice(3),
]  # fmt: skip


def flip_bytes(content, chance):
    flipped = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 8, 64])):
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def cut(content, chance):
    start = chance.randrange(len(content))
    stop = chance.choice([len(content), min(len(content), start + chance.randrange(1, 200))])
    return content[:start] + content[stop:]


def double(content, chance):
    start = chance.randrange(len(content))
    return content + content[start : start + chance.randrange(1, 5000)]


def flip_member(content, chance):
    members = unzipped(content)
    name = chance.choice(list(members))
    return zipped({**members, name: flip_bytes(members[name], chance)})


def swap_members(content, chance):
    members = unzipped(content)
    one, other = chance.sample(list(members), 2)
    return zipped({**members, one: members[other]})


def drop_member(content, chance):
    members = unzipped(content)
    del members[chance.choice(list(members))]
    return zipped(members)


def replace_array(content, chance):
    members = unzipped(content)
    name = chance.choice([name for name in members if name.endswith(".npy")])
    array = chance.choice(
        [
            np.zeros((chance.randrange(70), chance.randrange(20)), np.float32),
            np.full(chance.randrange(1, 100), np.nan, np.float32),
            np.arange(chance.randrange(1000)),
            np.array(10**12),
            np.array(["a", "b"] * chance.randrange(9)),
            np.zeros(chance.randrange(9), "datetime64[s]"),
            np.zeros(3, [("a", "f4"), ("b", "i4")]),
        ]
    )
    buffer = io.BytesIO()
    np.save(buffer, array)
    return zipped({**members, name: buffer.getvalue()})


def enlarge_header(content, chance):
    """Let an array claim a shape or a dtype that its bytes do not fill."""
    members = unzipped(content)
    name = chance.choice([name for name in members if name.endswith(".npy")])
    array = np.load(io.BytesIO(members[name]))
    shape = tuple(chance.choice([size, 10**9, 10**18, 0]) for size in array.shape) or (10**12,)
    descr = chance.choice(["<f4", "<f8", "|V1000000000", "<U100000000", "|O"])
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return zipped({**members, name: header.getvalue() + array.tobytes()})


def of_schema(alter):
    """Make a mutation of a file of what alters its schema."""

    @wraps(alter)
    def mutation(content, chance):
        members = unzipped(content)
        schema = schema_of(members)
        alter(schema, chance)
        try:
            return with_schema(members, schema)
        except RecursionError:
            deep_list = "[" * 100_000
            return zipped({**members, "schema.json": deep_list})

    return mutation


@of_schema
def replace_value(schema, chance):
    """Replace a value of the schema, anywhere."""
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        node = chance.choice(list(nodes(schema)))
        key = chance.choice(list(node))
        node[key] = chance.choice(NAMES if key.startswith("__") else HOSTILE)


@of_schema
def replace_plain_value(schema, chance):
    """Replace a number or text by one that is sound in itself."""
    node = chance.choice([node for node in nodes(schema) if node["__loader__"] == "JsonNode"])
    node["content"] = json.dumps(chance.choice(HOSTILE))
    node["__id__"] = chance.randrange(10**6)


@of_schema
def exchange_nodes(schema, chance):
    """Put a part of the tree, or all of it, in the place of another one."""
    everywhere = list(nodes(schema))
    one, other = chance.choice(everywhere), copy.deepcopy(chance.choice(everywhere))
    if chance.random() < 0.5:
        other = {"__id__": other["__id__"], "__loader__": chance.choice(NAMES)}
    one.clear()
    one.update(other)


@of_schema
def nest(schema, chance):
    """Make a tree deep, or let it refer to itself."""
    node = chance.choice(list(nodes(schema)))
    deep = copy.deepcopy(node)
    for depth in range(chance.choice([30, 300, 3000])):
        deep = {
            "__class__": "list",
            "__module__": "builtins",
            "__loader__": "ListNode",
            "__id__": chance.choice([10**6 + depth, node["__id__"]]),
            "content": [deep, {"__id__": 10**6 + depth - 1, "__loader__": "ListNode"}],
        }
    node.clear()
    node.update(deep)


@of_schema
def drop_key(schema, chance):
    node = chance.choice(list(nodes(schema)))
    del node[chance.choice(list(node))]


@of_schema
def drop_attribute(schema, chance):
    attributes = [n for n in nodes(schema) if n["__loader__"] == "DictNode" and n["content"]]
    node = chance.choice(attributes)
    name = chance.choice(list(node["content"]))
    position = list(node["content"]).index(name)
    value = node["content"].pop(name)
    if chance.random() < 0.5:
        node["content"][chance.choice(["predict", "_logits", "x", "weights_", "steps"])] = value
    else:
        del node["key_types"]["content"][position]


@of_schema
def add_field(schema, chance):
    """Give a node a field that its kind does not have, where another tree may hide."""
    everywhere = list(nodes(schema))
    node, hidden = chance.choice(everywhere), copy.deepcopy(chance.choice(everywhere))
    name = chance.choice(["file", "content", "attrs", "args", "__reduce__", "protocol", "x"])
    node[name] = chance.choice([hidden, {"file": hidden}, [hidden], *HOSTILE])


@of_schema
def set_attributes(schema, chance):
    """Set attributes that an estimator keeps to itself, or that its classes have."""
    everywhere = list(nodes(schema))
    objects = [node for node in everywhere if node["__loader__"] == "ObjectNode"]
    value = copy.deepcopy(chance.choice(everywhere))
    if chance.random() < 0.5:
        value = node_of(chance.choice(ATTRIBUTE_VALUES))
    set_attribute(chance.choice(objects), chance.choice(ATTRIBUTES), value)


MUTATIONS = [
    flip_bytes,
    cut,
    double,
    flip_member,
    swap_members,
    drop_member,
    replace_array,
    enlarge_header,
    replace_value,
    replace_plain_value,
    exchange_nodes,
    nest,
    drop_key,
    drop_attribute,
    add_field,
    set_attributes,
]


def mutated(files, number, seed=0, mutations=MUTATIONS):
    """Name the mutation of a number, and make its file: they come in turn, all else by chance."""
    chance = random.Random(f"{seed} {number}")
    mutation = mutations[number % len(mutations)]
    return mutation.__name__, mutation(chance.choice(files), chance)


def sound_files():
    """Small files of classifiers, alone, in pipelines and in a search; the bundled recognizer's."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:60] / 16, y[:60]
    small = {"epochs": 1, "batch_size": 64}
    dense = KerasDigitClassifier(
        MLP((4,)), random_state=np.random.RandomState(0), augmentation=RandomAffine(), **small
    )
    convolving = KerasDigitClassifier(
        ConvNet([2], hidden_layer_sizes=(3,)), random_state=0, **small
    )
    spiking = KerasDigitClassifier(SpikingNet((2,), n_steps=2), random_state=0, **small)
    search = GridSearchCV(
        make_pipeline(PixelScaler(), KerasDigitClassifier(MLP((4,)), random_state=0, **small)),
        {"kerasdigitclassifier__learning_rate": [0.01]},
        cv=2,
    )
    framing = make_pipeline(DigitFramer(), PixelScaler(), clone(dense))
    return [
        saved(dense.partial_fit(X, y, classes=range(10))),
        saved(convolving.fit(X, y)),
        saved(make_pipeline(PixelScaler(), spiking).fit(X, y)),
        saved(search.fit(X, y)),
        saved(framing.fit(written()[0][:20], written()[1][:20])),
        resources.files("skdigits.reading").joinpath("lines.skops").read_bytes(),
    ]


def warm_up(files, images):
    """Import what is imported when it is first used."""
    repr(KerasDigitClassifier())
    for content in files:
        outcome(content, images)


def outcome(content, images):
    """Say how reading and predicting end; errors of other kinds than ValueError go through."""
    try:
        estimator = read_estimator(io.BytesIO(content))
    except ValueError:
        return "refused"
    if isinstance(estimator, DigitStringRecognizer):
        return predicting(lambda: estimator.predict(line_pictures(1)[0]), 1)
    if not is_classifier(estimator) or not hasattr(estimator, "predict_proba"):
        return "another estimator"
    frames = isinstance(estimator, Pipeline) and isinstance(estimator[0], DigitFramer)
    given = written()[0][:5] if frames else images
    return predicting(lambda: estimator.predict_proba(given), len(given))


def predicting(predict, n_rows):
    try:
        predicted = predict()
    except ValueError:
        return "read, and refused to predict"
    assert len(predicted) == n_rows, predicted.shape
    return "read"
