"""Checks of the schema of a file, before skops builds anything from it.

skops makes sure that only trusted types are built. Here each node of the tree is checked according
to its kind: it must have exactly the fields of its kind, no array may be declared larger than its
bytes, no part of the tree may represent many copies of another one, and the positions of random
number generators must lie within their memory.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any, NamedTuple

import numpy as np

from skdigits._skdigits_estimator import MERSENNE_TWISTER_SIZE
from skdigits.persistence._archive import TooLarge
from skdigits.persistence._fields import FIELDS, ROOT_FIELDS, TYPES, Kind, Node

SCHEMA = "schema.json"

# A schema is read into many small objects, which take much more memory than its text. So much is
# allowed in any case, and as large a part of `max_bytes` as this is of its default.
_MOST_BYTES = 1 << 24
_MOST_VALUES = 1 << 19
_BYTES_PER_BYTE, _BYTES_PER_VALUE = 1 << 4, 1 << 9
# Each estimator that holds another one adds five, and skops needs three calls per level.
_MOST_LEVELS = 120

# Booleans, numbers and text. Others can be made to take any amount of memory.
_DTYPE_KINDS = "biufcUS"
_FIELDS_OF_ALL = {"__class__", "__module__", "__loader__", "__id__"}


def check_schema(
    members: Mapping[str, bytes], max_bytes: int, trusted: Collection[str] = ()
) -> set[str]:
    """Refuse content that would take more memory or time than the size of the file allows.

    Returns
    -------
    types : set of str
        The names of all types and functions that the schema refers to.

    Raises
    ------
    ValueError
        If a check fails; the message says what is wrong.
    """
    if SCHEMA not in members:
        raise ValueError(f"it has no {SCHEMA}")
    text = members[SCHEMA]
    if len(text) > max(_MOST_BYTES, max_bytes // _BYTES_PER_BYTE):
        raise TooLarge(f"a {SCHEMA} of {len(text):,} bytes", max_bytes)
    # No value comes without one of these, and Python would make an object of each.
    n_values = sum(text.count(sign) for sign in (b"{", b"[", b","))
    if n_values > max(_MOST_VALUES, max_bytes // _BYTES_PER_VALUE):
        raise TooLarge(f"a {SCHEMA} of {n_values:,} values", max_bytes)
    inspection = _Inspection(members, trusted)
    inspection.inspect(json.loads(text.decode()), 0, ROOT_FIELDS)
    return inspection.types


class _Header(NamedTuple):
    dtype: np.dtype[Any]
    shape: tuple[int, ...]


class _Inspection:
    """Checks a tree of nodes in one pass; `types` are the names of types found in it."""

    def __init__(self, members: Mapping[str, bytes], trusted: Collection[str]) -> None:
        self.types: set[str] = set()
        self._members = members
        self._trusted = trusted
        self._numbers: dict[Hashable, int] = {}
        self._number_of_object: dict[int, int] = {}
        self._object_of_file: dict[str, int] = {}

    def inspect(self, node: Any, level: int, fields_beside: Mapping[str, Kind]) -> int:
        """Check a node and all nodes below it, and return a number that equal nodes share."""
        if level > _MOST_LEVELS:
            raise ValueError(f"it is nested more than {_MOST_LEVELS} levels deep")
        kind = _kind_of(node)
        fields = {**FIELDS[kind], **fields_beside}
        if node.keys() != _FIELDS_OF_ALL | fields.keys():
            raise ValueError(f"a {kind} has the fields {sorted(node)}")
        name = self._name_of_type(node, kind)
        contents = [check(node[field]) for field, check in fields.items()]
        content = [
            (plain, tuple(self.inspect(part, level + 1, {}) for part in parts))
            for plain, parts in contents
        ]
        number = self._numbers.setdefault((kind, name, *content), len(self._numbers))
        self._check_identity(node["__id__"], number)
        if kind in _CHECKS:
            _CHECKS[kind](self, node)
        return number

    def _name_of_type(self, node: Node, kind: str) -> str:
        if not (isinstance(node["__module__"], str) and isinstance(node["__class__"], str)):
            raise ValueError(f"a {kind} has no name of a type")
        name = f"{node['__module__']}.{node['__class__']}"
        if name not in TYPES.get(kind, {name}) and name not in self._trusted:
            raise ValueError(f"a {kind} is to become {name!r}")
        self.types.add(name)
        return name

    def _check_identity(self, identity: Any, number: int) -> None:
        # Nodes of one identity are one object. skops writes it in full each time; nodes that only
        # referred to it could double the tree at every level.
        if type(identity) is not int:
            raise ValueError(f"a node has the identity {identity!r}")
        if self._number_of_object.setdefault(identity, number) != number:
            raise ValueError(f"different objects have the identity {identity!r}")

    def check_dict(self, node: Node) -> None:
        types = node["key_types"]
        is_list = types["__loader__"] == "ListNode" and len(types["content"]) == len(
            node["content"]
        )
        if not (is_list and all(part["__loader__"] == "TypeNode" for part in types["content"])):
            raise ValueError("a DictNode does not contain the types of its keys")

    def check_array(self, node: Node) -> None:
        name = node["file"]
        if self._object_of_file.setdefault(name, node["__id__"]) != node["__id__"]:
            raise ValueError(f"several arrays share the bytes of {name!r}")
        dtype, shape = self._header(name)
        is_scalar = node["__class__"] == dtype.type.__name__ and shape == ()
        if node["__module__"] != "numpy" or not (node["__class__"] == "ndarray" or is_scalar):
            raise ValueError(
                f"{name} holds {dtype} of shape {shape}, and is to become {node['__class__']!r}"
            )

    def check_generator(self, node: Node) -> None:
        """Refuse a position outside the generator's memory, which NumPy does not check."""
        generator = _plain(node["content"])
        state = generator.pop("state", None) if isinstance(generator, dict) else None
        if not isinstance(state, dict) or state.keys() != {"key", "pos"}:
            raise ValueError("a random number generator has no state")
        key, position = state["key"], state["pos"]
        if type(position) is not int or not 0 <= position <= MERSENNE_TWISTER_SIZE:
            raise ValueError(f"a random number generator is at position {position}")
        is_array = isinstance(key, dict) and key.get("__loader__") == "NdArrayNode"
        memory = _Header(np.dtype("uint32"), (MERSENNE_TWISTER_SIZE,))
        if not is_array or self._header(key.get("file", "")) != memory:
            raise ValueError("a random number generator has a memory of another size")
        if generator.keys() != {"bit_generator", "has_gauss", "gauss"} or not (
            generator["bit_generator"] == "MT19937"
            and generator["has_gauss"] in (0, 1)
            and isinstance(generator["gauss"], float)
            and math.isfinite(generator["gauss"])
        ):
            raise ValueError(f"a random number generator is {generator}")

    def _header(self, name: str) -> _Header:
        return check_array_bytes(name, self._members[name])


