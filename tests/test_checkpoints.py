"""Checkpoints are read within limits, and only if they fit the training that continues."""

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from saved_files import unzipped, zipped

from skdigits.reading._checkpoints import Checkpoint, read_checkpoint, write_checkpoint

IDENTITY = "5e" * 32
N_EPOCHS, N_PER_EPOCH = 3, 4


def variables():
    random = np.random.default_rng(0)
    return [
        random.normal(size=(20, 30)).astype(np.float32),
        np.array([3, 4], np.uint32),
        np.array(9, np.int64),
        np.array(0.5, np.float32),
    ]


def read(path, **changes):
    training = {
        "identity": IDENTITY,
        "variables": variables(),
        "n_epochs": N_EPOCHS,
        "n_per_epoch": N_PER_EPOCH,
    }
    return read_checkpoint(path, **{**training, **changes})


def npy(array, *, allow_pickle=False):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=allow_pickle)
    return buffer.getvalue()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "lines.npz"
    write_checkpoint(
        path, Checkpoint(IDENTITY, np.arange(9.0), np.array([0.5, np.nan]), variables())
    )
    return path


@pytest.fixture
def members(path):
    return unzipped(path.read_bytes())


def assert_refused(path, reason):
    with pytest.raises(ValueError, match=rf"^checkpoint='.*' cannot be read: .*{reason}") as caught:
        read(path)
    message = str(caught.value)
    assert path.name in message
    assert message.endswith("Pass another file, or delete it to start again.")
    assert message.isprintable()


def test_round_trip(path):
    found = read(path)
    assert found.identity == IDENTITY
    assert_array_equal(found.losses, np.arange(9.0))
    assert_array_equal(found.scores, [0.5, np.nan])
    for variable, expected in zip(found.variables, variables(), strict=True):
        assert variable.dtype == expected.dtype
        assert_array_equal(variable, expected)


