"""Original files are downloaded once, here from a server on this machine, and verified."""

import os
import socket
import struct
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import urlopen

import pytest
from numpy.testing import assert_array_equal
from small_mnist import (
    FILES,
    IMAGES,
    LABELS,
    QMNIST_NAME,
    set_mirrors,
    take_for_originals,
    write_files,
)

from skdigits.datasets import _original_files, fetch_mnist


@pytest.fixture
def small_mnist(monkeypatch):
    take_for_originals(monkeypatch)


@pytest.fixture
def data_home(small_mnist, tmp_path):
    """Return a folder with all the files."""
    write_files(tmp_path)
    return tmp_path


class Mirror:
    """A server on this machine, the files it has and the files it was asked for.

    A file that is a string is elsewhere: at this address.
    """

    def __init__(self, files):
        self.asked = asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.removeprefix("/")
                asked.append(name)
                if isinstance(files.get(name), str):
                    self.send_response(302)
                    self.send_header("Location", files[name])
                    self.end_headers()
                    return
                if name not in files:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(files[name])

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def mirrors(small_mnist, monkeypatch):
    """Return a function that starts mirrors with the given files."""
    started = []

    def start(*several_files):
        started.extend(Mirror(files) for files in several_files)
        set_mirrors(monkeypatch, *(mirror.url for mirror in started))
        return started

    yield start
    for mirror in started:
        mirror.close()


def files_in(folder):
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_absent_and_not_to_be_downloaded(mirrors, tmp_path):
    (mirror,) = mirrors(FILES)
    message = "train-images-idx3-ubyte.gz' is missing, and `download_if_missing` is False"
    with pytest.raises(OSError, match=message):
        fetch_mnist(data_home=tmp_path, download_if_missing=False)
    assert not mirror.asked
    assert not list(tmp_path.iterdir())


def test_downloads_once(mirrors, tmp_path):
    (mirror,) = mirrors(FILES)
    for _ in range(2):
        X, y = fetch_mnist(subset="all", return_X_y=True, data_home=tmp_path / "new")
        fetch_mnist(writers=True, data_home=tmp_path / "new")
    assert_array_equal(X[:3], IMAGES["train"].reshape(3, 784))
    assert_array_equal(y, [5, 0, 4, 7, 2])
    assert sorted(mirror.asked) == sorted(FILES)
    assert files_in(tmp_path / "new") == FILES


TEST = ["mnist/t10k-images-idx3-ubyte.gz", "mnist/t10k-labels-idx1-ubyte.gz"]
TRAIN = ["mnist/train-images-idx3-ubyte.gz", "mnist/train-labels-idx1-ubyte.gz"]


@pytest.mark.parametrize(
    ("parameters", "names"),
    [({"subset": "test"}, TEST), ({}, TRAIN), ({"writers": True}, [*TRAIN, QMNIST_NAME])],
    ids=["test", "train", "writers"],
)
def test_downloads_only_what_is_needed(mirrors, tmp_path, parameters, names):
    (mirror,) = mirrors(FILES)
    fetch_mnist(**parameters, data_home=tmp_path)
    assert mirror.asked == names


def test_next_mirror_where_one_is_corrupt_or_lacks_the_file(mirrors, tmp_path):
    corrupt = {name: content[:-1] for name, content in FILES.items()}
    first, second, third = mirrors(corrupt, {}, FILES)
    _, y = fetch_mnist(return_X_y=True, data_home=tmp_path)
    assert_array_equal(y, LABELS["train"])
    assert len(first.asked) == len(second.asked) == len(third.asked) == 2


def test_download_too_large_is_cut_off_and_refused(mirrors, tmp_path, monkeypatch):
    monkeypatch.setattr(_original_files, "_LARGEST_DOWNLOAD", 50)
    mirrors(FILES)
    with pytest.raises(OSError, match="not the original file"):
        fetch_mnist(data_home=tmp_path)


def test_redirect_to_another_server_is_followed(mirrors, tmp_path, monkeypatch):
    elsewhere, _ = mirrors(FILES, {})
    addresses = {name: elsewhere.url + name for name in FILES}
    *_, first = mirrors(addresses)
    set_mirrors(monkeypatch, first.url)
    fetch_mnist(data_home=tmp_path)
    assert elsewhere.asked == first.asked


@pytest.mark.parametrize("scheme", ["ftp", "file", "data"])
def test_redirect_to_another_scheme_is_refused(mirrors, tmp_path, scheme):
    (tmp_path / "original").write_bytes(b"content")
    address = {
        "ftp": "ftp://127.0.0.1:1/original",
        "file": (tmp_path / "original").as_uri(),
        "data": "data:,content",
    }[scheme]
    mirrors(dict.fromkeys(FILES, address))
    with pytest.raises(OSError, match=rf"(refused a redirect|Redirection) to (url )?'{scheme}:"):
        fetch_mnist(data_home=tmp_path)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.0 200 OK\r\n\r\n"], ids=["header", "body"])
