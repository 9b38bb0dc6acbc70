"""An interrupted fit is kept if the user called it, and ends whatever makes many fits."""

import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate, learning_curve
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from small_networks import small

from skdigits import PixelScaler
from skdigits.comparison import compare_classifiers
from skdigits.search import architecture_search


class PressCtrlC(keras.callbacks.Callback):
    """Interrupts its second epoch, and tells how often it was asked."""

    pressed: list = []  # noqa: RUF012

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.pressed.append(epoch)
            raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def presses(monkeypatch):
    monkeypatch.setattr(PressCtrlC, "pressed", [])
    return PressCtrlC.pressed


def interrupted(**parameters):
    return small(epochs=3, callbacks=[PressCtrlC()], **parameters)


DIRECT = {
    "alone": lambda X, y: interrupted().fit(X, y),
    "pipeline": lambda X, y: make_pipeline(PixelScaler(), interrupted()).fit(X, y)[-1],
    "pipelines": lambda X, y: make_pipeline(make_pipeline(PixelScaler(), interrupted())).fit(X, y)[
        -1
    ][-1],
}


@pytest.mark.parametrize("name", DIRECT)
def test_a_fit_of_the_user_keeps_what_it_has(name, X, y):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        classifier = DIRECT[name](X, y)
    (warning,) = (it for it in caught if it.category is ConvergenceWarning)
    assert warning.filename == __file__
    assert "after 1 of 3 epochs" in str(warning.message)
    assert classifier.n_iter_ == 1
    assert classifier.predict(X).shape == y.shape


SCRIPT = """
from skdigits import KerasDigitClassifier

def press(estimator, X, y):
    raise KeyboardInterrupt

classifier = KerasDigitClassifier("softmax", scoring=press)
X, y = [[0.0, 1.0], [1.0, 0.0]], [0, 1]
classifier.fit(X, y, X_val=X, y_val=y)
print(classifier.predict(X).shape)
"""


def test_a_script_keeps_what_it_has():
    """Nothing has called it."""
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.stdout == "(2,)\n", finished.stderr


def halving(X, y):
    search = architecture_search("small", cv=2)
    search.estimator.set_params(kerasdigitclassifier__callbacks=[PressCtrlC()])
    search.fit(X, y)


MANY = {
    "grid search": lambda X, y: GridSearchCV(interrupted(), {"tol": [1, 2]}, cv=2).fit(X, y),
    "search of pipelines": lambda X, y: GridSearchCV(
        make_pipeline(PixelScaler(), interrupted()), {"pixelscaler__out_of_range": ["clip"]}, cv=2
    ).fit(X, y),
    "halving": halving,
    "cross_val_score": lambda X, y: cross_val_score(interrupted(), X, y, cv=2),
    "cross_validate": lambda X, y: cross_validate(interrupted(), X, y, cv=2),
    "learning_curve": lambda X, y: learning_curve(interrupted(), X, y, cv=2, train_sizes=[20]),
    "voting": lambda X, y: VotingClassifier([("a", interrupted()), ("b", interrupted())]).fit(X, y),
    "bagging": lambda X, y: BaggingClassifier(interrupted(), n_estimators=2).fit(X, y),
    "calibration": lambda X, y: CalibratedClassifierCV(interrupted(), cv=2).fit(X, y),
    "one against the rest": lambda X, y: OneVsRestClassifier(interrupted()).fit(X, y),
    "comparison": lambda X, y: compare_classifiers({"it": interrupted()}, X, y, cv=2),
    "joblib": lambda X, y: Parallel(n_jobs=1)(delayed(interrupted().fit)(X, y) for _ in range(2)),
}


@pytest.mark.parametrize("name", MANY)
def test_many_fits_end_with_the_first_that_is_interrupted(name, X, y, presses):
    with pytest.raises(KeyboardInterrupt):
        MANY[name](X, y)
    assert len(presses) == 1


def test_partial_fits_in_a_loop_end(X, y, monkeypatch):
    classifier = small().partial_fit(X, y, classes=np.arange(10))
    before = classifier.__getstate__()
    calls = []

    def interrupt(*arguments, **options):
        calls.append(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr("skdigits.programs._numpy.TrainingProgram.train", interrupt)

    def loop():
        for _ in range(3):
            classifier.partial_fit(X, y)

    with pytest.raises(KeyboardInterrupt):
        loop()
    assert len(calls) == 1
    np.testing.assert_equal(classifier.__getstate__(), before)
