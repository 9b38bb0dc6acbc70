import gzip
import hashlib
import os
import socket
import struct
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import urlopen

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_array_equal

from skdigits import datasets
from skdigits.datasets import fetch_mnist, read_idx

FORMATS = {
    np.dtype(np.uint8): (0x08, "B"),
    np.dtype(np.int8): (0x09, "b"),
    np.dtype(np.int16): (0x0B, "h"),
    np.dtype(np.int32): (0x0C, "i"),
    np.dtype(np.float32): (0x0D, "f"),
    np.dtype(np.float64): (0x0E, "d"),
}


def idx(array):
    """Write IDX by `struct`, value after value."""
    code, letter = FORMATS[array.dtype]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + struct.pack(f">{array.size}{letter}", *array.ravel().tolist())


def read_or_none(path):
    """Read a file, or let it be refused with a `ValueError` that names it."""
    try:
        return read_idx(path)
    except ValueError as error:
        if path.name not in str(error):
            raise
        return None


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("idx") / "some-file"


class TestReadIdx:
    @given(
        array=st.sampled_from(sorted(FORMATS, key=str)).flatmap(
            lambda dtype: arrays(dtype, array_shapes(min_dims=0, max_dims=5, min_side=0))
        ),
        compressed=st.booleans(),
    )
    def test_round_trip(self, path, array, compressed):
        path.write_bytes(gzip.compress(idx(array)) if compressed else idx(array))
        result = read_idx(path)
        assert_array_equal(result, array, strict=True)
        assert result.dtype.isnative
        assert result.flags.writeable

    def test_path_may_be_a_string(self, path):
        path.write_bytes(idx(np.arange(3, dtype=np.uint8)))
        assert_array_equal(read_idx(str(path)), [0, 1, 2])

    @given(content=st.binary(max_size=40))
    def test_any_other_bytes_are_refused(self, path, content):
        path.write_bytes(b"\1" + content)
        with pytest.raises(ValueError, match=r"some-file.*is not a valid IDX file"):
            read_idx(path)

    @given(
        header=st.tuples(st.sampled_from([8, 9, 11, 12, 13, 14]), st.integers(0, 255)),
        content=st.binary(max_size=300),
        wrap=st.sampled_from([bytes, gzip.compress]),
    )
    def test_bytes_behind_a_good_magic_number_are_an_array_or_a_value_error(
        self, path, header, content, wrap
    ):
        path.write_bytes(wrap(bytes([0, 0, *header]) + content))
        array = read_or_none(path)
        assert array is None or array.nbytes + 4 * array.ndim == len(content)

    @given(position=st.integers(2, 60), value=st.integers(0, 255))
    def test_damaged_gzip_is_a_value_error_or_harmless(self, path, position, value):
        array = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
        content = bytearray(gzip.compress(idx(array)))
        content[position % len(content)] = value
        path.write_bytes(content)
        result = read_or_none(path)
        assert result is None or np.array_equal(result, array)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "begin with the bytes ''"),
            (b"\0\0\x08", "begin with the bytes '00 00 08'"),
            (b"\x89PNG\r\n\x1a\n", "begin with the bytes '89 50 4e 47'"),
            (b"\0\0\x0a\1" + bytes(4), "begin with the bytes '00 00 0a 01'"),
            (b"\0\0\x08\3" + bytes(11), "ends within the sizes of its 3 dimensions"),
            (idx(np.zeros((2, 3), np.int16))[:-1], r"\(2, 3\) takes 12 bytes, but only 11 follow"),
            (idx(np.zeros((2, 3), np.int16)) + b"\0", r"\(2, 3\) takes 12 bytes, but more follow"),
            (gzip.compress(idx(np.zeros(99, np.int8)), mtime=0)[:-9], "end-of-stream marker"),
        ],
    )
    def test_says_what_is_wrong(self, path, content, message):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"some-file' is not a valid IDX file.*{message}"):
            read_idx(path)

    @pytest.mark.parametrize("wrap", [bytes, gzip.compress])
    @pytest.mark.parametrize("sizes", [(2**32 - 1,) * 3, (2**31, 1024)])
    def test_absurd_sizes_take_no_memory(self, path, wrap, sizes):
        header = struct.pack(f">BBBB{len(sizes)}I", 0, 0, 0x0E, len(sizes), *sizes)
        path.write_bytes(wrap(header + bytes(16)))
        with pytest.raises(ValueError, match="but only 16 follow"):
            read_idx(path, max_bytes=2**110)

    def test_small_file_does_not_become_a_huge_array(self, path):
        n_bytes = 10_000_000
        header = struct.pack(">BBBBI", 0, 0, 0x08, 1, n_bytes)
        path.write_bytes(gzip.compress(header + bytes(n_bytes)))
        assert path.stat().st_size < 11_000
        with pytest.raises(ValueError, match=r"10000000 bytes, more than max_bytes=1000000"):
            read_idx(path, max_bytes=1_000_000)
        assert read_idx(path, max_bytes=n_bytes).shape == (n_bytes,)

    def test_size_is_limited_by_default(self, path):
        header = struct.pack(">BBBB2I", 0, 0, 0x08, 2, 2**31, 3)
        path.write_bytes(header + bytes(100))
        with pytest.raises(ValueError, match=r"more than max_bytes=4294967296"):
            read_idx(path)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of POSIX")
    def test_pipe_is_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ValueError, match=r"pipe' is not a regular file"):
            read_idx(tmp_path / "pipe")

    def test_missing_file(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            read_idx(tmp_path / "absent")


IMAGES = {
    "train": np.arange(3 * 784).astype(np.uint8).reshape(3, 28, 28),
    "t10k": np.full((2, 28, 28), 9, dtype=np.uint8),
}
LABELS = {"train": np.array([5, 0, 4], np.uint8), "t10k": np.array([7, 2], np.uint8)}
FILES = {
    f"{part}-{kind}-ubyte.gz": gzip.compress(idx(arrays[part]), mtime=0)
    for part in ("train", "t10k")
    for kind, arrays in (("images-idx3", IMAGES), ("labels-idx1", LABELS))
}


@pytest.fixture
def small_mnist(monkeypatch):
    """Let five made images be the originals, and no mirror have them."""
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    monkeypatch.setattr(datasets, "_SHA256", checksums)
    monkeypatch.setattr(datasets, "_MIRRORS", ())
    monkeypatch.delenv("SKDIGITS_DATA", raising=False)


@pytest.fixture
def data_home(small_mnist, tmp_path):
    """Return a folder with all the files."""
    (tmp_path / "mnist").mkdir()
    for name, content in FILES.items():
        (tmp_path / "mnist" / name).write_bytes(content)
    return tmp_path


class Mirror:
    """A server on this machine, the files it has and the files it was asked for.

    A file that is a string is elsewhere: at this address.
    """

    def __init__(self, files):
        self.asked = asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.removeprefix("/mnist/")
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
        self.url = f"http://127.0.0.1:{self.server.server_port}/mnist/"
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
        monkeypatch.setattr(datasets, "_MIRRORS", tuple(mirror.url for mirror in started))
        return started

    yield start
    for mirror in started:
        mirror.close()


class TestFetchMnist:
    @pytest.mark.parametrize(
        ("subset", "parts"), [("train", ["train"]), ("test", ["t10k"]), ("all", ["train", "t10k"])]
    )
    def test_subsets(self, data_home, subset, parts):
        X, y = fetch_mnist(subset=subset, return_X_y=True, data_home=data_home)
        images = np.concatenate([IMAGES[part] for part in parts])
        assert_array_equal(X, images.reshape(-1, 784), strict=True)
        labels = np.concatenate([LABELS[part] for part in parts])
        assert_array_equal(y, labels.astype(np.int64), strict=True)

    def test_bunch(self, data_home):
        mnist = fetch_mnist(data_home=str(data_home))
        assert set(mnist) == {
            "data", "target", "images", "feature_names", "target_names", "DESCR",
        }  # fmt: skip
        assert_array_equal(mnist.images, IMAGES["train"], strict=True)
        assert np.shares_memory(mnist.images, mnist.data)
        assert mnist.feature_names[:2] == ["pixel_0_0", "pixel_0_1"]
        assert mnist.feature_names[-1] == "pixel_27_27"
        assert len(mnist.feature_names) == 784
        assert_array_equal(mnist.target_names, range(10))
        assert "CC BY-SA 3.0" in mnist.DESCR
        assert "LeCun" in mnist.DESCR

    def test_data_home_from_the_environment(self, data_home, monkeypatch, tmp_path_factory):
        monkeypatch.setenv("SKDIGITS_DATA", str(data_home))
        X, _ = fetch_mnist(return_X_y=True, download_if_missing=False)
        assert len(X) == 3
        with pytest.raises(OSError, match="is missing"):
            fetch_mnist(data_home=tmp_path_factory.mktemp("other"), download_if_missing=False)

    def test_data_home_of_scikit_learn(self, data_home, monkeypatch):
        monkeypatch.setenv("SCIKIT_LEARN_DATA", str(data_home))
        X, _ = fetch_mnist(return_X_y=True, download_if_missing=False)
        assert len(X) == 3

    def test_home_folder_is_expanded(self, data_home, monkeypatch):
        monkeypatch.setenv("HOME", str(data_home.parent))
        monkeypatch.setenv("USERPROFILE", str(data_home.parent))
        X, _ = fetch_mnist(return_X_y=True, data_home=f"~/{data_home.name}")
        assert len(X) == 3

    def test_absent_and_not_to_be_downloaded(self, mirrors, tmp_path):
        (mirror,) = mirrors(FILES)
        message = "train-images-idx3-ubyte.gz' is missing, and `download_if_missing` is False"
        with pytest.raises(OSError, match=message):
            fetch_mnist(data_home=tmp_path, download_if_missing=False)
        assert not mirror.asked
        assert not list(tmp_path.iterdir())

    def test_downloads_once(self, mirrors, tmp_path):
        (mirror,) = mirrors(FILES)
        for _ in range(2):
            X, y = fetch_mnist(subset="all", return_X_y=True, data_home=tmp_path / "new")
        assert_array_equal(X[:3], IMAGES["train"].reshape(3, 784))
        assert_array_equal(y, [5, 0, 4, 7, 2])
        assert sorted(mirror.asked) == sorted(FILES)
        folder = tmp_path / "new" / "mnist"
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES

    def test_downloads_only_what_the_subset_needs(self, mirrors, tmp_path):
        (mirror,) = mirrors(FILES)
        fetch_mnist(subset="test", data_home=tmp_path)
        assert mirror.asked == ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]

    def test_next_mirror_where_one_is_corrupt_or_lacks_the_file(self, mirrors, tmp_path):
        corrupt = {name: content[:-1] for name, content in FILES.items()}
        first, second, third = mirrors(corrupt, {}, FILES)
        _, y = fetch_mnist(return_X_y=True, data_home=tmp_path)
        assert_array_equal(y, LABELS["train"])
        assert len(first.asked) == len(second.asked) == len(third.asked) == 2

    def test_download_too_large_is_cut_off_and_refused(self, mirrors, tmp_path, monkeypatch):
        monkeypatch.setattr(datasets, "_LARGEST_DOWNLOAD", 50)
        mirrors(FILES)
        with pytest.raises(OSError, match="not the original file"):
            fetch_mnist(data_home=tmp_path)

    def test_redirect_to_another_server_is_followed(self, mirrors, tmp_path, monkeypatch):
        elsewhere, _ = mirrors(FILES, {})
        addresses = {name: elsewhere.url + name for name in FILES}
        *_, first = mirrors(addresses)
        monkeypatch.setattr(datasets, "_MIRRORS", (first.url,))
        fetch_mnist(data_home=tmp_path)
        assert elsewhere.asked == first.asked

    @pytest.mark.parametrize("scheme", ["ftp", "file", "data"])
    def test_redirect_to_another_scheme_is_refused(self, mirrors, tmp_path, scheme):
        (tmp_path / "original").write_bytes(b"content")
        address = {
            "ftp": "ftp://127.0.0.1:1/original",
            "file": (tmp_path / "original").as_uri(),
            "data": "data:,content",
        }[scheme]
        mirrors(dict.fromkeys(FILES, address))
        with pytest.raises(
            OSError, match=rf"(refused a redirect|Redirection) to (url )?'{scheme}:"
        ):
            fetch_mnist(data_home=tmp_path)

    @pytest.mark.parametrize("start", [b"", b"HTTP/1.0 200 OK\r\n\r\n"], ids=["header", "body"])
    def test_server_that_drips_is_given_up(self, small_mnist, tmp_path, monkeypatch, start):
        """Byte by byte, each well within the timeout of the socket."""
        given_up = threading.Event()

        def drip():
            connection, _ = server.accept()
            with connection:
                connection.sendall(start)
                while not given_up.wait(0.02):
                    connection.sendall(b"x")

        monkeypatch.setattr(datasets, "_LONGEST_DOWNLOAD", 0.3)
        with socket.create_server(("127.0.0.1", 0)) as server:
            monkeypatch.setattr(
                datasets, "_MIRRORS", (f"http://127.0.0.1:{server.getsockname()[1]}/mnist/",)
            )
            thread = threading.Thread(target=drip)
            thread.start()
            try:
                with pytest.raises(OSError, match=r"not complete after 0\.3 seconds"):
                    fetch_mnist(data_home=tmp_path)
            finally:
                given_up.set()
                thread.join()
        assert list(tmp_path.rglob("*.gz")) == []

    @pytest.mark.parametrize("damage", [lambda content: content[:100], lambda content: b""])
    def test_partial_file_is_fetched_again(self, mirrors, data_home, damage):
        (mirror,) = mirrors(FILES)
        path = data_home / "mnist" / "train-images-idx3-ubyte.gz"
        path.write_bytes(damage(path.read_bytes()))
        X, _ = fetch_mnist(return_X_y=True, data_home=data_home)
        assert_array_equal(X, IMAGES["train"].reshape(3, 784))
        assert mirror.asked == [path.name]
        assert path.read_bytes() == FILES[path.name]

    def test_partial_file_is_refused_where_it_cannot_be_fetched(self, data_home):
        path = data_home / "mnist" / "train-labels-idx1-ubyte.gz"
        path.write_bytes(b"partial")
        with pytest.raises(OSError, match=r"is damaged.*`download_if_missing` is False"):
            fetch_mnist(data_home=data_home, download_if_missing=False)
        with pytest.raises(OSError, match=r"is damaged.*could not be fetched"):
            fetch_mnist(data_home=data_home)
        assert path.read_bytes() == b"partial"

    def test_no_network_says_where_it_looked_and_what_to_do(self, mirrors, tmp_path):
        for mirror in mirrors({}, {}):
            mirror.close()
        with pytest.raises(OSError, match=r"could not be fetched.*SKDIGITS_DATA") as caught:
            fetch_mnist(data_home=tmp_path)
        message = str(caught.value)
        assert str(tmp_path / "mnist" / "train-images-idx3-ubyte.gz") in message
        assert "refused" in message
        assert "data_home" in message

    def test_read_only_folder(self, mirrors, data_home, monkeypatch):
        def refuse(source, target):
            raise PermissionError(13, "Permission denied", str(target))

        mirrors(FILES)
        path = data_home / "mnist" / "train-images-idx3-ubyte.gz"
        path.write_bytes(b"partial")
        # By `os.replace` and not by the folder's mode, which does not bind root.
        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(OSError, match=r"is damaged.*Permission denied.*data_home"):
            fetch_mnist(data_home=data_home)
        assert {entry.name for entry in path.parent.iterdir()} == set(FILES)

    def test_threads_may_fetch_at_once(self, mirrors, tmp_path):
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
        assert len(list((tmp_path / "mnist").iterdir())) == 2

    @pytest.mark.parametrize(
        "parameters", [{"subset": "validation"}, {"return_X_y": "yes"}, {"data_home": 3}]
    )
    def test_parameters_are_validated(self, parameters):
        with pytest.raises(ValueError, match=f"The '{next(iter(parameters))}' parameter"):
            fetch_mnist(**parameters)

    def test_checksums_and_mirrors_are_well_formed(self):
        assert all(len(bytes.fromhex(checksum)) == 32 for checksum in datasets._SHA256.values())
        assert all(url.startswith("https://") and url.endswith("/") for url in datasets._MIRRORS)


