"""What skops is told to build, checked before it builds anything.

skops sees to it that only trusted types are built. Here the sizes are checked: that no array claims
to be larger than its bytes, and that no part of the tree stands for many copies of another one.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

SCHEMA = "schema.json"
_MOST_BYTES = 1 << 24

# The kinds of nodes that estimators of scikit-learn and of this package are made of. Left out are
# archives within the archive, code to call, and generators whose state can point beyond their
# memory.
_LOADERS = {
    "DefaultDictNode",
    "DictNode",
    "DTypeNode",
    "FunctionNode",
    "JsonNode",
    "ListNode",
    "MaskedArrayNode",
    "NdArrayNode",
    "ObjectNode",
    "RandomStateNode",
    "SetNode",
    "SliceNode",
    "TupleNode",
    "TypeNode",
}
# Booleans, numbers and text. Others can be made to take any amount of memory.
_DTYPE_KINDS = "biufcUS"
_MERSENNE_TWISTER_SIZE = 624


def check_schema(members: Mapping[str, bytes]) -> None:
    """Refuse what would take more memory or time than the file has bytes.

    Raises
    ------
    ValueError
        Naming what is wrong.
    """
    if SCHEMA not in members:
        raise ValueError(f"it has no {SCHEMA}")
    if len(members[SCHEMA]) > _MOST_BYTES:
        raise ValueError(f"{SCHEMA} has more than {_MOST_BYTES:,} bytes")
    _Inspection(members).inspect(json.loads(members[SCHEMA]))


class _Inspection:
    def __init__(self, members: Mapping[str, bytes]) -> None:
        self._members = members
        self._objects: dict[Any, Any] = {}
        self._array_ids: dict[str, Any] = {}

    def inspect(self, value: Any) -> Any:
        """Check the nodes in a value, and return it without what differs between equal objects."""
        if isinstance(value, list):
            return [self.inspect(part) for part in value]
        if not isinstance(value, dict):
            return value
        anonymous = {
            name: self.inspect(part)
            for name, part in value.items()
            if name not in ("__id__", "file")
        }
        if "__loader__" in value or "__id__" in value:
            self._check_node(value, anonymous)
        return anonymous

    def _check_node(self, node: dict[str, Any], anonymous: dict[str, Any]) -> None:
        if node["__loader__"] not in _LOADERS:
            raise ValueError(f"{node['__loader__']!r} is no part of a file of this package")
        # Nodes of one identity are one object. skops writes it in full each time; nodes that only
        # referred to it could double the tree at every level.
        identity = node["__id__"]
        if self._objects.setdefault(identity, anonymous) != anonymous:
            raise ValueError(f"different objects have the identity {identity!r}")
        if node["__loader__"] == "NdArrayNode" and node["type"] == "numpy":
            self._check_array(node)
        elif node["__loader__"] == "RandomStateNode":
            _check_generator(node)

    def _check_array(self, node: dict[str, Any]) -> None:
        name = node["file"]
        if self._array_ids.setdefault(name, node["__id__"]) != node["__id__"]:
            raise ValueError(f"several arrays share the bytes of {name!r}")
        dtype = check_array_bytes(name, self._members[name])
        if node["__class__"] not in {"ndarray", dtype.type.__name__}:
            raise ValueError(f"{name} holds {dtype}, and is to become {node['__class__']!r}")


def check_array_bytes(name: str, content: bytes) -> np.dtype[Any]:
    """Compare the size in the header of a .npy file with the bytes that follow."""
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    read_header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    shape, _, dtype = read_header(stream)
    n_bytes = math.prod(shape) * dtype.itemsize
    if dtype.kind not in _DTYPE_KINDS or min(shape, default=0) < 0:
        raise ValueError(f"{name} holds an array of dtype {dtype} and shape {shape}")
    if n_bytes != len(content) - stream.tell():
        raise ValueError(
            f"{name} claims an array of {n_bytes:,} bytes, and has {len(content) - stream.tell():,}"
        )
    return dtype


def _check_generator(node: dict[str, Any]) -> None:
    """Refuse a position outside the generator's memory, where NumPy would read without asking."""
    state = node["content"]["content"]["state"]["content"]
    position = (
        json.loads(state["pos"]["content"]) if state["pos"]["__loader__"] == "JsonNode" else None
    )
    if type(position) is not int or not 0 <= position <= _MERSENNE_TWISTER_SIZE:
        raise ValueError(f"a generator of random numbers stands at position {position}")
