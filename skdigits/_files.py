"""Files that are written completely or not at all, and read only if they are regular files."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a binary file that takes the place of `path` once it is complete.

    It is written under a temporary name and renamed, so that an error, an interrupt or a full disk
    leaves the old file unchanged, and other processes never see an incomplete file. Links and
    permissions are kept. Only a process that is killed leaves the temporary file, whose name begins
    with a period and ends in `.part`. A device or a pipe, which cannot be replaced, is written to
    directly.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skdigits._files import replacing
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "digits.txt"
    ...     size = path.write_text("0123456789")
    ...     try:
    ...         with replacing(path) as file:
    ...             size = file.write(b"01")
    ...             raise OSError("the disk is full")
    ...     except OSError as error:
    ...         print(error, "-", path.read_text())
    the disk is full - 0123456789
    """
    if Path(path).exists() and not Path(path).is_file():
        with open(path, "wb") as file:
            yield file
        return
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "No such folder", str(target.parent))
    beside = target.with_name(f".{uuid4().hex}.part")
    try:
        with beside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def opened_regular(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a regular file to read its bytes; devices and pipes, which can be endless, are refused.

    Raises
    ------
    OSError
        If there is no such file, or it is a folder.
    ValueError
        If it is a device, a pipe or a socket.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skdigits._files import opened_regular
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "digits.txt"
    ...     size = path.write_bytes(b"0123456789")
    ...     with opened_regular(path) as file:
    ...         print(file.read())
    b'0123456789'
    """
    with open(path, "rb", opener=_open_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError(f"{os.fspath(path)!r} is not a regular file.")
        yield file


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for a writer of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
