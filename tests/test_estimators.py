"""Files of estimators: written whole or not at all, and read in every format there was."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from saved_files import saved, unzipped, zipped
from small_networks import small

from skdigits import PixelScaler
from skdigits._classifier._fitted_state import FORMAT
from skdigits.architectures import MLP
from skdigits.persistence import read_estimator, save_estimator

pytest.importorskip("skops.io")

FILES = Path(__file__).parent / "files"
# scikit-learn warns of its own estimators, such as a Pipeline, in files of its other versions.
WRITTEN_BY_ANOTHER_VERSION = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.InconsistentVersionWarning"
)

SAVE_ON_A_FULL_DISK = """
import resource
import sys
from skdigits import KerasDigitClassifier
from skdigits._classifier._fitted_state import FORMAT
from skdigits.architectures import MLP
from skdigits.persistence import save_estimator
large = KerasDigitClassifier(architecture=MLP(tuple(range(1, 10_000))))
for n_bytes in (20_000, 0):
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    try:
        save_estimator(large, sys.argv[1])
    except OSError as error:
        print(n_bytes, type(error).__name__)
"""


class TestFiles:
    def test_are_small(self, X, y):
        classifier = small(architecture=MLP((128,))).fit(X, y)
        n_bytes = sum(weight.nbytes for weight in classifier.weights_)
        assert len(saved(classifier)) < n_bytes + 15_000

    def test_say_who_wrote_them(self, X, y):
        information = json.loads(unzipped(saved(small().fit(X, y)))["skdigits.json"])
        assert information["format"] == FORMAT
        assert information["versions"]["numpy"] == np.__version__
        assert information["versions"].keys() == {
            "python", "skdigits", "scikit-learn", "keras", "numpy", "skops",
        }  # fmt: skip

    def test_can_be_paths_texts_or_streams(self, tmp_path):
        for file in (tmp_path / "a.skops", str(tmp_path / "b.skops"), io.BytesIO()):
            save_estimator(small(), file)
            assert read_estimator(file).random_state == 0

    @pytest.mark.skipif(os.name != "posix", reason="needs limits of POSIX")
    def test_that_are_overwritten_outlive_a_full_disk(self, X, y, tmp_path):
        path = tmp_path / "digits.skops"
        save_estimator(small().fit(X, y), path)
        before = path.read_bytes()
        result = subprocess.run(
            [sys.executable, "-c", SAVE_ON_A_FULL_DISK, path],
            capture_output=True,
            text=True,
            check=True,
        )
        assert result.stdout == "20000 OSError\n0 OSError\n"
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]

    def test_that_cannot_be_read_are_not_written(self, X, y, tmp_path):
        path = tmp_path / "digits.skops"
        path.write_bytes(b"before")
        wrong = small().fit(X, y).set_params(epochs=-1)
        with pytest.raises(ValueError, match="'epochs' parameter of KerasDigitClassifier"):
            save_estimator(wrong, path)
        assert path.read_bytes() == b"before"

    @pytest.mark.parametrize("estimator", ["digits.skops", None, PixelScaler])
    def test_hold_an_estimator(self, estimator, tmp_path):
        with pytest.raises(TypeError, match="estimator must be an estimator of scikit-learn, got"):
            save_estimator(estimator, tmp_path / "digits.skops")
        assert not list(tmp_path.iterdir())

    def test_that_are_missing_are_missing(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            read_estimator(tmp_path / "missing.skops")

    @WRITTEN_BY_ANOTHER_VERSION
    @pytest.mark.parametrize("path", sorted(FILES.glob("format_*.skops")), ids=lambda p: p.stem)
    def test_of_every_format_are_read(self, path, X):
        """The expected probabilities were written by the version that wrote the file."""
        expected = np.load(path.with_suffix(".npy"))
        # The probabilities of a float32 network, computed by other kernels.
        np.testing.assert_allclose(
            read_estimator(path).predict_proba(X), expected, rtol=0, atol=1e-6
        )

    @WRITTEN_BY_ANOTHER_VERSION
    @pytest.mark.parametrize("path", sorted(FILES.glob("format_*.skops")), ids=lambda p: p.stem)
    def test_of_every_format_train_on(self, path, X, y):
        classifier = read_estimator(path)[-1]
        n_before, before = classifier.n_iter_, classifier.score(X, y)
        for _ in range(20):
            classifier.partial_fit(X, y)
        assert classifier.n_iter_ == n_before + 20
        assert classifier.score(X, y) >= before

    def test_of_every_format_there_is_one(self):
        stored = {path.stem.split("_")[1] for path in FILES.glob("format_*.skops")}
        assert stored == {str(number) for number in range(1, FORMAT + 1)}

    def test_of_a_newer_format_are_refused(self, X, y):
        members = unzipped(saved(small().fit(X, y)))
        information = json.loads(members["skdigits.json"])
        information["format"] = FORMAT + 1
        information["versions"]["skdigits"] = "7.0"
        newer = zipped({**members, "skdigits.json": json.dumps(information)})
        with pytest.raises(
            ValueError, match=rf"format {FORMAT + 1}.*reads up to {FORMAT}: update.*by 7.0"
        ):
            read_estimator(io.BytesIO(newer))

    def test_need_skops(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "skops.io", None)
        with pytest.raises(ImportError, match=r'pip install "skdigits\[files\]"'):
            save_estimator(small(), io.BytesIO())
        with pytest.raises(ImportError, match=r'pip install "skdigits\[files\]"'):
            read_estimator(io.BytesIO())
