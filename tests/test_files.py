"""Files are written whole or not at all, and read where they end."""

import os
import stat
import subprocess
import sys
import threading

import pytest

from skdigits._files import opened_regular, replacing


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
