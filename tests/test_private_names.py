"""What is relied on of names that other packages do not promise to keep."""

import ast
import sys
from importlib import import_module
from inspect import signature
from numbers import Integral, Real
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.callback import ProgressBar
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from small_networks import small

import skdigits
from skdigits import PixelScaler, _private_names
from skdigits._private_names import (
    HasMethods,
    Interval,
    StrOptions,
    _check_n_features,
    _check_partial_fit_first_call,
    _check_sample_weight,
    _fit_context,
    _get_output_config,
    validate_params,
)
from skdigits._skdigits_estimator import SCIKIT_LEARN_ATTRIBUTES
from skdigits.persistence._fields import FIELDS
from skdigits.persistence._types import _SCIKIT_LEARN_TYPES

ROOT = Path(skdigits.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
HERE = ROOT / "_private_names.py"


class Example(BaseEstimator):
    """An estimator with a parameter of each kind that constraints describe."""

    _parameter_constraints = {  # noqa: RUF012
        "count": [Interval(Integral, 1, None, closed="left"), None],
        "fraction": [Interval(Real, 0, 1, closed="left")],
        "mode": [StrOptions({"fast"}), HasMethods("fit")],
    }

    def __init__(self, count=1, fraction=0.5, mode="fast"):
        self.count, self.fraction, self.mode = count, fraction, mode

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X=None, y=None):
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, classes=None):
        self.is_first_ = _check_partial_fit_first_call(self, classes)
        return self


