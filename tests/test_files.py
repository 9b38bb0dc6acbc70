"""Files are written whole or not at all, and read where they end."""

import errno
import io
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from small_networks import small

from skdigits import PixelScaler
from skdigits._files import opened_regular, replacing
from skdigits.export import to_html, to_onnx
from skdigits.persistence import save_estimator
from skdigits.reading._checkpoints import Checkpoint, write_checkpoint

N_KILLS = 10  # of each kind of file; benchmarks/kills.py does more
_BYTES_OF_IDENTITIES = 200  # by which files of equal estimators may differ in size


def write_half(path, error):
    with replacing(path) as file:
        file.write(b"half")
        raise error


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt(), ValueError("no")])
def test_what_was_there_outlives_a_failure(tmp_path, error):
    path = tmp_path / "model"
    path.write_bytes(b"before")
    with pytest.raises(type(error)):
        write_half(path, error)
    assert path.read_bytes() == b"before"
    assert listing(tmp_path) == ["model"]


def test_a_failure_leaves_nothing_new(tmp_path):
    with pytest.raises(OSError, match="full"):
        write_half(tmp_path / "model", OSError("disk full"))
    assert listing(tmp_path) == []


def test_others_see_the_old_file_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"before")
    with replacing(path) as file:
        file.write(b"after")
        file.flush()
        assert path.read_bytes() == b"before"
    assert path.read_bytes() == b"after"


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_links_and_permissions_are_kept(tmp_path):
    path, link = tmp_path / "model", tmp_path / "link"
    path.write_bytes(b"before")
    path.chmod(0o640)
    link.symlink_to(path)
    with replacing(link) as file:
        file.write(b"after")
    assert link.is_symlink()
    assert path.read_bytes() == b"after"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "other").write_bytes(b"")
    with replacing(tmp_path / "model") as file:
        file.write(b"new")
    assert (tmp_path / "model").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_missing_folder_is_named(tmp_path):
    folder = tmp_path / "absent"
    with (
        pytest.raises(FileNotFoundError, match="No such folder") as caught,
        replacing(folder / "new"),
    ):
        pass
    assert caught.value.filename == os.path.realpath(folder)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="needs /dev/stdout")
def test_a_device_is_written_to(tmp_path):
    code = (
        "from skdigits._files import replacing\n"
        "with replacing('/dev/stdout') as file: file.write(b'digits')"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout == b"digits"


def test_a_regular_file_is_read(tmp_path):
    (tmp_path / "file").write_bytes(b"digits")
    with opened_regular(tmp_path / "file") as file:
        assert file.read() == b"digits"


def test_a_folder_and_a_missing_file_are_errors_of_the_system(tmp_path):
    with pytest.raises(IsADirectoryError), opened_regular(tmp_path):
        pass
    with pytest.raises(FileNotFoundError), opened_regular(tmp_path / "missing"):
        pass


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_refused_at_once(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    errors = []

    def read():
        try:
            with opened_regular(path):
                pass
        except ValueError as error:
            errors.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive(), "it waits for a writer"
    assert "is not a regular file" in str(errors[0])


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev/zero")
def test_an_endless_device_is_refused():
    expected = pytest.raises(ValueError, match="'/dev/zero' is not a regular file")
    with expected, opened_regular("/dev/zero"):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
@pytest.mark.parametrize("kind", ["estimator", "checkpoint"])
def test_a_killed_process_leaves_the_old_file_or_the_new_one(kind):
    pytest.importorskip("skops.io")
    program = Path(__file__).with_name("killed_writers.py")
    command = [sys.executable, str(program), kind, str(N_KILLS)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    counts = json.loads(result.stdout)
    assert counts["old"] + counts["new"] == N_KILLS, result.stderr
    assert counts["old"], "all are killed too late"
    assert counts["new"], "all are killed too soon"


class FullDisk(io.FileIO):
    """A file on a disk that has room for some bytes."""

    def __init__(self, path, mode, n_bytes):
        super().__init__(path, mode)
        self.n_bytes = n_bytes

    def write(self, content):
        n_left = self.n_bytes - self.tell()
        if not n_left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(memoryview(content)[:n_left])


@pytest.fixture
def disk(monkeypatch):
    """Return a function that sets the number of bytes that new files have room for."""
    open_path = Path.open

    def limit(n_bytes):
        def open_limited(path, mode="r", *args, **kwargs):
            if "x" in mode:
                return io.BufferedWriter(FullDisk(path, mode.replace("b", ""), n_bytes))
            return open_path(path, mode, *args, **kwargs)

        monkeypatch.setattr(Path, "open", open_limited)

    return limit


def write_in_pieces(path):
    with replacing(path) as file:
        for i in range(100):
            file.write(bytes([i]) * 99)


def checkpoint_of(path):
    variables = [np.ones((20, 5), np.float32)] * 5
    write_checkpoint(path, Checkpoint("5e" * 32, np.ones(3), np.ones(1), variables))


WRITERS = {
    "pieces": (200, lambda classifier: write_in_pieces),
    "checkpoint": (200, lambda classifier: checkpoint_of),
    "estimator": (40, lambda classifier: lambda path: save_estimator(PixelScaler(), path)),
    "page": (20, lambda classifier: lambda path: to_html(classifier, path)),
    "onnx": (20, lambda classifier: lambda path: to_onnx(classifier, path)),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_disk_that_is_full_at_any_byte_leaves_the_old_file(kind, tmp_path, disk, X, y):
    pytest.importorskip({"estimator": "skops.io", "onnx": "onnx"}.get(kind, "numpy"))
    n_positions, make = WRITERS[kind]
    path, write = tmp_path / "model", make(small(epochs=1).fit(X, y))
    write(path)
    n_bytes = path.stat().st_size - (kind == "estimator") * _BYTES_OF_IDENTITIES
    path.write_bytes(b"before")
    for position in np.linspace(0, n_bytes - 1, n_positions, dtype=int):
        disk(int(position))
        with pytest.raises(OSError, match=r"No space left") as caught:
            write(path)
        assert caught.value.errno == errno.ENOSPC
        assert path.read_bytes() == b"before"
        assert listing(tmp_path) == ["model"]
    disk(n_bytes + _BYTES_OF_IDENTITIES * 2)
    write(path)
    assert path.stat().st_size >= n_bytes


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_errors_at_the_end_leave_the_old_file(call, number, tmp_path, monkeypatch):
    def fail(*args):
        raise OSError(number, os.strerror(number))

    path = tmp_path / "model"
    path.write_bytes(b"before")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(OSError, match=rf"^\[Errno {number}\]"):
            write_in_pieces(path)
    assert path.read_bytes() == b"before"
    assert listing(tmp_path) == ["model"]
    write_in_pieces(path)
    assert len(path.read_bytes()) == 9900
