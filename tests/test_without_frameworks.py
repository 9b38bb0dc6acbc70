"""What works where neither Keras nor a framework is installed, or at least not imported."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_networks import SMALL_ARCHITECTURES

from skdigits import KerasDigitClassifier
from skdigits.persistence import save_estimator

FRAMEWORKS = ["keras", "tensorflow", "jax", "torch"]
# Not installed: every import of one fails, and so does the search for it.
BLOCKED = f"""
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {FRAMEWORKS}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name in {FRAMEWORKS} else find_spec(name, *a)
sys.meta_path.insert(0, Blocker())
"""
WATCHED = f"""
import atexit, sys
atexit.register(lambda: print("imported", sorted(set({FRAMEWORKS}) & set(sys.modules))))
"""
BEGIN = """
import numpy as np
X, y = np.random.default_rng(0).random((40, 64)), np.arange(40) % 4
"""


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture(scope="module", params=SMALL_ARCHITECTURES)
def stored(request, digits, tmp_path_factory):
    """Fit and store each kind of network, and give its probabilities."""
    X, y = (digits[0][:300] / 16).astype(np.float32), digits[1][:300]
    classifier = KerasDigitClassifier(
        SMALL_ARCHITECTURES[request.param], epochs=1, random_state=0
    ).fit(X, y)
    path = tmp_path_factory.mktemp(request.param) / "digits.skops"
    save_estimator(classifier, path)
    np.save(path.with_suffix(".npy"), X)
    return path, classifier.predict_proba(X)


PREDICT = """
import pathlib, pickle
import numpy as np
from skdigits.persistence import load_estimator
path = pathlib.Path({path!r})
classifier = load_estimator(path)
classifier = pickle.loads(pickle.dumps(classifier))
X = np.load(path.with_suffix(".npy"))
classifier.predict(X[:1])
np.save({out!r}, classifier.predict_proba(X))
"""


@pytest.mark.parametrize("preamble", [BLOCKED, WATCHED], ids=["absent", "not imported"])
def test_every_architecture_loads_and_predicts(preamble, stored, tmp_path):
    path, expected = stored
    out = str(tmp_path / "probabilities.npy")
    printed = run(preamble + PREDICT.format(path=str(path), out=out))
    assert printed in ("", "imported []\n")
    assert_array_equal(np.load(out), expected)


def test_probabilities_are_those_of_tensorflow(stored, on_tensorflow):
    from skdigits.persistence import load_estimator

    path, expected = stored
    probabilities = load_estimator(path).predict_proba(np.load(path.with_suffix(".npy")))
    assert_allclose(probabilities, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("preamble", [BLOCKED, WATCHED], ids=["absent", "not imported"])
@pytest.mark.parametrize(
    "parameters",
    [
        '"softmax"',
        'MLP((16,), dropout=0.2, normalization="batch"), optimizer="adamw"',
        'MLP((16,)), optimizer="rmsprop", early_stopping=True, dtype="float64"',
        '"auto", image_shape=(1, 64), optimizer="sgd", label_smoothing=0.1',
    ],
)
def test_dense_networks_are_trained(preamble, parameters):
    code = (
        f"{preamble}{BEGIN}"
        "from skdigits import KerasDigitClassifier\n"
        "from skdigits.architectures import MLP\n"
        f"classifier = KerasDigitClassifier({parameters}, epochs=2, random_state=0)\n"
        "classifier.fit(X, y).partial_fit(X, y)\n"
        "print(classifier.predict_proba(X).shape)\n"
    )
    assert run(code) in ("(40, 4)\n", "(40, 4)\nimported []\n")


def test_a_search_over_dense_networks_imports_nothing():
    code = f"""{WATCHED}{BEGIN}
import skdigits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP
pipeline = make_pipeline(PixelScaler(), KerasDigitClassifier(epochs=1))
grid = {{"kerasdigitclassifier__architecture": [MLP((4,)), "softmax"]}}
GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
"""
    assert run(code) == "imported []\n"


def test_training_a_convolution_says_which_extra_to_install():
    code = f"""{BLOCKED}{BEGIN}
from skdigits import KerasDigitClassifier
try:
    KerasDigitClassifier("convnet").fit(X, y)
except ImportError as error:
    print(error)
"""
    assert 'pip install "skdigits[cpu]"' in run(code)


def test_probabilities_do_not_depend_on_what_was_imported(stored, tmp_path):
    path, _ = stored
    results = []
    for i, preamble in enumerate(["", "import keras, tensorflow\n"]):
        out = str(tmp_path / f"{i}.npy")
        run(preamble + PREDICT.format(path=str(path), out=out))
        results.append(np.load(out))
    assert_array_equal(*results)