@pytest.mark.mnist
class TestMnist:
    def test_train(self):
        X, y = fetch_mnist(return_X_y=True, download_if_missing=False)
        assert X.shape == (60000, 784)
        assert X.dtype == np.uint8
        assert y.dtype == np.int64
        assert_array_equal(y[:5], [5, 0, 4, 1, 9])
        counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
        assert_array_equal(np.bincount(y), counts)
        assert X.mean() == pytest.approx(33.3184, abs=5e-5)
        mean_square = np.square(X, dtype=np.float32).mean(dtype=np.float64)
        assert np.sqrt(mean_square - X.mean() ** 2) == pytest.approx(78.5675, abs=5e-5)

    def test_test(self):
        mnist = fetch_mnist(subset="test", download_if_missing=False)
        assert mnist.images.shape == (10000, 28, 28)
        assert_array_equal(mnist.target[:5], [7, 2, 1, 0, 4])

    def test_all_is_train_then_test(self):
        X, y = fetch_mnist(subset="all", return_X_y=True, download_if_missing=False)
        X_test, y_test = fetch_mnist(subset="test", return_X_y=True, download_if_missing=False)
        assert len(X) == len(y) == 70000
        assert_array_equal(X[60000:], X_test)
        assert_array_equal(y[60000:], y_test)


@pytest.mark.parametrize("host", ["example.org", "192.0.2.1"])
def test_tests_use_no_network(host):
    with pytest.raises(pytest.fail.Exception, match="use no network"):
        urlopen(f"http://{host}/", timeout=1)


def test_import_loads_no_deep_learning_library():
    code = (
        "import sys, skdigits.datasets, skdigits.preprocessing;"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
