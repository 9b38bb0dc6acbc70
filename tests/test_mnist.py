import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import get_data_home
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from small_mnist import (
    FILES,
    IMAGES,
    LABELS,
    QMNIST_LABELS,
    QMNIST_NAME,
    idx,
    take_for_originals,
    write_files,
)

from skdigits.datasets import fetch_mnist, read_idx


@pytest.fixture
def data_home(monkeypatch, tmp_path):
    """Return a folder with all the files."""
    take_for_originals(monkeypatch)
    write_files(tmp_path)
    return tmp_path


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

    @pytest.mark.parametrize(
        "parameters",
        [{"subset": "validation"}, {"return_X_y": "yes"}, {"writers": "yes"}, {"data_home": 3}],
    )
    def test_parameters_are_validated(self, parameters):
        with pytest.raises(ValueError, match=f"The '{next(iter(parameters))}' parameter"):
            fetch_mnist(**parameters)


class TestWriters:
    def test_bunch(self, data_home):
        mnist = fetch_mnist(writers=True, data_home=data_home)
        assert_array_equal(mnist.writers, np.array([2154, 7, 2154]), strict=True)
        assert set(mnist) == {*fetch_mnist(data_home=data_home), "writers"}
        assert "2019" in mnist.DESCR

    def test_triple(self, data_home):
        X, y, writers = fetch_mnist(return_X_y=True, writers=True, data_home=data_home)
        assert_array_equal(X, IMAGES["train"].reshape(3, 784), strict=True)
        assert_array_equal(y, LABELS["train"])
        assert_array_equal(writers, [2154, 7, 2154])

    def test_are_groups(self, data_home):
        X, y, writers = fetch_mnist(return_X_y=True, writers=True, data_home=data_home)
        nearest, cv = KNeighborsClassifier(n_neighbors=1), GroupKFold(n_splits=2)
        for train, test in cv.split(X, y, groups=writers):
            assert not set(writers[train]) & set(writers[test])
        assert_array_equal(cross_val_score(nearest, X, y, groups=writers, cv=cv), [0, 0])

    def test_are_not_needed_without_being_asked_for(self, data_home):
        (data_home / QMNIST_NAME).unlink()
        assert "writers" not in fetch_mnist(data_home=data_home)

    @pytest.mark.parametrize("subset", ["test", "all"])
    def test_of_test_images_are_refused(self, data_home, subset):
        with pytest.raises(ValueError, match=f"needs subset='train', got subset='{subset}'"):
            fetch_mnist(subset=subset, writers=True, data_home=data_home)

    @pytest.mark.parametrize("labels", [QMNIST_LABELS[::-1], QMNIST_LABELS[:2]])
    def test_of_other_images_are_refused(self, data_home, monkeypatch, labels):
        files = FILES | {QMNIST_NAME: gzip.compress(idx(labels), mtime=0)}
        take_for_originals(monkeypatch, files)
        write_files(data_home, files)
        with pytest.raises(ValueError, match=r"int\.gz' are not those of MNIST"):
            fetch_mnist(writers=True, data_home=data_home)


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


@pytest.mark.mnist_writers
class TestWritersOfMnist:
    def test_employees_and_students(self):
        mnist = fetch_mnist(writers=True, download_if_missing=False)
        assert mnist.writers.shape == (60000,)
        assert len(np.unique(mnist.writers)) == 539
        employees = mnist.writers[mnist.writers < 2100]
        assert (len(np.unique(employees)), len(employees)) == (289, 30950)

    def test_labels_are_those_of_mnist(self):
        home = os.environ.get("SKDIGITS_DATA") or get_data_home()
        labels = read_idx(Path(home).expanduser() / QMNIST_NAME)
        assert_array_equal(labels[:, 0], fetch_mnist(download_if_missing=False).target)

    def test_last_images_are_in_part_by_known_writers(self):
        """As many as the user guide says."""
        *_, writers = fetch_mnist(return_X_y=True, writers=True, download_if_missing=False)
        assert np.isin(writers[50_000:], writers[:50_000]).sum() == 4080


def test_import_loads_no_deep_learning_library():
    code = (
        "import sys, skdigits.datasets, skdigits.preprocessing;"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
