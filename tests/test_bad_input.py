"""Every mistake is told in a sentence that names the argument and the cure."""

import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.utils._param_validation import InvalidParameterError
from small_networks import small

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP, ConvNet, LeNet5


def with_nan(X):
    X = X.copy()
    X[3, 5] = np.nan
    return X


@pytest.mark.parametrize("missing", [np.nan, np.inf])
def test_pixels_must_be_finite(missing, X, y):
    broken = np.where(X.max() == X, missing, X)
    with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
        small().fit(broken, y)
    with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
        small().fit(X, y).predict(broken)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_number_of_pixels_must_stay_the_same(method, X, y):
    classifier = small().fit(X, y)
    with pytest.raises(ValueError, match=r"X has 63 features, but KerasDigitClassifier .* 64"):
        getattr(classifier, method)(X[:, 1:])


@pytest.mark.parametrize(
    ("X_bad", "message"),
    [
        (np.full((60, 4), "ink"), "could not convert string to float: .*'ink'"),
        (pd.DataFrame({"a": ["ink"] * 60}), "could not convert string to float: 'ink'"),
        (np.zeros(60), r"Expected 2D array, got 1D array"),
        (np.zeros((60, 2, 2, 1, 1)), "Found array with dim 5"),
        (np.zeros((0, 4)), "0 sample"),
        (np.zeros((60, 0)), "0 feature"),
        (np.zeros((59, 4)), r"inconsistent numbers of samples: \[59, 60\]"),
        (np.full((60, 4), 1j), "Complex data not supported"),
    ],
    ids=["strings", "frame of strings", "1d", "5d", "no rows", "no pixels", "too few", "complex"],
)
def test_what_is_no_image_is_refused(X_bad, message, y):
    with pytest.raises(ValueError, match=message):
        small().fit(X_bad, y)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(60), r"at least 2 classes.*got 1 class"),
        (np.linspace(0, 1, 60), "Unknown label type: continuous"),
        (np.eye(10)[np.arange(60) % 10], "y should be a 1d array"),
        ([None, 1] * 30, "y"),
        ([np.nan, 1.0] * 30, "Input y contains NaN"),
    ],
    ids=["one class", "continuous", "one-hot", "None", "NaN"],
)
def test_labels_must_be_classes(labels, message, X):
    with pytest.raises((ValueError, TypeError), match=message):
        small().fit(X, labels)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.where(np.arange(60) == 5, -1.0, 1.0), "Negative values .* `sample_weight`"),
        (np.zeros(60), "Sample weights must contain at least one non-zero"),
        (np.ones(59), r"sample_weight.shape == \(59,\), expected \(60,\)"),
        (np.full(60, np.nan), "Input sample_weight contains NaN"),
    ],
    ids=["negative", "zero", "too few", "NaN"],
)
def test_weights_must_weigh(weights, message, X, y):
    with pytest.raises(ValueError, match=message):
        small().fit(X, y, sample_weight=weights)


def test_only_one_class_with_a_positive_weight_is_not_enough(X, y):
    with pytest.raises(ValueError, match=r"classes with a positive weight, but got 1 class: .*3"):
        small().fit(X, y, sample_weight=y == 3)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("architecture", "resnet"),
        ("architecture", 5),
        ("epochs", 0),
        ("epochs", "many"),
        ("batch_size", -1),
        ("batch_size", 2.5),
        ("optimizer", None),
        ("learning_rate", 0.0),
        ("learning_rate", "fast"),
        ("learning_rate_schedule", "step"),
        ("weight_decay", -0.1),
        ("label_smoothing", 1.0),
        ("image_shape", "square"),
        ("image_shape", 28),
        ("class_weight", "equal"),
        ("early_stopping", "yes"),
        ("validation_fraction", 1.0),
        ("n_iter_no_change", 0),
        ("tol", -1.0),
        ("warm_start", "no"),
        ("dtype", "float16"),
        ("verbose", -2),
        ("random_state", "seed"),
    ],
)
def test_bad_parameter_is_named_with_its_value(parameter, value, X, y):
    message = f"The '{parameter}' parameter of KerasDigitClassifier must be .* Got {value!r}"
    with pytest.raises(InvalidParameterError, match=message):
        small(**{parameter: value}).fit(X, y)


