"""What works where neither Keras nor a framework is installed, or at least not imported."""

import subprocess
import sys
from importlib.util import find_spec

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_networks import SMALL_ARCHITECTURES

from skdigits import KerasDigitClassifier
from skdigits.persistence import read_estimator, save_estimator

FRAMEWORKS = ["keras", "tensorflow", "jax", "torch"]
# Not installed: every import of one fails, and so does the search for it.
ABSENT = f"""
import importlib.util, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {FRAMEWORKS}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: (
    None if name in {FRAMEWORKS} else find_spec(name, *rest)
)
sys.meta_path.insert(0, Absent())
"""
# Installed, so that nobody can tell from a failure; the names imported are printed in the end.
WATCHED = f"""
import atexit, sys
atexit.register(lambda: print("imported", sorted(set({FRAMEWORKS}) & set(sys.modules))))
"""
by_preamble = pytest.mark.parametrize("preamble", [ABSENT, WATCHED], ids=["absent", "watched"])

PREDICT = """
import pathlib, pickle
import numpy as np
from skdigits.persistence import read_estimator
folder = pathlib.Path({folder!r})
X = np.load(folder / "X.npy")
for path in folder.glob("*.skops"):
    classifier = pickle.loads(pickle.dumps(read_estimator(path)))
    classifier.predict(X[:1])
    np.save(pathlib.Path({out!r}) / path.stem, classifier.predict_proba(X))
"""
TRAIN = """
import numpy as np
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP

X, y = np.random.default_rng(0).random((40, 64)), np.arange(40) % 4
for architecture, parameters in [
    ("softmax", {}),
    (MLP((16,), dropout=0.2, normalization="batch"), {"optimizer": "adamw"}),
    (MLP((16,)), {"optimizer": "rmsprop", "early_stopping": True, "dtype": "float64"}),
    ("auto", {"image_shape": (1, 64), "optimizer": "sgd", "label_smoothing": 0.1}),
]:
    classifier = KerasDigitClassifier(architecture, epochs=2, random_state=0, **parameters)
    classifier.fit(X, y).partial_fit(X, y)
    assert classifier.predict_proba(X).shape == (40, 4)
pipeline = make_pipeline(PixelScaler(), KerasDigitClassifier(epochs=1))
grid = {"kerasdigitclassifier__architecture": [MLP((4,)), "softmax"]}
GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
"""
TRAIN_CONVOLUTION = """
try:
    KerasDigitClassifier("convnet").fit(X, y)
except ImportError as error:
    print(error)
"""


def run(code):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def stored(digits, tmp_path_factory):
    """Fit and store each kind of network, and give the folder and the probabilities."""
    X, y = (digits[0][:300] / 16).astype(np.float32), digits[1][:300]
    folder, probabilities = tmp_path_factory.mktemp("stored"), {}
    np.save(folder / "X.npy", X)
    for name, architecture in SMALL_ARCHITECTURES.items():
        classifier = KerasDigitClassifier(architecture, epochs=1, random_state=0).fit(X, y)
        save_estimator(classifier, folder / f"{name}.skops")
        probabilities[name] = classifier.predict_proba(X)
    return folder, probabilities


@pytest.mark.parametrize(
    "preamble",
    [ABSENT, WATCHED, f"import keras, {keras.config.backend()}\n"],
    ids=["absent", "watched", "imported before"],
)
def test_every_architecture_predicts_the_same_bits(preamble, stored, tmp_path):
    folder, probabilities = stored
    printed = run(preamble + PREDICT.format(folder=str(folder), out=str(tmp_path)))
    # skops imports all modules of scikit-learn, one of which imports PyTorch if it is installed.
    imported = ["torch"] if find_spec("torch") else []
    assert printed == (f"imported {imported}\n" if preamble == WATCHED else "")
    for name, expected in probabilities.items():
        assert_array_equal(np.load(tmp_path / f"{name}.npy"), expected)


def test_probabilities_are_those_of_tensorflow(stored, on_keras):
    folder, probabilities = stored
    X = np.load(folder / "X.npy")
    for name, expected in probabilities.items():
        classifier = read_estimator(folder / f"{name}.skops")
        assert_allclose(classifier.predict_proba(X), expected, rtol=0, atol=1e-5)
        assert_array_equal(classifier.predict(X), classifier.classes_[expected.argmax(axis=1)])


def test_dense_networks_are_trained_where_no_framework_is_installed():
    printed = run(ABSENT + TRAIN + TRAIN_CONVOLUTION)
    assert 'pip install "skdigits[cpu]"' in printed


def test_dense_networks_are_trained_without_an_import():
    assert run(WATCHED + TRAIN) == "imported []\n"
