"""Data, labels, weights and parameters at their limits, and what must hold after each call.

Hypothesis draws the cases; numbers of which an array has many come from a seed that it draws.
"""

import pickle
import re
import tempfile
import warnings
from dataclasses import dataclass, field
from typing import Any

import joblib
import numpy as np
from hypothesis import strategies as st
from process_settings import read_settings
from sklearn.base import clone
from small_networks import SMALL_ARCHITECTURES

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP
from skdigits.augmentation import Elastic, RandomAffine

_MOST_NUMBERS = 40_000  # in an array, which keeps a case fast

# What the documentation says of errors, by the beginnings of their messages.
DOCUMENTED = re.compile(
    r"Training diverged: .*Lower learning_rate"
    r"|The logits of \d+ of \d+ rows of X are not finite numbers"
    r"|Input (X|y|sample_weight) contains (NaN|infinity)"
    r"|KerasDigitClassifier needs samples of at least 2 classes"
    r"|Negative values in data passed to `sample_weight`"
    r"|Sample weights must contain at least one non-zero"
    r"|sample_weight must have a mean that is neither infinite nor almost zero"
    r"|class_weight must give each class "
    r"|validation_fraction=.* rows aside"
    r"|early_stopping sets rows of each class aside"
    r"|X has (a pixel|pixels) of .* outside the pixel range"
    r"|.* rows of \d+ pixels.*image_shape="
    r"|.*images of .* are too small"
    r"|X has images of shape .* which looks like \(n_channels, height, width\)",
    re.DOTALL,
)
_WARNINGS = [
    "X holds grey levels up to",
    # scikit-learn's, of few rows, and of pixels of which some are infinite and some minus infinity.
    "The number of unique classes is greater than 50%",
    "invalid value encountered in reduce",
]

_DTYPES = ["?", "u1", "i1", "u2", "i8", "f2", "f4", "f8", ">f4", ">i2", "O"]
_CONTENTS = {
    "uniform": lambda random, shape: random.uniform(0, 1, shape),
    "constant": lambda random, shape: np.full(shape, random.choice([0.0, 1.0, 1e-3, 255.0])),
    "grey levels": lambda random, shape: random.integers(0, 256, shape),
    "huge": lambda random, shape: random.normal(0, 10.0 ** random.integers(5, 39), shape),
    "tiny": lambda random, shape: random.normal(0, 10.0 ** -random.integers(5, 320), shape),
    "all sizes": lambda random, shape: 10.0 ** random.uniform(-45, 38, shape),
    "one pixel": lambda random, shape: np.arange(np.prod(shape)).reshape(shape) == 0,
    "not finite": lambda random, shape: random.choice([0, 1, np.nan, np.inf], shape),
}


def _memory_map(X):
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file.name, X)
        return np.load(file.name, mmap_mode="r")  # The file is there as long as it is mapped.


def _read_only(X):
    X.setflags(write=False)
    return X


_LAYOUTS = {
    "in rows": np.ascontiguousarray,
    "in columns": np.asfortranarray,
    "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "every other pixel": lambda X: np.repeat(X, 2, axis=-1)[..., ::2],
    "backwards": lambda X: np.ascontiguousarray(X[::-1])[::-1],
    "read-only": _read_only,
    "memory map": lambda X: X if X.dtype == object else _memory_map(X),
    "list": lambda X: X.tolist(),
}
_LABELS = {
    "numbers": lambda places: places,
    "negative": lambda places: -places.astype(np.int8),
    "far apart": lambda places: places.astype(np.int64) * 10**15,
    "unsigned": lambda places: places.astype(np.uint8),
    "floats": lambda places: places.astype(np.float32),
    "booleans": lambda places: places % 2 == 1,
    "strings": lambda places: np.array([f"digit {place}" for place in places]),
    "objects": lambda places: np.array([f"№ {place}" for place in places], dtype=object),
    "list": lambda places: places.tolist(),
}
_WEIGHTS = {
    "ones": lambda random, n: np.ones(n),
    "integers": lambda random, n: random.integers(0, 4, n),
    "some zero": lambda random, n: random.uniform(0, 1, n) * (random.uniform(size=n) < 0.5),
    "all sizes": lambda random, n: 10.0 ** random.uniform(-300, 300, n),
    "huge": lambda random, n: np.full(n, 1e308),
    "tiny": lambda random, n: np.full(n, 5e-324),
    "negative": lambda random, n: random.normal(size=n),
    "not finite": lambda random, n: random.choice([1, np.nan, np.inf], n),
    "list": lambda random, n: random.uniform(1, 2, n).astype(np.float16).tolist(),
}


@dataclass
class Case:
    """A call of `fit`, as it is printed if it fails."""

    content: str
    dtype: str
    shape: tuple[int, ...]
    layout: str
    labels: str
    n_classes: int
    weights: str | None
    seed: int
    parameters: dict[str, Any] = field(default_factory=dict)

    def data(self):
        """Make the images, the labels and the weights."""
        random = np.random.default_rng(self.seed)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            X = np.asarray(_CONTENTS[self.content](random, self.shape)).astype(self.dtype)
        n_rows = self.shape[0]
        y = _LABELS[self.labels](random.integers(0, self.n_classes, n_rows))
        weights = None if self.weights is None else _WEIGHTS[self.weights](random, n_rows)
        return _LAYOUTS[self.layout](X), y, weights


