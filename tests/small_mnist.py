"""Five made images in the files of MNIST and QMNIST, which take the place of the originals."""

import gzip
import hashlib
import struct

import numpy as np

from skdigits.datasets import _original_files

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


IMAGES = {
    "train": np.arange(3 * 784).astype(np.uint8).reshape(3, 28, 28),
    "t10k": np.full((2, 28, 28), 9, dtype=np.uint8),
}
LABELS = {"train": np.array([5, 0, 4], np.uint8), "t10k": np.array([7, 2], np.uint8)}
# Digit, series, writer, number in the writer's file, class, index in all files, and two zeros.
QMNIST_NAME = "qmnist/qmnist-train-labels-idx2-int.gz"
QMNIST_LABELS = np.array(
    [[5, 4, 2154, 59, 35, 90, 0, 0], [0, 0, 7, 0, 30, 12, 0, 0], [4, 4, 2154, 60, 34, 91, 0, 0]],
    np.int32,
)
FILES = {
    f"mnist/{part}-{kind}-ubyte.gz": gzip.compress(idx(arrays[part]), mtime=0)
    for part in ("train", "t10k")
    for kind, arrays in (("images-idx3", IMAGES), ("labels-idx1", LABELS))
}
FILES[QMNIST_NAME] = gzip.compress(idx(QMNIST_LABELS), mtime=0)


def take_for_originals(monkeypatch, files=FILES):
    """Let the made files be the originals, and no mirror have them."""
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(_original_files, "_SHA256", checksums)
    set_mirrors(monkeypatch)
    monkeypatch.delenv("SKDIGITS_DATA", raising=False)


def set_mirrors(monkeypatch, *addresses):
    """Let servers have the files, each in a folder of its dataset."""
    mirrors = {
        dataset: tuple(f"{address}{dataset}/" for address in addresses)
        for dataset in _original_files._MIRRORS
    }
    monkeypatch.setattr(_original_files, "_MIRRORS", mirrors)


def write_files(folder, files=FILES):
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
