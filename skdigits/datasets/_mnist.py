"""MNIST, as its authors published it, and its writers, as QMNIST found them."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import get_data_home
from sklearn.utils import Bunch

from skdigits._private_names import StrOptions, validate_params
from skdigits.datasets._idx import read_idx
from skdigits.datasets._original_files import fetch_original

_PARTS = {"train": ("train",), "test": ("t10k",), "all": ("train", "t10k")}
_WRITERS = "qmnist/qmnist-train-labels-idx2-int.gz"

_DESCRIPTION = """\
.. _mnist_dataset:

MNIST handwritten digits
------------------------

**Data Set Characteristics:**

:Number of Instances: 60000 to train, 10000 to test
:Number of Attributes: 784
:Attribute Information: 28x28 image of pixels from 0 (background) to 255 (ink)
:Missing Attribute Values: None
:Creator: Yann LeCun, Corinna Cortes and Christopher J. C. Burges
:License: Creative Commons Attribution-Share Alike 3.0 (CC BY-SA 3.0)

Digits written by employees of the American Census Bureau and by high school students, taken
from Special Databases 3 and 1 of NIST. Each black and white digit was scaled to fit a box of
20x20 pixels, keeping its proportions, which made it grey, and placed with its centre of mass in
the middle of 28x28 pixels. No writer is in both the training and the test set. The first 5001
test images are by students, and harder than the others, by 48 employees (Yadav and Bottou, 2019;
the description by the authors of MNIST has it the other way round).

The writers of the training images are those that QMNIST (BSD licence) traced in NIST's files: 289
employees, with numbers below 2100, wrote 30950 images, and 250 students wrote 29050.

.. rubric:: References

- Y. LeCun, L. Bottou, Y. Bengio and P. Haffner (1998). Gradient-based learning applied to
  document recognition. Proceedings of the IEEE, 86(11), 2278-2324.
- Y. LeCun, C. Cortes and C. J. C. Burges. The MNIST database of handwritten digits.
  http://yann.lecun.com/exdb/mnist/
- C. Yadav and L. Bottou (2019). Cold case: The lost MNIST digits. Advances in Neural Information
  Processing Systems, 32.
"""


def _read_writers(path: Path, target: NDArray[np.int64]) -> NDArray[np.int64]:
    """Read the writers of the training images from QMNIST's labels, whose digits are `target`.

    The columns are the digit, NIST's series, the writer, and places in NIST's files.
    """
    labels: NDArray[np.int32] = read_idx(path)
    if not np.array_equal(labels[:, 0], target):
        raise ValueError(f"The labels in {str(path)!r} are not those of MNIST.")
    return labels[:, 2].astype(np.int64)


@validate_params(
    {
        "subset": [StrOptions(set(_PARTS))],
        "return_X_y": ["boolean"],
        "writers": ["boolean"],
        "data_home": [str, os.PathLike, None],
        "download_if_missing": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def fetch_mnist(
    *,
    subset: str = "train",
    return_X_y: bool = False,
    writers: bool = False,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
) -> Bunch | tuple[NDArray[Any], ...]:
    """Load the MNIST images of handwritten digits (classification).

    The files are the authors' files, verified by their checksums. The images are in the authors'
    order and stored as bytes, which take 55 MB. The files are downloaded once, 12 MB in total; a
    damaged file is downloaded again.

    ==============   =========================
    Classes                                 10
    Samples total      60000 train, 10000 test
    Dimensionality                         784
    Features            integers from 0 to 255
    ==============   =========================

    Read more in the :ref:`User Guide <mnist_dataset>`.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        Images to load.

        - "train": the 60,000 training images;
        - "test": the 10,000 test images, by other writers: the first 5,001, which are harder, by
          high school students, the others by employees of the Census Bureau;
        - "all": the training images followed by the test images.

    return_X_y : bool, default=False
        Whether to return `(data, target)`, or `(data, target, writers)` if `writers` is True,
        instead of a Bunch.

    writers : bool, default=False
        Whether to load the writer of each image, too, from a file of QMNIST (0.5 MB more to
        download). Cross-validation in which no writer is in both the training and the test fold
        needs them. The file has the writers of the training images only: `subset` must be "train".

    data_home : str or path-like, default=None
        Folder with the files in its subfolders `mnist` and, for `writers`, `qmnist`, to which they
        are downloaded if necessary. The default is the folder in the environment variable
        `SKDIGITS_DATA`, or else that of :func:`sklearn.datasets.get_data_home`.

    download_if_missing : bool, default=True
        Whether to download files that are missing or damaged, instead of raising an `OSError`.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes.

        data : ndarray of shape (n_samples, 784), dtype uint8
            Images as rows of pixels, from 0 (background) to 255 (ink).
        target : ndarray of shape (n_samples,), dtype int64
            Digit on each image.
        images : ndarray of shape (n_samples, 28, 28), dtype uint8
            The same images, a view of `data`.
        feature_names : list of str
            Names of the 784 pixels, by row and column.
        target_names : ndarray of shape (10,)
            The ten digits.
        writers : ndarray of shape (n_samples,), dtype int64
            Number of the writer of each image, only if the parameter `writers` is True. Use it as
            `groups` in scikit-learn. Numbers below 2100 are those of employees, the others of
            students.
        DESCR : str
            Description of the dataset, with its licence.

    (data, target) or (data, target, writers) : tuple if `return_X_y` is True
        The arrays of the same names.

    Raises
    ------
    ValueError
        If `writers` is True and `subset` is not "train".
    OSError
        If a file is missing or damaged and is not, or cannot be, downloaded.

    See Also
    --------
    read_idx : Read a file in the format of MNIST.
    sklearn.datasets.load_digits : 1,797 digits of 8x8 pixels that ship with scikit-learn.
    sklearn.model_selection.GroupKFold : Folds that have no writer in common.

    Examples
    --------
    >>> from skdigits.datasets import fetch_mnist
    >>> X, y = fetch_mnist(subset="test", return_X_y=True)
    >>> X.shape, X.dtype
    ((10000, 784), dtype('uint8'))
    >>> y[:5]
    array([7, 2, 1, 0, 4])

    Folds that have no writer in common:

    >>> from sklearn.model_selection import GroupKFold
    >>> X, y, writers = fetch_mnist(return_X_y=True, writers=True)
    >>> train, test = next(GroupKFold(n_splits=5).split(X, y, groups=writers))
    >>> set(writers[train]) & set(writers[test])
    set()
    """
    if writers and subset != "train":
        raise ValueError(
            f"writers=True needs subset='train', got subset={subset!r}: the writers of the test "
            "images are not in QMNIST's file of training labels."
        )
    home = Path(data_home or os.environ.get("SKDIGITS_DATA") or get_data_home()).expanduser()
    fetch = partial(fetch_original, home, download_if_missing=download_if_missing)

    def read(kind: str) -> NDArray[np.uint8]:
        paths = [fetch(f"mnist/{part}-{kind}-ubyte.gz") for part in _PARTS[subset]]
        return np.concatenate([read_idx(path) for path in paths])

    images, target = read("images-idx3"), read("labels-idx1").astype(np.int64)
    data = images.reshape(len(images), -1)
    written_by = {"writers": _read_writers(fetch(_WRITERS), target)} if writers else {}
    if return_X_y:
        return data, target, *written_by.values()
    height, width = images.shape[1:]
    return Bunch(
        data=data,
        target=target,
        **written_by,
        images=images,
        feature_names=[f"pixel_{row}_{column}" for row in range(height) for column in range(width)],
        target_names=np.arange(10),
        DESCR=_DESCRIPTION,
    )