_CHECKS: Mapping[str, Callable[[_Inspection, Node], None]] = {
    "DictNode": _Inspection.check_dict,
    "NdArrayNode": _Inspection.check_array,
    "RandomStateNode": _Inspection.check_generator,
}


def _kind_of(node: Any) -> str:
    loader = node.get("__loader__") if isinstance(node, dict) else None
    if not isinstance(loader, str) or loader not in FIELDS:
        raise ValueError(f"{loader!r} is not part of a file of this package")
    is_of_objects = loader == "NdArrayNode" and node.get("type") != "numpy"
    return "NdArrayNode of objects" if is_of_objects else loader


def _plain(node: Node) -> Any:
    """Read plain values and dictionaries of them; other nodes are kept unchanged."""
    if node["__loader__"] == "JsonNode":
        return json.loads(node["content"])
    if node["__loader__"] == "DictNode":
        return {name: _plain(part) for name, part in node["content"].items()}
    return node


def check_array_bytes(name: str, content: bytes) -> _Header:
    """Compare the size in the header of a .npy file with the bytes that follow."""
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    read_header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    shape, _, dtype = read_header(stream)
    n_bytes = math.prod(shape) * dtype.itemsize
    if dtype.kind not in _DTYPE_KINDS or not dtype.itemsize or min(shape, default=0) < 0:
        raise ValueError(f"{name} holds an array of dtype {dtype} and shape {shape}")
    if n_bytes != len(content) - stream.tell():
        raise ValueError(
            f"{name} declares an array of {n_bytes:,} bytes, but has "
            f"{len(content) - stream.tell():,}"
        )
    return _Header(dtype, shape)