def test_server_that_drips_is_given_up(small_mnist, tmp_path, monkeypatch, start):
    """Byte by byte, each well within the timeout of the socket."""
    given_up = threading.Event()

    def drip():
        connection, _ = server.accept()
        with connection:
            connection.sendall(start)
            while not given_up.wait(0.02):
                connection.sendall(b"x")

    monkeypatch.setattr(_original_files, "_LONGEST_DOWNLOAD", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        set_mirrors(monkeypatch, f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(OSError, match=r"not complete after 0\.3 seconds"):
                fetch_mnist(data_home=tmp_path)
        finally:
            given_up.set()
            thread.join()
    assert list(tmp_path.rglob("*.gz")) == []


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def send_without_end(connection):
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    while True:
        connection.sendall(bytes(1 << 16))


BROKEN = {
    "says nothing": lambda connection: None,
    "breaks off in its header": lambda connection: connection.sendall(b"HTTP/1.1 20"),
    "breaks off in its body": lambda connection: connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"
    ),
    "breaks off in a chunk": lambda connection: connection.sendall(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nhalf"
    ),
    "resets": reset,
    "speaks no HTTP": lambda connection: connection.sendall(b"\x1b[2J220 ready\r\n" * 9),
    "wrong length": lambda connection: connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\nbody"
    ),
    "has a body without end": send_without_end,
    "has a header without end": lambda connection: connection.sendall(
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 10_000
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_servers_that_are_broken_are_passed_over(kind, mirrors, tmp_path, monkeypatch):
    """The error names each of them, and nothing is stored; the next mirror is asked."""

    def serve():
        for _ in range(3):  # alone, then for each of two files
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(1 << 16)
                BROKEN[kind](connection)

    (whole,) = mirrors(FILES)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        set_mirrors(monkeypatch, address)
        with pytest.raises(OSError, match=r"could not be fetched .*SKDIGITS_DATA") as caught:
            fetch_mnist(data_home=tmp_path)
        assert address in str(caught.value)
        assert str(caught.value).isprintable()
        assert files_in(tmp_path) == {}
        set_mirrors(monkeypatch, address, whole.url)
        _, y = fetch_mnist(return_X_y=True, data_home=tmp_path)
        thread.join(10)
    assert not thread.is_alive()
    assert_array_equal(y, LABELS["train"])
    assert files_in(tmp_path) == {name: FILES[name] for name in TRAIN}


@pytest.mark.parametrize("damage", [lambda content: content[:100], lambda content: b""])
def test_partial_file_is_fetched_again(mirrors, data_home, damage):
    (mirror,) = mirrors(FILES)
    name = "mnist/train-images-idx3-ubyte.gz"
    (data_home / name).write_bytes(damage(FILES[name]))
    X, _ = fetch_mnist(return_X_y=True, data_home=data_home)
    assert_array_equal(X, IMAGES["train"].reshape(3, 784))
    assert mirror.asked == [name]
    assert files_in(data_home) == FILES


def test_partial_file_is_refused_where_it_cannot_be_fetched(data_home):
    path = data_home / "mnist" / "train-labels-idx1-ubyte.gz"
    path.write_bytes(b"partial")
    with pytest.raises(OSError, match=r"is damaged.*`download_if_missing` is False"):
        fetch_mnist(data_home=data_home, download_if_missing=False)
    with pytest.raises(OSError, match=r"is damaged.*could not be fetched"):
        fetch_mnist(data_home=data_home)
    assert path.read_bytes() == b"partial"


def test_missing_writers_say_where_they_belong(data_home):
    (data_home / QMNIST_NAME).unlink()
    with pytest.raises(OSError, match=r"The QMNIST file .* is missing, and could not") as caught:
        fetch_mnist(writers=True, data_home=data_home)
    file_name = QMNIST_NAME.removeprefix("qmnist/")
    assert f"Put the original {file_name} into a folder 'qmnist', " in str(caught.value)
    with pytest.raises(OSError, match=r"is missing, and `download_if_missing` is False"):
        fetch_mnist(writers=True, data_home=data_home, download_if_missing=False)


def test_no_network_says_where_it_looked_and_what_to_do(mirrors, tmp_path):
    for mirror in mirrors({}, {}):
        mirror.close()
    with pytest.raises(OSError, match=r"could not be fetched.*SKDIGITS_DATA") as caught:
        fetch_mnist(data_home=tmp_path)
    message = str(caught.value)
    assert str(tmp_path / "mnist" / "train-images-idx3-ubyte.gz") in message
    assert "refused" in message
    assert "data_home" in message


def test_read_only_folder(mirrors, data_home, monkeypatch):
    def refuse(source, target):
        raise PermissionError(13, "Permission denied", str(target))

    mirrors(FILES)
    path = data_home / "mnist" / "train-images-idx3-ubyte.gz"
    path.write_bytes(b"partial")
    # By `os.replace` and not by the folder's mode, which does not bind root.
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match=r"is damaged.*Permission denied.*data_home"):
        fetch_mnist(data_home=data_home)
    assert set(files_in(data_home)) == set(FILES)


def test_threads_may_fetch_at_once(mirrors, tmp_path):
    mirrors(FILES)
    results = []

    def fetch():
        results.append(fetch_mnist(return_X_y=True, data_home=tmp_path)[1].tolist())

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[5, 0, 4]] * 4
    assert len(files_in(tmp_path)) == 2


def test_checksums_and_mirrors_are_well_formed():
    assert all(len(bytes.fromhex(it)) == 32 for it in _original_files._SHA256.values())
    assert {name.split("/")[0] for name in _original_files._SHA256} == set(_original_files._MIRRORS)
    urls = [url for mirrors in _original_files._MIRRORS.values() for url in mirrors]
    assert all(url.startswith("https://") and url.endswith("/") for url in urls)


@pytest.mark.parametrize("host", ["example.org", "192.0.2.1"])
def test_tests_use_no_network(host):
    with pytest.raises(pytest.fail.Exception, match="use no network"):
        urlopen(f"http://{host}/", timeout=1)
