"""Files of estimators taken apart, altered and put together again."""

import io
import itertools
import json
import zipfile

from skdigits.persistence import save_estimator

_new_identities = itertools.count(-1, -1)


def saved(estimator, **options):
    """The bytes that save_estimator writes."""
    buffer = io.BytesIO()
    save_estimator(estimator, buffer, **options)
    return buffer.getvalue()


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    """An archive whose checksums are right, whatever it holds."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def schema_of(members):
    return json.loads(members["schema.json"])


def with_schema(members, schema):
    return zipped({**members, "schema.json": json.dumps(schema)})


def nodes(value):
    """All nodes of a schema, from the root on."""
    if isinstance(value, dict):
        if "__loader__" in value:
            yield value
        for part in value.values():
            yield from nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from nodes(part)


def attribute(node, name):
    """The node of an attribute of an object."""
    return node["content"]["content"][name]


def renumbered(node):
    """A copy of a node, and of all below it, with identities that no other node has."""
    copied = json.loads(json.dumps(node))
    for part in nodes(copied):
        part["__id__"] = next(_new_identities)
    return copied


def node_of(value):
    """What skops writes for a value that holds no arrays."""
    import skops.io

    node = schema_of(unzipped(skops.io.dumps(value)))
    del node["protocol"], node["_skops_version"]
    return renumbered(node)


def set_attribute(node, name, value):
    """Set an attribute of an object to what a node says, whether or not it has it yet."""
    content = node["content"]
    if name not in content["content"]:
        content["key_types"]["content"].append(renumbered(content["key_types"]["content"][0]))
    content["content"][name] = value
    for container in (content, content["key_types"], node):
        container["__id__"] = next(_new_identities)
