import gzip
import os
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_array_equal
from small_mnist import FORMATS, idx

from skdigits.datasets import read_idx


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