@pytest.mark.parametrize("n_batches", [1, 4, N_EPOCHS * N_PER_EPOCH])
def test_any_number_of_batches(path, n_batches):
    losses, scores = np.ones(n_batches), np.ones(n_batches // N_PER_EPOCH)
    write_checkpoint(path, Checkpoint(IDENTITY, losses, scores, variables()))
    assert len(read(path).losses) == n_batches


def test_seeds_of_other_backends_are_read(path):
    """Keras' seeds and counters are integers of different widths on different backends."""
    wider = [it.astype(np.int64) if it.dtype.kind in "iu" else it for it in variables()]
    write_checkpoint(path, Checkpoint(IDENTITY, np.ones(1), np.zeros(0), wider))
    assert_array_equal(read(path).variables[1], [3, 4])


def test_other_trainings_are_named(path):
    with pytest.raises(
        ValueError, match="belongs to a training with other lines, parameters or initial weights"
    ):
        read(path, identity="00" * 32)


class TestSizes:
    def test_a_member_that_grows(self, path, members, peak):
        path.write_bytes(zipped({**members, "losses.npy": npy(np.zeros(1 << 24))}))
        assert path.stat().st_size < 1 << 18
        tracemalloc.reset_peak()
        assert_refused(path, "holds more than the .* bytes of this training")
        assert peak() < 1 << 21

    def test_a_member_that_is_larger_than_it_claims(self, path, members, peak):
        content = bytearray(zipped({"zeros.npy": bytes(1 << 22), **members}))
        sizes = struct.pack("<I", 1 << 22)
        for _ in range(2):  # In the header of the member and in the directory.
            place = content.index(sizes)
            content[place : place + 4] = struct.pack("<I", 16)
        path.write_bytes(content)
        tracemalloc.reset_peak()
        assert_refused(path, "damaged")
        assert peak() < 1 << 21

    def test_a_large_file(self, path, members, peak):
        path.write_bytes(zipped({**members, "x.npy": bytes(1 << 24)}, zipfile.ZIP_STORED))
        tracemalloc.reset_peak()
        assert_refused(path, "holds more than the .* bytes of this training")
        assert peak() < 1 << 21

    def test_an_array_that_claims_more_than_it_has(self, path, members, peak):
        header = io.BytesIO()
        shape = {"descr": "<f4", "fortran_order": False, "shape": (10**9, 30)}
        np.lib.format.write_array_header_1_0(header, shape)
        path.write_bytes(zipped({**members, "variable_0.npy": header.getvalue() + bytes(64)}))
        tracemalloc.reset_peak()
        assert_refused(path, "declares an array of 120,000,000,000 bytes")
        assert peak() < 1 << 21


class TestMembers:
    @pytest.mark.parametrize("name", ["variable_4.npy", "notes.txt", "../../x.npy", "a\x1b[2J.npy"])
    def test_that_are_too_many(self, path, members, name):
        path.write_bytes(zipped({**members, name: b""}))
        assert_refused(path, "which no checkpoint of this training has")

    @pytest.mark.parametrize("name", ["identity", "losses", "scores", "variable_0", "variable_3"])
    def test_that_are_missing(self, path, members, name):
        del members[f"{name}.npy"]
        path.write_bytes(zipped(members))
        assert_refused(path, f"it has no '{name}'")

    def test_of_one_name(self, path, members):
        with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("losses.npy", members["losses.npy"])
        assert_refused(path, "equal names")

    @pytest.mark.parametrize("name", ["identity", "losses", "scores", "variable_0", "variable_2"])
    @pytest.mark.parametrize(
        "array",
        [
            np.zeros((20, 30)),
            np.zeros((20, 30), np.float16),
            np.zeros((30, 20), np.float32),
            np.zeros((0, 30), np.float32),
            np.array("a" * 65),
            np.zeros(9, np.complex128),
            np.zeros(9, bool),
            np.zeros(9, "datetime64[s]"),
            np.zeros(9, [("a", "f8")]),
            np.array([0, 1, 2], object),
        ],
        ids=lambda array: f"{array.dtype}-{array.shape}",
    )
    def test_of_other_dtypes_and_shapes(self, path, members, name, array):
        content = npy(array, allow_pickle=True)
        path.write_bytes(zipped({**members, f"{name}.npy": content}))
        assert_refused(path, "dtype")

    @pytest.mark.parametrize("name", ["variable_0", "variable_3", "losses"])
    @pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
    def test_that_are_not_finite(self, path, members, name, number):
        array = np.load(io.BytesIO(members[f"{name}.npy"]))
        array.flat[-1] = number
        path.write_bytes(zipped({**members, f"{name}.npy": npy(array)}))
        assert_refused(path, "NaN or infinite")

    @pytest.mark.parametrize(("n_losses", "n_scores"), [(0, 0), (13, 3), (9, 1), (9, 3)])
    def test_of_other_epochs(self, path, members, n_losses, n_scores):
        others = {"losses.npy": npy(np.zeros(n_losses)), "scores.npy": npy(np.zeros(n_scores))}
        path.write_bytes(zipped({**members, **others}))
        assert_refused(path, "not those of 3 epochs of 4 batches")


@pytest.mark.parametrize("name", ["identity", "losses", "scores", "variable_0", "variable_2"])
@pytest.mark.parametrize(
    "content",
    [b"", b"\x93NUMPY\x03\x00", b"\x93NUMPY\x09\x09", b"no array", b"\x93NUMPY\x01\x00\xff\xff{"],
)
def test_members_that_are_no_arrays(path, members, name, content):
    path.write_bytes(zipped({**members, f"{name}.npy": content}))
    assert_refused(path, "")


@pytest.mark.parametrize("part", [0, 0.01, 0.3, 0.7, 0.99])
def test_truncated_files(path, part):
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    assert_refused(path, "was not written by a training")


def test_any_byte_that_is_flipped_is_noticed_or_harmless(path):
    content, expected = path.read_bytes(), read(path)
    random, messages = np.random.default_rng(0), []
    for place in random.choice(len(content), 300, replace=False):
        flipped = bytearray(content)
        flipped[place] ^= 1 << random.integers(8)
        path.write_bytes(flipped)
        try:
            found = read(path)
        except ValueError as error:
            messages.append(str(error))
        else:
            assert_array_equal(found.losses, expected.losses)
            assert_array_equal(found.variables[0], expected.variables[0])
    assert len(messages) > 200
    assert all(it.endswith("delete it to start again.") for it in messages)


def test_folders(tmp_path):
    assert_refused(tmp_path, "directory|denied")


def test_control_characters_of_names_are_escaped_once(tmp_path):
    path = tmp_path / "a\x1b[2J.npz"
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="cannot be read") as caught:
        read(path)
    assert r"a\x1b[2J.npz'" in str(caught.value)
    assert r"\\x1b" not in str(caught.value)
