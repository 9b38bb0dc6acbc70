"""Write and read estimators."""

from __future__ import annotations

import io
import os
import reprlib
import sys
from collections.abc import Sequence
from typing import IO, Any, NamedTuple

from sklearn.base import BaseEstimator

from skdigits._extras import require_extras
from skdigits._files import replacing
from skdigits._printable import printable
from skdigits.persistence._archive import archive_bytes, read_archive
from skdigits.persistence._contents import check_contents
from skdigits.persistence._information import (
    INFORMATION,
    FileInformation,
    check_information,
    describe_process,
    to_bytes,
)
from skdigits.persistence._refusals import refusal_of_parts, refusal_of_types
from skdigits.persistence._schema import check_schema
from skdigits.persistence._types import TRUSTED_TYPES

_MAX_BYTES = 1 << 28

File = str | os.PathLike[str] | IO[bytes]
Trusted = Sequence[str | type[Any]]


def save_estimator(estimator: BaseEstimator, file: File, *, trusted: Trusted = ()) -> None:
    """Save an estimator to a file that holds data and no code.

    Read more in the :ref:`User Guide <persistence>`.

    Parameters
    ----------
    estimator : estimator
        A `KerasDigitClassifier`, or an estimator that contains one: a pipeline, search or ensemble.
    file : str, path-like or binary file
        The file to write. By convention its name ends in ".skops".
    trusted : sequence of str or type, default=()
        Your own types and functions that the estimator refers to. To read the file, they must be
        available and be passed as `trusted`, too.

    Raises
    ------
    TypeError
        If `estimator` is not an instance of :class:`~sklearn.base.BaseEstimator`.
    ValueError
        If the estimator holds something that is not data, such as a function.
    OSError
        If the file cannot be written.
    ImportError
        If skops is not installed.

    See Also
    --------
    read_estimator : Read the file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skdigits import KerasDigitClassifier
    >>> from skdigits.persistence import read_estimator, save_estimator
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "digits.skops"
    ...     save_estimator(KerasDigitClassifier("mlp"), file)
    ...     read_estimator(file)
    KerasDigitClassifier(architecture='mlp')
    """
    if not isinstance(estimator, BaseEstimator):
        raise TypeError(
            f"estimator must be an estimator of scikit-learn, got {reprlib.repr(estimator)}. "
            "Call save_estimator(estimator, file)."
        )
    content = _content(estimator, trusted)
    if isinstance(file, str | os.PathLike):
        with replacing(file) as stream:
            stream.write(content)
    else:
        file.write(content)


def read_estimator(
    file: File, *, trusted: Trusted = (), max_bytes: int = _MAX_BYTES
) -> BaseEstimator:
    """Read an estimator that `save_estimator` wrote, without trusting the file.

    No code in the file is run. Its content is checked before anything is built from it: a damaged
    or altered file raises an error, unless the alteration results in another valid estimator. Read
    more in the :ref:`User Guide <persistence>`.

    Parameters
    ----------
    file : str, path-like or binary file
        The file to read.
    trusted : sequence of str or type, default=()
        Types and functions that the file may refer to, in addition to `TRUSTED_TYPES`. You are
        responsible for the code that they run.
    max_bytes : int, default=268435456
        Largest uncompressed size of the file in bytes.

    Returns
    -------
    estimator : estimator
        The estimator, as it was saved.

    Raises
    ------
    ValueError
        If the file is damaged, not a regular file, too large, of a newer format, or refers to
        untrusted types.
    OSError
        If the file cannot be opened.
    ImportError
        If skops is not installed.

    See Also
    --------
    save_estimator : Write the file.

    Examples
    --------
    >>> import io
    >>> from skdigits.persistence import read_estimator
    >>> read_estimator(io.BytesIO(b"no estimator"))
    Traceback (most recent call last):
        ...
    ValueError: <_io.BytesIO ...> cannot be read: it is damaged, or was not written by ...
    """
    return read_file(file, trusted, max_bytes).estimator


class SavedEstimator(NamedTuple):
    """An estimator, and the versions that wrote it."""

    estimator: BaseEstimator
    information: FileInformation


def read_file(file: File, trusted: Trusted = (), max_bytes: int = _MAX_BYTES) -> SavedEstimator:
    """Read an estimator and the description of the file."""
    skops_io = _require_skops()
    try:
        members = read_archive(file, max_bytes)
        information = check_information(members)
        estimator = _build(members, trusted, max_bytes)
    except OSError:
        raise
    except skops_io.exceptions.UntrustedTypesFoundException as error:
        reasons = "\n".join(map(printable, str(error).splitlines()))
        raise ValueError(
            f"{_name(file)} refers to code that is not trusted. {reasons} If you know that they "
            "are harmless, pass them as trusted."
        ) from error
    except (Exception, RecursionError) as error:
        # zipfile, json, NumPy, skops and scikit-learn raise errors of all kinds on hostile bytes.
        raise ValueError(
            f"{_name(file)} cannot be read: {printable(error) or type(error).__name__}"
        ) from error
    return SavedEstimator(estimator, information)


def _build(members: dict[str, bytes], trusted: Trusted, max_bytes: int) -> BaseEstimator:
    """Build the estimator from the members of an archive, which are removed."""
    import skops.io

    named = _paths(trusted)
    types = check_schema(members, max_bytes, named)
    # What was checked is what skops is given. It has a list of the trusted types in each node.
    stream = io.BytesIO(archive_bytes(members, compressed=False))
    members.clear()
    estimator = skops.io.load(stream, trusted=sorted(types & {*TRUSTED_TYPES, *named}))
    check_contents(estimator)
    return estimator


def _content(estimator: BaseEstimator, trusted: Trusted) -> bytes:
    """Write an estimator, and check that it can be built from the result."""
    skops_io = _require_skops()

    def dump(value: Any) -> bytes:
        content: bytes = skops_io.dumps(value)
        refused = _refused(skops_io.get_untrusted_types(data=content), trusted)
        # Only some backends keep an optimizer from being written.
        if any(name.startswith("keras.") for name in refused):
            raise TypeError(f"it refers to {', '.join(refused)}")
        return content

    try:
        dumped = dump(estimator)
    except MemoryError:
        raise
    except Exception as error:  # What is not data has errors of its own.
        raise ValueError(refusal_of_parts(estimator, error, dump)) from error
    _check_is_data(skops_io.get_untrusted_types(data=dumped), trusted)
    members = read_archive(io.BytesIO(dumped), sys.maxsize)
    content = archive_bytes({INFORMATION: to_bytes(describe_process()), **members}, compressed=True)
    try:
        _build(members, trusted, sys.maxsize)
    except (Exception, RecursionError) as error:
        raise ValueError(
            f"The estimator cannot be saved, because the result could not be read: {error}"
        ) from error
    return content


def _check_is_data(untrusted: Sequence[str], trusted: Trusted) -> None:
    """Refuse to save what could not be read again."""
    if refused := _refused(untrusted, trusted):
        raise ValueError(refusal_of_types(refused))


def _refused(untrusted: Sequence[str], trusted: Trusted) -> list[str]:
    return sorted(set(untrusted) - set(TRUSTED_TYPES) - set(_paths(trusted)))


def _paths(trusted: Trusted) -> list[str]:
    """Name types and functions as skops does."""
    return [it if isinstance(it, str) else f"{it.__module__}.{it.__name__}" for it in trusted]


def _require_skops() -> Any:
    require_extras("skdigits.persistence", "files")
    import skops.io

    return skops.io


def _name(file: File) -> str:
    return printable(file) if isinstance(file, str | os.PathLike) else repr(file)
