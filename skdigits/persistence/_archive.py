"""A zip archive as a dictionary of its members, read within limits."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO

from skdigits._files import opened_regular

# What save_estimator writes; others may take much more memory than they give.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MOST_MEMBERS = 1 << 15
_START_OF_ENTRY = b"PK\x01\x02"
_BYTES_AT_ONCE = 1 << 16
_ENCRYPTED = 0x1

# The smallest date that a zip archive can hold: equal estimators give equal files at any time.
_DATE = (1980, 1, 1, 0, 0, 0)


def read_archive(
    file: str | os.PathLike[str] | IO[bytes], max_bytes: int, *, written_by: str = "save_estimator"
) -> dict[str, bytes]:
    """Read all members, without relying on their declared sizes.

    Raises
    ------
    ValueError
        If the archive is damaged, not a regular file, or holds more than `max_bytes`.
    """
    content = _read(file, max_bytes)
    try:
        if content.count(_START_OF_ENTRY) > _MOST_MEMBERS:
            raise ValueError(f"it has more than {_MOST_MEMBERS:,} members")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return dict(_members(archive, max_bytes))
    except TooLarge:
        raise
    except Exception as error:
        # zipfile and zlib raise many kinds of errors on bytes that are not an archive.
        raise ValueError(f"it is damaged, or was not written by {written_by} ({error})") from error


class TooLarge(ValueError):
    """More than the caller allows."""

    def __init__(self, found: str, max_bytes: int) -> None:
        super().__init__(
            f"it holds {found}, more than max_bytes={max_bytes:,} allows. If you know that it "
            "should be so large, raise max_bytes."
        )


def _read(file: str | os.PathLike[str] | IO[bytes], max_bytes: int) -> bytes:
    """Read all of a file, or of a stream from its start, up to `max_bytes`."""
    if isinstance(file, str | os.PathLike):
        with opened_regular(file) as stream:
            return _read(stream, max_bytes)
    if file.seekable():
        file.seek(0)
    pieces, n_bytes = [], 0
    while piece := file.read(_BYTES_AT_ONCE):
        pieces.append(piece)
        n_bytes += len(piece)
        if n_bytes > max_bytes:
            raise TooLarge(f"{n_bytes:,} bytes or more", max_bytes)
    return b"".join(pieces)


def _members(archive: zipfile.ZipFile, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    infos = archive.infolist()
    if len({info.filename for info in infos}) < len(infos):
        raise ValueError("it has members of equal names")
    _check_size(sum(info.file_size for info in infos), max_bytes)
    n_bytes = 0
    for info in infos:
        if info.compress_type not in _COMPRESSIONS or info.flag_bits & _ENCRYPTED:
            raise ValueError(f"{info.filename} is encrypted, or compressed in an unusual way")
        content = _read_member(archive, info)
        n_bytes += len(content)
        _check_size(n_bytes, max_bytes)
        yield info.filename, content


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read in pieces: `ZipFile.read` decompresses everything before it checks the size."""
    with archive.open(info) as member:
        content = b"".join(iter(lambda: member.read(_BYTES_AT_ONCE), b""))
    if len(content) != info.file_size:
        raise ValueError(f"{info.filename} has {len(content)} bytes instead of {info.file_size}")
    return content


def _check_size(n_bytes: int, max_bytes: int) -> None:
    if n_bytes > max_bytes:
        raise TooLarge(f"{n_bytes:,} bytes", max_bytes)


def archive_bytes(members: Mapping[str, bytes], *, compressed: bool) -> bytes:
    """Write members into an archive."""
    buffer = io.BytesIO()
    compression = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, compression)
    return buffer.getvalue()
