"""Archives are read within limits, from whatever bytes come."""

import io
import os
import struct
import threading
import tracemalloc
import zipfile

import pytest
from saved_files import saved, unzipped, zipped
from small_networks import small

from skdigits.persistence import read_estimator

pytest.importorskip("skops.io")


def read(content, **options):
    return read_estimator(io.BytesIO(content), **options)


@pytest.fixture(scope="module")
def content():
    return saved(small())


@pytest.fixture
def members(content):
    return unzipped(content)


class TestSizes:
    def test_too_large_is_refused_by_what_it_claims(self, members, peak):
        bomb = zipped({**members, "zeros.npy": bytes(1 << 26)})
        tracemalloc.reset_peak()
        with pytest.raises(ValueError, match=r"holds 67,.* bytes, more than max_bytes=4,194,304"):
            read(bomb, max_bytes=1 << 22)
        assert peak() < 1 << 23

    def test_members_that_are_larger_than_they_claim(self, members, peak):
        bomb = bytearray(zipped({"zeros.npy": bytes(1 << 26), **members}))
        sizes = struct.pack("<I", 1 << 26)
        for _ in range(2):  # In the header of the member and in the directory.
            place = bomb.index(sizes)
            bomb[place : place + 4] = struct.pack("<I", 16)
        tracemalloc.reset_peak()
        with pytest.raises(ValueError, match="damaged"):
            read(bytes(bomb))
        assert peak() < 1 << 23

    def test_large_files_are_read_if_they_are_expected(self, content):
        assert read(content, max_bytes=1 << 20).epochs == 2
        with pytest.raises(ValueError, match=r"more than max_bytes=100 allows\. If you know"):
            read(content, max_bytes=100)

    def test_directories_that_are_large(self, members, peak):
        """zipfile makes an object of each entry before anything can count them."""
        directory = zipped({**members, "a": b""})
        start = directory.rindex(b"PK\x01\x02")
        end = directory.rindex(b"PK\x05\x06")
        entry, last = directory[start:end], bytearray(directory[end:])
        entries = directory[directory.index(b"PK\x01\x02") : start] + entry * 300_000
        last[12:16] = struct.pack("<I", len(entries))
        bomb = directory[: directory.index(b"PK\x01\x02")] + entries + bytes(last)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        with pytest.raises(ValueError, match="more than 32,768 members"):
            read(bomb)
        assert peak() - before < 3 * len(bomb)

    def test_members_of_one_name(self, members):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            with pytest.warns(UserWarning, match="Duplicate"):
                archive.writestr(name, content)
        with pytest.raises(ValueError, match="equal names"):
            read(buffer.getvalue())

    @pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_unusual_compression(self, compression, members):
        with pytest.raises(ValueError, match="unusual"):
            read(zipped(members, compression))


class Endless(io.RawIOBase):
    """A stream that counts what is read of it."""

    n_bytes = 0

    def readable(self):
        return True

    def read(self, n_bytes=-1):
        assert n_bytes >= 0, "all of it is asked for"
        self.n_bytes += n_bytes
        return bytes(n_bytes)


class EndlessFile(Endless):
    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        return 0


class TestStreams:
    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="has no /dev/zero")
    def test_devices_are_not_opened(self):
        with pytest.raises(ValueError, match=r"/dev/zero cannot be read: .* not a regular file"):
            read_estimator("/dev/zero", max_bytes=1 << 20)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")
    def test_named_pipes_are_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ValueError, match="not a regular file"):
            read_estimator(tmp_path / "pipe")

    @pytest.mark.parametrize("kind", [Endless, EndlessFile])
    def test_streams_without_an_end(self, kind):
        stream = kind()
        with pytest.raises(ValueError, match=r"1,\d+,\d+ bytes or more, more than max_bytes"):
            read_estimator(stream, max_bytes=1 << 20)
        assert stream.n_bytes < 1 << 21

    def test_streams_that_cannot_go_back(self, content):
        receiver, sender = os.pipe()
        with open(receiver, "rb") as stream, open(sender, "wb") as other:
            thread = threading.Thread(target=lambda: (other.write(content), other.close()))
            thread.start()
            assert read_estimator(stream).epochs == 2
            thread.join()

    def test_streams_are_read_from_their_start(self, content):
        stream = io.BytesIO(content)
        stream.seek(0, io.SEEK_END)
        assert read_estimator(stream).epochs == 2

    def test_streams_of_text(self):
        with pytest.raises(ValueError, match="cannot be read"):
            read_estimator(io.StringIO("a" * 1000))

    def test_folders_are_missing_files(self, tmp_path):
        with pytest.raises(IsADirectoryError):
            read_estimator(tmp_path)


def test_names_are_printed_so_that_no_terminal_obeys_them(members, tmp_path):
    path = tmp_path / "a\x1b[2J\nb"
    path.write_bytes(zipped({**members, "c\x1b[2J": b""}, zipfile.ZIP_LZMA))
    with pytest.raises(ValueError, match=r"a\\x1b\[2J\\nb cannot be read") as caught:
        read_estimator(path)
    assert str(caught.value).isprintable()
