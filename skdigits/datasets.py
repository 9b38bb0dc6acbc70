"""Images of handwritten digits: MNIST, and any file in its IDX format."""

import gzip
import hashlib
import os
import queue
import threading
import zlib
from http.client import HTTPException, HTTPMessage
from math import prod
from numbers import Integral
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import get_data_home
from sklearn.utils import Bunch
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from skdigits._files import opened_regular, replacing

__all__ = ["fetch_mnist", "read_idx"]

_IDX_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_READ_SIZE = 2**20  # bytes
_MAX_BYTES = 2**32

_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
_TIMEOUT = 30  # seconds without an answer
_LONGEST_DOWNLOAD = 600  # seconds in all, of one file from one mirror
_LARGEST_DOWNLOAD = 2**24  # bytes, where the largest of the files has 9,912,422

_SHA256 = {
    f"{part}-ubyte.gz": checksum
    for part, checksum in (
        ("train-images-idx3", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        ("train-labels-idx1", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        ("t10k-images-idx3", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        ("t10k-labels-idx1", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    )
}
_PARTS = {"train": ("train",), "test": ("t10k",), "all": ("train", "t10k")}

_DESCRIPTION = """\
.. _mnist_dataset:

MNIST handwritten digits
------------------------

**Data Set Characteristics:**

:Number of Instances: 60000 to train, 10000 to test
:Number of Attributes: 784
:Attribute Information: 28x28 image of pixels from 0 (background) to 255 (ink)
:Missing Attribute Values: None
:Creator: Yann LeCun, Corinna Cortes and Christopher J. C. Burges
:License: Creative Commons Attribution-Share Alike 3.0 (CC BY-SA 3.0)

Digits written by employees of the American Census Bureau and by high school students, taken
from Special Databases 3 and 1 of NIST. Each black and white digit was scaled to fit a box of
20x20 pixels, keeping its proportions, which made it grey, and placed with its centre of mass in
the middle of 28x28 pixels. No writer is in both the training and the test set.

.. rubric:: References

- Y. LeCun, L. Bottou, Y. Bengio and P. Haffner (1998). Gradient-based learning applied to
  document recognition. Proceedings of the IEEE, 86(11), 2278-2324.
- Y. LeCun, C. Cortes and C. J. C. Burges. The MNIST database of handwritten digits.
  http://yann.lecun.com/exdb/mnist/
"""


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


def _is_original(content: bytes, name: str) -> bool:
    """Return whether the content is that of the MNIST file of this name."""
    return hashlib.sha256(content).hexdigest() == _SHA256[name]


class _WebRedirects(HTTPRedirectHandler):
    """Follows a server to http and https alone: what comes is known by its checksum, not by TLS."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme not in ("http", "https"):
            raise HTTPError(newurl, code, f"refused a redirect to {newurl!r}", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _get(url: str) -> bytes:
    """Download within a total time; the timeouts of sockets only limit the time between bytes."""
    results: queue.SimpleQueue[bytes | BaseException] = queue.SimpleQueue()

    def get() -> None:
        try:
            with build_opener(_WebRedirects).open(url, timeout=_TIMEOUT) as response:
                results.put(response.read(_LARGEST_DOWNLOAD))
        except HTTPError as error:
            error.close()
            results.put(error)
        except BaseException as error:
            results.put(error)

    threading.Thread(target=get, daemon=True).start()
    try:
        result = results.get(timeout=_LONGEST_DOWNLOAD)
    except queue.Empty:
        raise TimeoutError(f"not complete after {_LONGEST_DOWNLOAD} seconds") from None
    if isinstance(result, BaseException):
        raise result
    return result


def _download(name: str) -> bytes:
    """Get an MNIST file from the first mirror that has it whole."""
    failures = []
    for mirror in _MIRRORS:
        try:
            content = _get(mirror + name)
        except (OSError, HTTPException) as error:
            failures.append(f"{mirror}: {error}")
        else:
            if _is_original(content, name):
                return content
            failures.append(f"{mirror}: not the original file, its SHA-256 checksum differs")
    raise OSError("; ".join(failures))


class UnfetchedError(OSError):
    """A file of MNIST is missing or damaged, and could not be fetched."""

    def __init__(self, problem: str, name: str) -> None:
        self.without_parameter = (
            f"{problem} Put the original {name} into a folder 'mnist', and name the folder around "
            "it in the environment variable SKDIGITS_DATA"
        )
        super().__init__(f"{self.without_parameter} or by the parameter `data_home`.")


def _fetch_file(path: Path, *, download_if_missing: bool) -> None:
    """Make sure that an MNIST file exists and is undamaged, or raise an error."""
    state = "missing"
    if path.exists():
        with opened_regular(path) as file:
            if _is_original(file.read(_LARGEST_DOWNLOAD), path.name):
                return
        state = "damaged: its SHA-256 checksum differs"
    problem = f"The MNIST file {str(path)!r} is {state}"
    if not download_if_missing:
        raise OSError(f"{problem}, and `download_if_missing` is False.")
    try:
        content = _download(path.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(content)
    except OSError as error:
        raise UnfetchedError(
            f"{problem}, and could not be fetched ({error}).", path.name
        ) from error


@validate_params(
    {
        "subset": [StrOptions(set(_PARTS))],
        "return_X_y": ["boolean"],
        "data_home": [str, os.PathLike, None],
        "download_if_missing": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def fetch_mnist(
    *,
    subset: str = "train",
    return_X_y: bool = False,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
) -> Bunch | tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Load the MNIST images of handwritten digits (classification).

    The files are the authors' files, verified by their checksums. The images are in the authors'
    order and stored as bytes, which take 55 MB. The files are downloaded once, 12 MB in total; a
    damaged file is downloaded again.

    ==============   =========================
    Classes                                 10
    Samples total      60000 train, 10000 test
    Dimensionality                         784
    Features            integers from 0 to 255
    ==============   =========================

    Read more in the :ref:`User Guide <mnist_dataset>`.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        Images to load.

        - "train": the 60,000 training images;
        - "test": the 10,000 test images, by other writers;
        - "all": the training images followed by the test images.

    return_X_y : bool, default=False
        Whether to return `(data, target)` instead of a Bunch.

    data_home : str or path-like, default=None
        Folder with the files in its subfolder `mnist`, to which they are downloaded if necessary.
        The default is the folder in the environment variable `SKDIGITS_DATA`, or else that of
        :func:`sklearn.datasets.get_data_home`.

    download_if_missing : bool, default=True
        Whether to download files that are missing or damaged, instead of raising an `OSError`.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes.

        data : ndarray of shape (n_samples, 784), dtype uint8
            Images as rows of pixels, from 0 (background) to 255 (ink).
        target : ndarray of shape (n_samples,), dtype int64
            Digit on each image.
        images : ndarray of shape (n_samples, 28, 28), dtype uint8
            The same images, a view of `data`.
        feature_names : list of str
            Names of the 784 pixels, by row and column.
        target_names : ndarray of shape (10,)
            The ten digits.
        DESCR : str
            Description of the dataset, with its licence.

    (data, target) : tuple if `return_X_y` is True
        The arrays of the same names.

    Raises
    ------
    OSError
        If a file is missing or damaged and is not, or cannot be, downloaded.

    See Also
    --------
    read_idx : Read a file in the format of MNIST.
    sklearn.datasets.load_digits : 1,797 digits of 8x8 pixels that ship with scikit-learn.

    Examples
    --------
    >>> from skdigits.datasets import fetch_mnist
    >>> X, y = fetch_mnist(subset="test", return_X_y=True)
    >>> X.shape, X.dtype
    ((10000, 784), dtype('uint8'))
    >>> y[:5]
    array([7, 2, 1, 0, 4])
    """
    folder = Path(data_home or os.environ.get("SKDIGITS_DATA") or get_data_home())
    folder = folder.expanduser() / "mnist"

    def read(kind: str) -> NDArray[np.uint8]:
        paths = [folder / f"{part}-{kind}-ubyte.gz" for part in _PARTS[subset]]
        for path in paths:
            _fetch_file(path, download_if_missing=download_if_missing)
        return np.concatenate([read_idx(path) for path in paths])

    images, target = read("images-idx3"), read("labels-idx1").astype(np.int64)
    data = images.reshape(len(images), -1)
    if return_X_y:
        return data, target
    height, width = images.shape[1:]
    return Bunch(
        data=data,
        target=target,
        images=images,
        feature_names=[f"pixel_{row}_{column}" for row in range(height) for column in range(width)],
        target_names=np.arange(10),
        DESCR=_DESCRIPTION,
    )