def test_unknown_architecture_is_told_the_known_ones(X, y):
    with pytest.raises(InvalidParameterError, match=r"'convnet'.* Got 'resnet'"):
        small(architecture="resnet").fit(X, y)


def test_misspelt_optimizer_is_told_some_names(X, y):
    with pytest.raises(ValueError, match=r"optimizer='addam' .* 'adam'"):
        small(optimizer="addam").fit(X, y)


@pytest.mark.parametrize(
    "image_shape",
    [(8, 9), (4, 8), (8, 8, 3), (), (64,), (8, 8, 1, 1), (-8, -8), (8.5, 8)],
)
def test_image_shape_must_hold_the_pixels(image_shape, X, y):
    with pytest.raises(ValueError, match="image_shape"):
        small(image_shape=image_shape).fit(X, y)


def test_image_shape_must_be_that_of_the_images(X, y):
    with pytest.raises(ValueError, match=r"image_shape=\(4, 16\) .* images of shape \(8, 8\)"):
        small(image_shape=(4, 16)).fit(X.reshape(-1, 8, 8), y)


@pytest.mark.parametrize("architecture", [LeNet5(), ConvNet()], ids=repr)
def test_convolutions_say_what_to_do_without_images(architecture, X, y):
    with pytest.raises(ValueError, match=r"rows of 30 pixels.*image_shape=.*'mlp'"):
        small(architecture=architecture).fit(X[:, :30], y)


def test_validation_data_go_together(X, y):
    for half in ({"X_val": X}, {"y_val": y}):
        with pytest.raises(ValueError, match="X_val and y_val go together"):
            small().fit(X, y, **half)


@pytest.mark.parametrize("unseen", [99, -1, "nine"])
def test_validation_labels_must_be_known(unseen, X, y):
    y_val = np.array([*y[:-1].tolist(), unseen], dtype=type(unseen))
    with pytest.raises(ValueError, match="y_val has labels that are not among the classes"):
        small().fit(X, y, X_val=X, y_val=y_val)


def test_labels_of_later_calls_must_be_known(X, y):
    classifier = small(warm_start=True).partial_fit(X, y, classes=range(10))
    for fit in (classifier.partial_fit, classifier.fit):
        with pytest.raises(ValueError, match=r"y has labels that are not among.*\[10 11\]"):
            fit(X, np.where(y > 7, y + 2, y))


def test_balanced_weights_need_all_labels(X, y):
    with pytest.raises(ValueError, match=r"class_weight='balanced' needs all labels .* dict"):
        small(class_weight="balanced").partial_fit(X, y, classes=range(10))
    fitted = small(class_weight="balanced").fit(X, y)
    with pytest.raises(ValueError, match=r"class_weight='balanced' needs all labels .* dict"):
        fitted.partial_fit(X, y)


def network(*layers, width=10):
    def build(image_shape, n_classes):
        head = keras.layers.Dense(width)
        return keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), head, *layers])

    return build


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (network(width=7), r"to 10 logits.*shape \(None, 7\).*Dense\(n_classes\)"),
        (network(keras.layers.Softmax()), "ends in probabilities.*Leave out the last activation"),
        (
            network(keras.layers.Dense(10, activation="softmax")),
            "ends in probabilities.*Leave out the last activation",
        ),
        (lambda image_shape, n_classes: None, "must return a keras.Model.*it returned None"),
        (
            lambda image_shape, n_classes: keras.Sequential(
                [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]
            ),
            r"images of shape \(8, 8, 1\).*calling it on such an image failed",
        ),
    ],
    ids=["wrong width", "softmax layer", "softmax activation", "None", "wrong images"],
)
def test_build_function_must_keep_its_contract(build, message, X, y):
    with pytest.raises(ValueError, match=f"(?s)architecture=.*{message}"):
        small(architecture=build).fit(X, y)


@pytest.mark.parametrize("epochs", [1, 5])
def test_diverged_training_names_the_cures(epochs, digits):
    X, y = digits
    classifier = small(optimizer="sgd", learning_rate=1e38, epochs=epochs)
    with pytest.raises(ValueError, match=r"diverged.*Lower learning_rate.*PixelScaler"):
        classifier.fit(255 * X[:60], y[:60])


