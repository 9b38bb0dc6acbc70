"""Labelled images from NumPy files, CSV files and folders of pictures."""

from __future__ import annotations

import io
import os
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from math import isqrt, prod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from skdigits._files import opened_regular
from skdigits._printable import printable
from skdigits.commands._labelled_images import LabelledImages
from skdigits.commands._messages import print_line, tell

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAX_BYTES = 2**32
_LONGEST_LINE = 2**24  # bytes
_LONGEST_SIDE = 512  # pixels

# Names of training images, training labels and, if the split is published, test images and labels,
# in upper or lower case.
_NPZ_LAYOUTS = (
    ("x_train", "y_train", "x_test", "y_test"),
    ("x", "y"),
    ("data", "target"),
    ("images", "labels"),
)
_LABEL_COLUMNS = ("label", "class", "target", "digit", "y")
# Row numbers, as pandas and others write them; if the rows are sorted, they reveal the labels.
_INDEX_COLUMNS = ("", "unnamed: 0", "id", "index")
# Names of the folders of a published split.
_SPLITS = (("train", "test"), ("training", "testing"))


def read_npz(path: Path) -> LabelledImages:
    """Read images and labels from the arrays of a NumPy file."""
    import numpy as np

    from skdigits._images import check_channels_last

    with opened_regular(path) as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(
                f"{path} is neither a .npz file, as numpy.savez writes them, nor called .csv"
            )
        try:
            with zipfile.ZipFile(file) as archive:
                arrays = _read_arrays(archive, path)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            raise ValueError(f"{path} is damaged: {error}") from error
    images, labels = arrays[::2], arrays[1::2]
    for part_images, part_labels in zip(images, labels, strict=True):
        if part_images.ndim < 2 or part_labels.shape != part_images.shape[:1]:
            raise ValueError(
                f"{path}: images of shape {part_images.shape} and labels of shape "
                f"{part_labels.shape}; expected (n, pixels) or (n, height, width), and (n,)"
            )
        if part_images.dtype.kind not in "buif":
            raise ValueError(f"{path}: pixels must be numbers, got dtype {part_images.dtype}")
        if not part_images.size:
            raise ValueError(f"{path} holds no images: their shape is {part_images.shape}")
    if len({part.shape[1:] for part in images}) > 1:
        raise ValueError(
            f"{path}: training images of shape {images[0].shape[1:]} and test images of shape "
            f"{images[1].shape[1:]}; expected one shape"
        )
    check_channels_last(images[0].shape[1:])
    n_train = len(images[0]) if len(images) > 1 else None
    return LabelledImages(np.concatenate(images), np.concatenate(labels), n_train)


def _read_arrays(archive: zipfile.ZipFile, path: Path) -> list[NDArray[Any]]:
    """Read images and labels in turn, by the first layout that matches."""
    from numpy.lib import format as npy

    names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
    members = {name.lower(): f"{name}.npy" for name in names}
    layout = next((layout for layout in _NPZ_LAYOUTS if members.keys() >= set(layout)), None)
    if layout is None:
        raise ValueError(
            f"{path} holds the arrays {', '.join(names) or '(none)'}; "
            f"expected {' or '.join(map(', '.join, _NPZ_LAYOUTS))}"
        )
    n_bytes = 0
    for name in layout:
        with archive.open(members[name]) as stream:
            n_bytes += _declared_bytes(stream, f"{path}: the array {name!r}")
    if n_bytes > _MAX_BYTES:
        raise ValueError(f"{path} holds {n_bytes:,} bytes, more than the {_MAX_BYTES:,} read")
    arrays = []
    for name in layout:
        with archive.open(members[name]) as stream:
            arrays.append(npy.read_array(stream, allow_pickle=False))
    return arrays


def _declared_bytes(stream: IO[bytes], name: str) -> int:
    """Compute the memory that an array needs, without allocating it."""
    from numpy.lib import format as npy

    read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(
        npy.read_magic(stream)
    )
    if read_header is None:
        raise ValueError(f"{name} does not hold numbers")
    shape, _, dtype = read_header(stream)
    if dtype.hasobject:
        raise ValueError(
            f"{name} holds Python objects, which could run code when they are read: save numbers, "
            "or labels as strings, such as by y.astype(str)"
        )
    return int(dtype.itemsize) * prod(shape)


def read_csv(path: Path) -> LabelledImages:
    """Read one line per image: the label and the pixels, row by row, with or without a header.

    With a header, the label is the column of that name, at any position, and a column of row
    numbers is left out; otherwise the label is the first column.
    """
    with opened_regular(path) as file:
        if os.fstat(file.fileno()).st_size > _MAX_BYTES:
            raise ValueError(f"{path} is larger than the {_MAX_BYTES:,} bytes that are read")
        names = _first_line(file, path)
        if len(names) < 2:
            raise ValueError(
                f"{path} does not begin with a label and at least one pixel, separated by commas"
            )
        is_named = names[0].lower() in ("label", *_INDEX_COLUMNS)
        has_header = is_named or not all(map(_is_number, names[1:]))
        label = _label_column(names, path) if has_header else 0
        pixels = _pixel_columns(names, label, path) if has_header else list(range(1, len(names)))
        if isqrt(len(pixels)) ** 2 != len(pixels):
            print_line(
                "warning",
                f"{path} has {len(pixels)} pixels per line, which is not a square number: they are "
                "treated as rows, not as images. Is one of its columns not a pixel?",
            )
        file.seek(0)
        with io.TextIOWrapper(file, encoding="utf-8-sig") as text:
            return _parse_csv(text, path, pixels, label, n_skipped=int(has_header))