def imported_names(path):
    """Names of other packages that a file imports, and those that it takes from their modules."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                modules[alias.asname or alias.name.partition(".")[0]] = alias.name
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{modules.get(node.value.id, 'skdigits')}.{node.attr}"


def private_names(path):
    # Python documents some of its own, such as sys._getframe.
    others = {"skdigits", *sys.stdlib_module_names}
    return {
        name
        for name in imported_names(path)
        if name.partition(".")[0] not in others and "._" in name and "__" not in name
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_private_names_are_imported_in_one_module(path):
    found = private_names(path)
    if path == HERE:
        assert len(found) == len(_private_names.__all__)
    elif "_torch" in path.parts:
        # PyTorch has its fused updates under no other names; test_torch_programs.py compares them.
        assert found <= {"torch._fused_adam_", "torch._foreach_add_", "torch._foreach_mul_"}
    else:
        assert not found


def test_private_names_are_found_wherever_they_stand(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        "import sys, torch\nimport sklearn._loss\nfrom numpy.linalg import _linalg, norm\n"
        "from skdigits._files import replacing\nsys._getframe()\n"
        "def f():\n    from keras._tf_keras import keras\n    torch._foreach_add_()\n"
    )
    assert private_names(path) == {
        "sklearn._loss", "numpy.linalg._linalg", "keras._tf_keras.keras", "torch._foreach_add_"
    }  # fmt: skip


def test_all_private_names_are_used():
    start = "skdigits._private_names."
    names = {name for path in MODULES for name in imported_names(path) if name.startswith(start)}
    assert names == {start + name for name in _private_names.__all__}


@pytest.mark.parametrize(
    ("parameter", "value", "expected"),
    [
        ("count", 0, r"an int in the range \[1, inf\) or None. Got 0"),
        ("count", 1.0, "an int in the range"),
        ("fraction", 1.0, r"a float in the range \[0.0, 1.0\)"),
        ("fraction", np.nan, "a float in the range"),
        ("mode", "slower", "a str among {'fast'} or an object implementing 'fit'"),
        ("mode", 1, "Got 1"),
    ],
)
def test_constraints_refuse_other_values_before_the_fit(parameter, value, expected):
    with pytest.raises(ValueError, match=f"The '{parameter}' parameter of Example") as caught:
        Example(**{parameter: value}).fit()
    assert isinstance(caught.value, TypeError)
    assert caught.match(expected)


def test_constraints_accept_what_they_describe():
    for parameters in (
        {"count": np.int64(3)},
        {"count": None},
        {"fraction": 0.0},
        {"mode": Example()},
    ):
        Example(**parameters).fit()
    with config_context(skip_parameter_validation=True):
        Example(count=0).fit()


def test_arguments_of_functions_are_validated_by_name():
    @validate_params({"n": [Interval(Integral, 1, None, closed="left")]}, **NOT_NESTED)
    def count(n, *, step=1):
        return n * step

    assert count(3, step=2) == 6
    with pytest.raises(ValueError, match=r"The 'n' parameter of .*count must be an int.* Got 0"):
        count(n=0)
    assert list(signature(count).parameters) == ["n", "step"]


NOT_NESTED = {"prefer_skip_nested_validation": True}


def test_the_first_partial_fit_sets_the_classes_and_others_compare_them():
    estimator = Example()
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        estimator.partial_fit([[0]])
    assert estimator.partial_fit([[0]], classes=[2, 0, 2]).is_first_
    assert_array_equal(estimator.classes_, [0, 2])
    assert not estimator.partial_fit([[0]]).is_first_
    assert not estimator.partial_fit([[0]], classes=[0, 2]).is_first_
    with pytest.raises(ValueError, match="not the same as on last call to partial_fit"):
        estimator.partial_fit([[0]], classes=[0, 1])


def test_numbers_of_features_are_compared_and_names_are_not():
    pandas = pytest.importorskip("pandas")
    scaler = PixelScaler().fit(pandas.DataFrame([[0, 1]], columns=["a", "b"]))
    _check_n_features(scaler, np.zeros((1, 2)), reset=False)
    with pytest.raises(ValueError, match="X has 3 features, but PixelScaler is expecting 2"):
        _check_n_features(scaler, np.zeros((1, 3)), reset=False)


def test_sample_weights_are_new_floats_of_which_none_is_negative_and_one_is_positive():
    rows = np.zeros((2, 3), np.float32)
    options = {"dtype": np.float64, "ensure_non_negative": True, "copy": True}
    given = np.array([1.0, 0.0])
    weights = _check_sample_weight(given, rows, **options)
    assert weights is not given
    assert_array_equal(weights, given)
    assert_array_equal(_check_sample_weight(None, rows, **options), [1.0, 1.0])
    assert _check_sample_weight([1, 2], rows, **options).dtype == np.float64
    for wrong in ([1, -1], [0, 0], [1], [[1], [1]], [1, np.nan]):
        with pytest.raises(ValueError, match=r"(?i)sample.?weight"):
            _check_sample_weight(wrong, rows, **options, allow_all_zero_weights=False)


def test_the_container_of_outputs_is_that_of_the_estimator_or_of_the_configuration():
    pytest.importorskip("pandas")
    scaler = PixelScaler()
    assert _get_output_config("transform", scaler) == {"dense": "default"}
    with config_context(transform_output="pandas"):
        assert _get_output_config("transform", scaler) == {"dense": "pandas"}
    assert _get_output_config("transform", scaler.set_output(transform="pandas")) == {
        "dense": "pandas"
    }


def test_scikit_learn_sets_the_attributes_that_are_stored():
    seen = set()

    class Watched(PixelScaler):
        def _scale(self, rows):
            seen.update(name for name in vars(self) if name.startswith("_"))
            return super()._scale(rows)

    scaler = Watched().set_callbacks(ProgressBar()).set_output(transform="default")
    X, y = load_digits(n_class=2, return_X_y=True)
    scaler.fit_transform(X)
    with config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(Watched(), small().set_fit_request(sample_weight=True))
        seen.update(name for name in vars(pipeline[-1]) if name.startswith("_"))
        search = GridSearchCV(pipeline, {"watched__out_of_range": ["clip"]}, cv=2)
        search.set_callbacks(ProgressBar()).fit(X, y)
    stored = {name for name in SCIKIT_LEARN_ATTRIBUTES if name.startswith("_")}
    assert seen == stored


def test_scorers_hold_their_metric():
    assert make_scorer(accuracy_score)._score_func is accuracy_score


def test_every_type_of_scikit_learn_in_files_has_the_name_that_skops_writes():
    for name in _SCIKIT_LEARN_TYPES:
        module, _, attribute = name.rpartition(".")
        found = getattr(import_module(module), attribute)
        assert f"{found.__module__}.{found.__name__}" == name


def test_every_kind_of_node_in_files_is_one_of_skops():
    pytest.importorskip("skops.io")
    from skops.io._audit import NODE_TYPE_MAPPING

    known = {loader for loader, _ in NODE_TYPE_MAPPING}
    assert {kind.partition(" ")[0] for kind in FIELDS} <= known


def test_tensors_of_keras_tell_the_layer_and_the_call_that_made_them():
    inputs = keras.Input((4,))
    dense, dropout = keras.layers.Dense(3), keras.layers.Dropout(0.5)
    hidden = dense(inputs)
    dense(keras.Input((4,)))
    operation, index, _ = dropout(hidden, training=True)._keras_history
    node = operation._inbound_nodes[index]
    assert operation is dropout
    assert node.input_tensors[0] is hidden
    assert node.arguments.kwargs["training"] is True
    operation, index, _ = hidden._keras_history
    assert operation is dense
    assert operation._inbound_nodes[index].input_tensors[0] is inputs


def test_hooks_of_keras_that_do_nothing_are_marked():
    class Own(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            pass

    assert Own().on_train_batch_begin._is_default
    assert not getattr(Own().on_train_batch_end, "_is_default", False)
