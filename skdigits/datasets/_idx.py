"""Files in IDX format, the format of MNIST."""

import gzip
import os
import zlib
from math import prod
from numbers import Integral
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from skdigits._files import opened_regular
from skdigits._private_names import Interval, validate_params

_IDX_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_READ_SIZE = 2**20  # bytes
_MAX_BYTES = 2**32


def _read_at_most(stream: IO[bytes] | gzip.GzipFile, n_bytes: int) -> bytearray:
    """Read up to `n_bytes`, never reserving memory for bytes that are not there."""
    content = bytearray()
    while chunk := stream.read(min(_READ_SIZE, n_bytes - len(content))):
        content += chunk
    return content


def _parse_idx(stream: IO[bytes] | gzip.GzipFile, max_bytes: int) -> NDArray[Any]:
    """Read an array in IDX format, or raise a `ValueError` that says what is wrong with it."""
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _IDX_DTYPES:
        raise ValueError(f"an IDX file does not begin with the bytes {magic.hex(' ')!r}")
    dtype, n_dimensions = np.dtype(_IDX_DTYPES[magic[2]]), magic[3]

    sizes = stream.read(4 * n_dimensions)
    if len(sizes) < 4 * n_dimensions:
        raise ValueError(f"it ends within the sizes of its {n_dimensions} dimensions")
    shape = tuple(int(size) for size in np.frombuffer(sizes, dtype=">u4"))

    n_bytes = dtype.itemsize * prod(shape)
    if n_bytes > max_bytes:
        raise ValueError(f"shape {shape} takes {n_bytes} bytes, more than max_bytes={max_bytes}")
    content = _read_at_most(stream, n_bytes)
    if len(content) < n_bytes:
        raise ValueError(f"shape {shape} takes {n_bytes} bytes, but only {len(content)} follow")
    if stream.read(1):
        raise ValueError(f"shape {shape} takes {n_bytes} bytes, but more follow")
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


@validate_params(
    {"path": [str, os.PathLike], "max_bytes": [Interval(Integral, 1, None, closed="left")]},
    prefer_skip_nested_validation=True,
)
def read_idx(path: str | os.PathLike[str], *, max_bytes: int = _MAX_BYTES) -> NDArray[Any]:
    """Read an array from a file in IDX format, the format of MNIST.

    Datasets modelled on MNIST use this format too: EMNIST, Fashion-MNIST, Kuzushiji-MNIST and
    QMNIST. The file may be compressed with gzip, whatever its name.

    Parameters
    ----------
    path : str or path-like
        File to read.
    max_bytes : int, default=4294967296
        Largest size of the array in bytes. A small compressed file can hold a huge array.

    Returns
    -------
    array : ndarray
        Array of the shape and dtype that the file declares: uint8, int8, int16, int32, float32
        or float64. Images have shape (n_samples, height, width), labels (n_samples,).

    Raises
    ------
    ValueError
        If the file is not in IDX format, is damaged, is shorter or longer than it declares, or
        holds more than `max_bytes`.

    See Also
    --------
    fetch_mnist : Load the MNIST digits, downloading them if necessary.

    Notes
    -----
    An IDX file begins with two zero bytes, the code of a dtype and the number of dimensions. The
    sizes of the dimensions follow as unsigned 32-bit integers, then the values in C order, all
    of them big-endian.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skdigits.datasets import read_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "labels-idx1-ubyte"
    ...     size = path.write_bytes(bytes([0, 0, 0x08, 1, 0, 0, 0, 3, 5, 0, 4]))
    ...     read_idx(path)
    array([5, 0, 4], dtype=uint8)
    """
    with opened_regular(path) as file:
        is_compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            return _parse_idx(gzip.open(file) if is_compressed else file, max_bytes)
        except (ValueError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{os.fspath(path)!r} is not a valid IDX file: {error}.") from error