@pytest.mark.parametrize(
    "fail",
    [
        lambda classifier, X, y: classifier.fit(with_nan(X), y),
        lambda classifier, X, y: classifier.fit(X, y > 99),
        lambda classifier, X, y: classifier.fit(X[:, :30], y > 99),
        lambda classifier, X, y: classifier.fit(X, y + 1, X_val=X),
        lambda classifier, X, y: classifier.fit(X, y + 1, X_val=X, y_val=y),
        lambda classifier, X, y: classifier.set_params(optimizer="addam").fit(X, y > 4),
        lambda classifier, X, y: classifier.set_params(image_shape=(2, 2)).fit(X, y),
        lambda classifier, X, y: classifier.fit(X, y > 4, sample_weight=-y),
        lambda classifier, X, y: classifier.partial_fit(X, y + 1),
        lambda classifier, X, y: classifier.partial_fit(with_nan(X), y),
        lambda classifier, X, y: classifier.set_params(
            optimizer="sgd", learning_rate=1e30, epochs=5
        ).fit(X, y > 4),
        lambda classifier, X, y: classifier.set_params(
            optimizer="sgd", learning_rate=1e30, batch_size=4
        ).partial_fit(X, y),
    ],
    ids=[
        *["NaN", "one class", "one class of other pixels", "half of a validation set"],
        *["unseen labels", "optimizer", "image_shape", "negative weights"],
        *["partial_fit of unseen labels", "partial_fit of NaN"],
        *["diverged", "diverged partial_fit"],
    ],
)
def test_failed_fit_loses_nothing_that_was_trained(fail, X, y):
    classifier = small().fit(X, y)
    expected = classifier.predict_proba(X)
    with pytest.raises(ValueError, match=r"\w+"):
        fail(classifier, X, y)
    assert_array_equal(classifier.predict_proba(X), expected)
    assert_array_equal(classifier.predict(X), expected.argmax(axis=1))


def test_missing_backend_names_the_command():
    code = """if True:
        import sys

        class NoTensorFlow:
            def find_spec(self, name, path, target=None):
                if name.split(".")[0] == "tensorflow":
                    raise ModuleNotFoundError(f"No module named {name!r}", name=name)

        sys.meta_path.insert(0, NoTensorFlow())
        from skdigits import KerasDigitClassifier
        try:
            KerasDigitClassifier().fit([[0.0] * 4, [1.0] * 4], [0, 1])
        except ImportError as error:
            print(error)
    """
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "'tensorflow' is not installed" in result.stdout
    assert "pip install 'skdigits[cpu]'" in result.stdout


def test_unsupported_backend_names_the_supported_one(X, y, monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "mxnet")
    with pytest.raises(ImportError, match=r"backend 'mxnet'.*KERAS_BACKEND=tensorflow"):
        small().fit(X, y)


def test_divergence_under_early_stopping_names_the_cures(digits):
    X, y = digits
    classifier = KerasDigitClassifier(
        "softmax", epochs=1, optimizer="sgd", learning_rate=1e38, early_stopping=True
    )
    with pytest.raises(ValueError, match="diverged"):
        classifier.fit(X[:200], y[:200])


def test_averages_that_nobody_uses_are_refused(digits):
    X, y = digits
    classifier = KerasDigitClassifier("softmax", optimizer=keras.optimizers.Adam(use_ema=True))
    with pytest.raises(ValueError, match="use_ema=True"):
        classifier.fit(X[:60], y[:60])


def test_the_class_of_an_architecture_is_not_an_architecture(digits):
    X, y = digits
    with pytest.raises(ValueError, match=r"give MLP\(\), not the class MLP"):
        KerasDigitClassifier(MLP).fit(X[:60], y[:60])


def test_images_are_not_moved_further_than_they_are_large(X, y):
    with pytest.raises(ValueError, match=r"prediction_shift must be at most .* 8 pixels, got 9"):
        small(prediction_shift=9).fit(X, y)
    classifier = small().fit(X, y).set_params(prediction_shift=9)
    with pytest.raises(ValueError, match="got 9"):
        classifier.predict(X)


def test_partial_fit_needs_two_classes(digits):
    X, y = digits
    ones = y == 1
    with pytest.raises(ValueError, match="at least 2 classes"):
        KerasDigitClassifier("softmax").partial_fit(X[ones], y[ones], classes=[1])