def _shapes():
    n_rows = st.one_of(st.integers(1, 40), st.integers(1, 5_000))
    sides = st.integers(1, 64)
    n_pixels = st.one_of(
        st.integers(1, 100), st.integers(1, 4_096), sides.map(lambda side: side**2)
    )
    of_images = st.tuples(n_rows, sides, sides)
    of_colours = st.tuples(n_rows, sides, sides, st.integers(1, 4))
    return st.one_of(st.tuples(n_rows, n_pixels), of_images, of_colours).map(_bounded)


def _bounded(shape):
    return (max(1, min(shape[0], _MOST_NUMBERS // int(np.prod(shape[1:])))), *shape[1:])


def _powers(lowest, highest):
    return st.floats(lowest, highest).map(lambda power: float(10.0**power))


_SCHEDULES = ["constant", "cosine", "linear", "one_cycle"]
_DENSE = [SMALL_ARCHITECTURES["mlp"], SMALL_ARCHITECTURES["softmax"], MLP((3, 2), activation="elu")]
_DISTORTIONS = [RandomAffine(), Elastic()]


def _parameters(*, on_backend):
    """Draw parameters; without a backend, those with which NumPy trains."""
    optimizers, dtypes = ["adam", "adamw", "rmsprop", "sgd"], ["float32", "float64"]
    architectures = [MLP((16,)), *_DENSE]
    if on_backend:
        architectures = [*SMALL_ARCHITECTURES.values(), "auto"]
        optimizers += ["adadelta", "adafactor", "adagrad", "adamax", "ftrl", "lion", "nadam"]
        dtypes.append("mixed_bfloat16")
    return st.fixed_dictionaries(
        {
            "architecture": st.sampled_from(architectures),
            "epochs": st.integers(1, 3),
            "batch_size": st.one_of(st.just("auto"), st.integers(1, 64), st.integers(1, 5_000)),
            "optimizer": st.sampled_from(optimizers),
            "learning_rate": st.one_of(st.just("auto"), _powers(-3, -1), _powers(-10, 10)),
            "learning_rate_schedule": st.sampled_from(
                ["constant", "cosine", "linear", "one_cycle"]
            ),
            "weight_decay": st.one_of(st.none(), st.just(0.0), _powers(-5, 5)),
            "label_smoothing": st.one_of(st.just(0.0), st.floats(0, 0.99)),
            "dtype": st.sampled_from(dtypes),
            "random_state": st.integers(0, 2**32 - 1),
        },
        optional={
            "augmentation": st.sampled_from(_DISTORTIONS if on_backend else [None]),
            "class_weight": st.sampled_from(["balanced", None]),
            "early_stopping": st.booleans(),
            "temperature": st.one_of(_powers(-1, 1), _powers(-30, 30)),
            "pixel_range": st.sampled_from([(0, 255), (0, 1), (-1.0, 1.0)]),
            "validation_fraction": st.floats(0.01, 0.99),
        },
    )


def cases(*, on_backend=False):
    """Draw whole cases."""
    return st.builds(
        Case,
        content=st.sampled_from(sorted(_CONTENTS)),
        dtype=st.sampled_from(_DTYPES),
        shape=_shapes(),
        layout=st.sampled_from(sorted(_LAYOUTS)),
        labels=st.sampled_from(sorted(_LABELS)),
        n_classes=st.sampled_from([2, 3, 10, 30, 1]),
        weights=st.sampled_from([*[None] * len(_WEIGHTS), *sorted(_WEIGHTS)]),
        seed=st.integers(0, 2**32 - 1),
        parameters=_parameters(on_backend=on_backend),
    )


def check(case):
    """Check all calls of a case, and say how its fit ended: in predictions, or in which error."""
    X, y, weights = case.data()
    classifier = KerasDigitClassifier(**case.parameters)
    given = joblib.hash((X, y, weights, classifier.get_params()))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for message in _WARNINGS:
            warnings.filterwarnings("ignore", message)
        settings = read_settings()
        end = _fitted(classifier, X, lambda: classifier.fit(X, y, sample_weight=weights))
        copied = clone(classifier)
        classes = np.unique(y)
        parts = [copied, X, lambda: copied.partial_fit(X, y, classes, sample_weight=weights)]
        if case.parameters.get("class_weight") != "balanced":
            for _ in "ab":
                _fitted(*parts)
        after = read_settings()
        assert {name: after[name] for name in after if after[name] != settings[name]} == {}
    assert joblib.hash((X, y, weights, classifier.get_params())) == given
    return end


def _fitted(classifier, X, fit):
    """Fit; return "predicts", or the beginning of an error that is documented."""
    try:
        fit()
        probabilities = classifier.predict_proba(X)
    except ValueError as error:
        found = DOCUMENTED.match(str(error))
        if found is None:
            raise
        return re.split(r"[\d:=\n]", str(error))[0].strip()[:60]
    assert probabilities.shape == (len(X), len(classifier.classes_))
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1, dtype=np.float64), 1, rtol=0, atol=1e-6)
    labels = classifier.classes_[probabilities.argmax(axis=1)]
    np.testing.assert_array_equal(classifier.predict(X), labels)
    copied = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(copied.predict_proba(X), probabilities)
    return "predicts"
