"""The kinds of nodes that a file is made of, and the fields that skops writes for each.

A kind of field is a function that checks the value of a field, and returns its plain content and
the nodes that it contains.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any

Node = dict[str, Any]
Content = tuple[Hashable, list[Node]]
Kind = Callable[[Any], Content]


def _require(condition: bool, value: Any, expected: str) -> None:
    if not condition:
        raise ValueError(f"it has a {type(value).__name__} in the place of {expected}")


def _node(value: Any) -> Content:
    return None, [value]


def _nodes(value: Any) -> Content:
    _require(isinstance(value, list), value, "a list of nodes")
    return None, value


def _named_nodes(value: Any) -> Content:
    _require(isinstance(value, dict), value, "nodes by name")
    return tuple(value), list(value.values())


def _parts(*names: str) -> Kind:
    def parts(value: Any) -> Content:
        _require(isinstance(value, dict) and value.keys() == {*names}, value, f"{names}")
        return None, [value[name] for name in names]

    return parts


def _text(value: Any) -> Content:
    _require(isinstance(value, str), value, "a text")
    return value, []


def _name_of_member(value: Any) -> Content:
    """Ignore the name: equal arrays may be stored separately."""
    _require(isinstance(value, str), value, "the name of a member")
    return None, []


def _scalar(value: Any) -> Content:
    """Check JSON in a text, which skops reads, too, and which could be a tree of any size."""
    _require(isinstance(value, str) and value.lstrip()[:1] not in "[{", value, "a plain value")
    json.loads(value)
    return value, []


def _whole(value: Any) -> Content:
    _require(type(value) is int, value, "a whole number")
    return value, []


def _true(value: Any) -> Content:
    _require(value is True, value, "true")
    return None, []


def _bounds(value: Any) -> Content:
    names = ("start", "stop", "step")
    is_sound = isinstance(value, dict) and value.keys() == {*names}
    is_sound = is_sound and all(bound is None or type(bound) is int for bound in value.values())
    _require(is_sound, value, "the bounds of a slice")
    return tuple(value[name] for name in names), []


# Left out are archives within the archive, code to call, references to other nodes, and generators
# whose state can point beyond their memory.
FIELDS: Mapping[str, Mapping[str, Kind]] = {
    "DefaultDictNode": {"content": _parts("main", "default_factory")},
    "DictNode": {"content": _named_nodes, "key_types": _node},
    "DTypeNode": {"content": _node},
    "FunctionNode": {},
    "JsonNode": {"content": _scalar, "is_json": _true},
    "ListNode": {"content": _nodes},
    "MaskedArrayNode": {"content": _parts("data", "mask")},
    "NdArrayNode": {"type": _text, "file": _name_of_member},
    "NdArrayNode of objects": {"type": _text, "content": _nodes, "shape": _node},
    "ObjectNode": {"content": _node},
    "RandomStateNode": {"content": _node},
    "SetNode": {"content": _nodes},
    "SliceNode": {"content": _bounds},
    "TupleNode": {"content": _nodes},
    "TypeNode": {},
}
# What the first node has beside these.
ROOT_FIELDS: Mapping[str, Kind] = {"protocol": _whole, "_skops_version": _text}

# What the nodes of a kind become. Those of objects, functions and types are what skops trusts.
TYPES: Mapping[str, Collection[str]] = {
    "DefaultDictNode": {"collections.defaultdict"},
    "DictNode": {"builtins.dict", "collections.OrderedDict", "sklearn.utils._bunch.Bunch"},
    "DTypeNode": {"numpy.dtype"},
    "JsonNode": {"builtins.str"},
    "ListNode": {"builtins.list"},
    "MaskedArrayNode": {"numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray"},
    "NdArrayNode of objects": {"numpy.ndarray"},
    "RandomStateNode": {"numpy.random.mtrand.RandomState", "numpy.random.RandomState"},
    "SetNode": {"builtins.set"},
    "SliceNode": {"builtins.slice"},
    "TupleNode": {"builtins.tuple"},
}
