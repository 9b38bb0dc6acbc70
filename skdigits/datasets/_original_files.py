"""The files of datasets as their authors published them: downloaded once, and verified."""

import hashlib
import queue
import threading
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from skdigits._files import opened_regular, replacing
from skdigits._printable import printable

# By dataset: the folder in which its files are kept.
_MIRRORS: dict[str, tuple[str, ...]] = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "qmnist": ("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",),
}
_TIMEOUT = 30  # seconds without an answer
_LONGEST_DOWNLOAD = 600  # seconds in all, of one file from one mirror
_LARGEST_DOWNLOAD = 2**24  # bytes, where the largest of the files has 9,912,422

_SHA256 = {
    "mnist/train-images-idx3-ubyte.gz": (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    ),
    "mnist/train-labels-idx1-ubyte.gz": (
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
    ),
    "mnist/t10k-images-idx3-ubyte.gz": (
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
    ),
    "mnist/t10k-labels-idx1-ubyte.gz": (
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
    ),
    "qmnist/qmnist-train-labels-idx2-int.gz": (
        "2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f"
    ),
}


def _is_original(content: bytes, name: str) -> bool:
    """Return whether the content is that of the original file of this name."""
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
    """Get an original file from the first mirror that has it whole."""
    dataset, _, file_name = name.partition("/")
    failures = []
    for mirror in _MIRRORS[dataset]:
        try:
            content = _get(mirror + file_name)
        except (OSError, HTTPException) as error:
            failures.append(f"{mirror}: {printable(error)}")
        else:
            if _is_original(content, name):
                return content
            failures.append(f"{mirror}: not the original file, its SHA-256 checksum differs")
    raise OSError("; ".join(failures))


class UnfetchedError(OSError):
    """A file of a dataset is missing or damaged, and could not be fetched."""

    def __init__(self, problem: str, name: str) -> None:
        dataset, _, file_name = name.partition("/")
        self.without_parameter = (
            f"{problem} Put the original {file_name} into a folder {dataset!r}, and name the "
            "folder around it in the environment variable SKDIGITS_DATA"
        )
        super().__init__(f"{self.without_parameter} or by the parameter `data_home`.")


def fetch_original(data_home: Path, name: str, *, download_if_missing: bool) -> Path:
    """Make sure that an original file exists and is undamaged, or raise an error.

    The name begins with the folder of its dataset, as in "mnist/t10k-labels-idx1-ubyte.gz".
    """
    path = data_home / name
    state = "missing"
    if path.exists():
        with opened_regular(path) as file:
            if _is_original(file.read(_LARGEST_DOWNLOAD), name):
                return path
        state = "damaged: its SHA-256 checksum differs"
    problem = f"The {path.parent.name.upper()} file {str(path)!r} is {state}"
    if not download_if_missing:
        raise OSError(f"{problem}, and `download_if_missing` is False.")
    try:
        content = _download(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(content)
    except OSError as error:
        raise UnfetchedError(f"{problem}, and could not be fetched ({error}).", name) from error
    return path