def _parse_csv(
    text: io.TextIOWrapper, path: Path, pixels: list[int], label: int, n_skipped: int
) -> LabelledImages:
    import numpy as np

    options: dict[str, Any] = {"delimiter": ",", "comments": None, "quotechar": '"'}
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "loadtxt: input contained no data")
            images = np.loadtxt(
                text, np.float32, skiprows=n_skipped, usecols=pixels, ndmin=2, **options
            )
            text.seek(0)
            labels = np.loadtxt(text, str, skiprows=n_skipped, usecols=label, ndmin=1, **options)
    except ValueError as error:
        raise ValueError(f"{path} is not a valid CSV file: {error}") from error
    if not len(images):
        raise ValueError(f"{path} does not contain any images: no line follows the header")
    if not np.isfinite(images).all():
        raise ValueError(f"{path} has pixels that are NaN or infinite")
    return LabelledImages(_as_bytes(images), _as_integers(labels))


def _first_line(file: IO[bytes], path: Path) -> list[str]:
    line = file.readline(_LONGEST_LINE)
    if len(line) == _LONGEST_LINE:
        raise ValueError(f"{path} is not a CSV file: its first line does not end")
    try:
        return [cell.strip().strip('"') for cell in line.decode("utf-8-sig").split(",")]
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a CSV file: {error}") from error


def _label_column(names: list[str], path: Path) -> int:
    lowered = [name.lower() for name in names]
    found = next((name for name in _LABEL_COLUMNS if name in lowered), None)
    if found is None:
        raise ValueError(
            f"{path} does not have a column of labels, which is one of "
            f"{', '.join(_LABEL_COLUMNS)}; its first columns are {', '.join(names[:3])}"
        )
    return lowered.index(found)


def _pixel_columns(names: list[str], label: int, path: Path) -> list[int]:
    indices = [name for name in names if name.lower() in _INDEX_COLUMNS]
    if indices:
        left_out = ", ".join(map(repr, indices))
        tell(f"{printable(path)}: the column {left_out} holds row numbers and is left out")
    columns = [
        column
        for column, name in enumerate(names)
        if column != label and name.lower() not in _INDEX_COLUMNS
    ]
    if not columns:
        raise ValueError(f"{path} has no columns of pixels: its columns are {', '.join(names)}")
    return columns


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _as_bytes(images: NDArray[Any]) -> NDArray[Any]:
    """Convert grey levels to bytes if that is exact."""
    import numpy as np

    if images.min() < 0 or images.max() > 255:
        return images
    as_bytes = images.astype(np.uint8)
    return as_bytes if (as_bytes == images).all() else images


def _as_integers(labels: NDArray[Any]) -> NDArray[Any]:
    """Convert labels to integers if all of them are, also in the form 5.0."""
    import numpy as np

    from skdigits._whole_numbers import is_whole

    try:
        numbers = labels.astype(np.float64)
    except ValueError:
        return labels
    return numbers.astype(np.int64) if is_whole(numbers) else labels


def read_folder(path: Path) -> LabelledImages:
    """Read the pictures in a folder with one subfolder per label, or with one per part of a split.

    The pictures must show single digits, and be of the same size.
    """
    import numpy as np

    from skdigits.ink.pictures import require_images

    require_images("--data FOLDER")
    folders = {folder.name.lower(): folder for folder in _folders(path)}
    split = next((split for split in _SPLITS if folders.keys() == set(split)), None)
    parts = [path] if split is None else [folders[name] for name in split]
    images: list[NDArray[Any]] = []
    labels: list[str] = []
    n_train = None
    for part in parts:
        for label in _folders(part):
            pictures = [file for file in sorted(label.iterdir()) if file.name[0] != "."]
            images += _read_pictures(pictures, images)
            labels += [label.name] * len(pictures)
        n_train = n_train or len(images)
    if not images:
        raise ValueError(f"{path} does not contain any pictures in subfolders, one per label")
    return LabelledImages(
        np.stack(images), _as_integers(np.array(labels)), None if split is None else n_train
    )


def _folders(path: Path) -> list[Path]:
    return sorted(folder for folder in path.iterdir() if folder.is_dir() and folder.name[0] != ".")


def _read_pictures(files: list[Path], before: list[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    import numpy as np

    from skdigits.ink.pictures import as_grey

    shape = before[0].shape if before else None
    for n_files, file in enumerate(files, start=len(before) + 1):
        grey, scale = as_grey(file, _LONGEST_SIDE)
        if scale > 1:
            raise ValueError(
                f"{file} is longer than the {_LONGEST_SIDE} pixels that a picture of a single "
                "digit may have on a side: resize it, for example with DigitFramer"
            )
        shape = shape or grey.shape
        if grey.shape != shape:
            raise ValueError(
                f"{file} has {' x '.join(map(str, grey.shape))} pixels, but the first picture has "
                f"{' x '.join(map(str, shape))}: resize them, for example with DigitFramer"
            )
        if n_files * grey.size > _MAX_BYTES:
            raise ValueError(f"the pictures up to {file} take more than {_MAX_BYTES:,} bytes")
        yield np.rint(grey).astype(np.uint8)
