"""The description that a file contains."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib import metadata
from typing import NamedTuple

from skdigits._classifier._fitted_state import FORMAT

INFORMATION = "skdigits.json"
_MOST_BYTES = 1 << 16
_PACKAGES = ("skdigits", "scikit-learn", "keras", "numpy", "skops")


class FileInformation(NamedTuple):
    """Number of the format, and the versions of the packages that wrote a file."""

    format: int
    versions: dict[str, str]


def describe_process() -> FileInformation:
    """Return the versions with which this process writes."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return FileInformation(FORMAT, versions)


def to_bytes(information: FileInformation) -> bytes:
    return json.dumps(information._asdict(), indent=2).encode()


def check_information(members: Mapping[str, bytes]) -> FileInformation:
    """Read the versions that wrote a file, and refuse a newer format.

    Raises
    ------
    ValueError
        If the file was not written by this package, or was written by a newer version.
    """
    content = members.get(INFORMATION)
    if content is None:
        raise ValueError(f"it has no {INFORMATION}, which save_estimator writes")
    if len(content) > _MOST_BYTES:
        raise ValueError(f"{INFORMATION} has more than {_MOST_BYTES:,} bytes")
    values = json.loads(content)
    information = FileInformation(values["format"], values["versions"])
    if type(information.format) is not int or information.format < 1:
        raise ValueError(f"its format number is {information.format!r}")
    if not all(isinstance(text, str) for pair in information.versions.items() for text in pair):
        raise ValueError("its versions are not texts")
    if information.format > FORMAT:
        raise ValueError(
            f"it has the format {information.format}, and this version of skdigits reads up to "
            f"{FORMAT}: update skdigits (the file was written by "
            f"{information.versions.get('skdigits', 'an unknown version')})"
        )
    return information
