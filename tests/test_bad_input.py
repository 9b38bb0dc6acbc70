"""Every mistake is told in a sentence that names the argument and the cure."""

import os
import subprocess
import sys
from functools import partial

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.pipeline import make_pipeline
from small_networks import small

from skdigits import KerasDigitClassifier, PixelScaler
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
        (np.zeros(60), r"at least 2 classes.*got 1 class: 0\.0\."),
        (np.full(60, "a"), r"got 1 class: 'a'\."),
        (np.linspace(0, 1, 60), "Unknown label type: continuous"),
        (np.eye(10)[np.arange(60) % 10], "y should be a 1d array.*one-hot"),
        (np.eye(10, dtype=int)[np.arange(60) % 10].tolist(), "y should be a 1d array.*one-hot"),
        (np.eye(10)[np.arange(60) % 10].astype(str), "y should be a 1d array"),
        ([None, 1] * 30, "y"),
        ([np.nan, 1.0] * 30, "Input y contains NaN"),
    ],
    ids=["one class", "one text", "continuous", "one-hot", "one-hot list", "texts", "None", "NaN"],
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


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
@pytest.mark.parametrize("scaled", [True, False])
def test_a_single_image_is_told_from_a_batch(method, scaled, X, y):
    estimator = make_pipeline(PixelScaler(), small()) if scaled else small()
    ask = getattr(estimator.fit(X.reshape(-1, 8, 8), y), method)
    single = X[0].reshape(8, 8)
    image = r"single image of shape \(8, 8\): pass X\[np.newaxis\]"
    row = r"single row of 64 pixels.*X.reshape\(1, -1\)"
    for bad, message in [(single, image), (X[0], row)]:
        for X_bad in (bad, bad.tolist(), tuple(bad.tolist()), pd.DataFrame(bad).squeeze(axis=1)):
            with pytest.raises(ValueError, match=message):
                ask(X_bad)
    with pytest.raises(ValueError, match=r"single image of shape \(8, 8, 1\)"):
        ask(single[..., np.newaxis].tolist())
    for batch in (X[:1], X[:1].reshape(1, 8, 8), X[:1].tolist(), X[:1].reshape(1, 8, 8, 1)):
        ask(batch)


def test_training_that_goes_on_takes_no_single_image(X, y):
    classifier = small().fit(X, y)
    single = X[0].reshape(8, 8).tolist()
    with pytest.raises(ValueError, match=r"X must hold several images.*pass X\["):
        classifier.partial_fit(single, y[:8])
    with pytest.raises(ValueError, match=r"X_val must hold several images.*pass X_val\["):
        classifier.fit(X, y, X_val=single, y_val=y[:8])


def test_a_single_image_of_colours_is_told_from_a_batch(X, y):
    images = np.repeat(X.reshape(-1, 8, 8, 1), 3, axis=3)
    classifier = small().fit(images, y)
    with pytest.raises(ValueError, match=r"single image of shape \(8, 8, 3\)"):
        classifier.predict(images[0])


def test_a_single_row_of_few_pixels_is_a_row(y):
    X = np.eye(4)[np.arange(20) % 4]
    classifier = small(image_shape=(1, 4)).fit(X, np.arange(20) % 4)
    assert classifier.predict(X[:1]).shape == (1,)


@pytest.mark.parametrize("n_channels", [1, 3, 4])
def test_channels_come_last(n_channels, X, y):
    images = np.repeat(X.reshape(-1, 1, 8, 8), n_channels, axis=1)
    with pytest.raises(ValueError, match=r"channels come last: pass np.moveaxis\(X, 1, -1\)"):
        small(architecture="auto").fit(images, y)
    small().fit(np.moveaxis(images, 1, -1), y)
    # Strips of one or three rows with eight channels, if the user says so.
    assert small(image_shape=images.shape[1:]).fit(images, y).image_shape_ == (n_channels, 8, 8)


def test_a_built_model_is_not_an_architecture(X, y):
    model = MLP()((8, 8, 1), 10)
    with pytest.raises(ValueError, match=r"function \(image_shape, n_classes\).*clone_model"):
        small(architecture=model).fit(X, y)


def test_grey_levels_without_a_scaler_are_warned_of(X, y):
    grey = (255 * X).astype(np.uint8)
    with pytest.warns(UserWarning, match=r"grey levels up to 255.*PixelScaler\(\)") as caught:
        small().fit(grey, y)
    assert [warning.filename for warning in caught] == [__file__]
    assert "pixel_range=(0, 255)" in str(caught[0].message)
    with pytest.warns(UserWarning, match=r"grey levels up to 16.*pixel_range=\(0, 16\)"):
        small().fit((16 * X).astype(np.uint8), y)
    continued = small(warm_start=True)
    partial_fit = partial(continued.partial_fit, classes=range(10))
    for train in (partial_fit, partial_fit, continued.fit):
        with pytest.warns(UserWarning, match="grey levels"):
            train(grey, y)
    # Validated and predicted, which must not warn once more.
    with pytest.warns(UserWarning, match="grey levels") as caught:
        continued.fit(grey, y, X_val=grey, y_val=y).predict(grey)
    assert len(caught) == 1
    # Scaled, black and white, or scaled by the network itself.
    small().fit(X, y)
    small().fit((grey > 99).astype(np.uint8), y)
    small(architecture=lambda image_shape, n_classes: MLP()(image_shape, n_classes)).fit(grey, y)


def small_validation(**parameters):
    return small(early_stopping=True, **parameters)


@pytest.mark.parametrize(
    ("chosen", "fraction", "message"),
    [
        (
            slice(0, 40),
            0.1,
            r"validation_fraction=0.1 sets 4 of 40 rows aside.*10 classes.*0.25 to",
        ),
        (slice(0, 40), 0.9, r"validation_fraction=0.9 sets 36 of 40.*from 0.25 to 0.75"),
        (slice(0, 11), 0.5, r"only one row of y is of the class '1'.*X_val and y_val"),
    ],
)
def test_too_few_rows_to_set_aside_for_early_stopping(chosen, fraction, message, X, y):
    names = np.array(["none", "1", *"23456789"])[y]
    classifier = small_validation(validation_fraction=fraction)
    with pytest.raises(ValueError, match=message):
        classifier.fit(X[chosen], names[chosen])


@pytest.mark.parametrize("fraction", [0.25, 0.75])
def test_the_fractions_that_are_offered_work(fraction, X, y):
    labels = np.arange(40) % 10
    assert small_validation(validation_fraction=fraction).fit(X[:40], labels).n_iter_ == 2


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
        ("temperature", 0.0),
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
    with pytest.raises(ValueError, match=message):
        small(**{parameter: value}).fit(X, y)


def test_unknown_architecture_is_told_the_known_ones(X, y):
    with pytest.raises(ValueError, match=r"'convnet'.* Got 'resnet'"):
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


@pytest.mark.parametrize(
    ("epochs", "what"),
    [(1, "the last update made weights infinite"), (5, r"the loss is (nan|inf) in epoch [12]")],
)
def test_diverged_training_names_the_cures(epochs, what, digits):
    X, y = digits
    classifier = small(optimizer="sgd", learning_rate=1e38, epochs=epochs)
    with pytest.raises(ValueError, match=rf"diverged: {what}. Lower learning_rate.*PixelScaler"):
        classifier.fit(255 * X[:60], y[:60])


@pytest.mark.parametrize(
    ("parameters", "cures"),
    [
        ({}, ""),
        ({"weight_decay": 0.5}, r" or weight_decay \(0\.5\)"),
        ({"temperature": 0.5}, r", raise temperature \(0\.5\)"),
        ({"weight_decay": 0.5, "temperature": 0.5}, r" or weight_.*, raise temperature \(0\.5\)"),
    ],
)
def test_diverged_training_names_the_cures_that_may_help(parameters, cures, X, y):
    classifier = small(optimizer="sgd", learning_rate=1e38, **parameters)
    whole = rf"Lower learning_rate \(its peak is 1e\+38\){cures}, or scale the pixels with"
    with pytest.raises(ValueError, match=whole):
        classifier.fit(X, y)


# Parameters in their ranges after whose one update all weights are finite, and no logit is.
EXTREME = {
    "rate": {"optimizer": "adamw", "learning_rate": 1e20},
    "decay": {"optimizer": "sgd", "learning_rate": 0.1, "weight_decay": 1e20},
    "rate and decay": {"optimizer": "adam", "learning_rate": 1e10, "weight_decay": 1e5},
}


@pytest.mark.parametrize("architecture", [MLP((16, 16)), ConvNet((2,), kernel_size=3)])
@pytest.mark.parametrize("name", EXTREME)
def test_a_fit_that_cannot_predict_has_diverged(name, architecture, X, y):
    classifier = KerasDigitClassifier(architecture, epochs=1, random_state=0, **EXTREME[name])
    with pytest.raises(ValueError, match=r"Training diverged: the logits .*Lower learning_rate"):
        classifier.fit(X, y)


def fitted_or_diverged(classifier, X, y):
    """Fit, and say whether the fit has diverged."""
    try:
        classifier.fit(X, y)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("architecture", [MLP((16, 16)), ConvNet((2,), kernel_size=3)])
@pytest.mark.parametrize(
    ("factor", "parameters"),
    [
        (1e10, {}),
        (1e30, {}),
        (1e38, {}),
        (1, {"optimizer": "ftrl", "learning_rate": 1e6, "early_stopping": True}),
    ],
)
def test_extreme_fits_have_diverged_or_predict(factor, parameters, architecture, digits):
    X, y = factor * digits[0][:200] / 16, digits[1][:200]
    classifier = small(architecture=architecture, **parameters)
    if error := fitted_or_diverged(classifier, X, y):
        assert "Training diverged" in error
    else:
        assert np.isfinite(classifier.predict_proba(X)).all()


def test_an_infinite_validation_loss_is_divergence(X, y):
    X_val = X.copy()
    X_val[7] *= 3e38
    classifier = small(architecture=MLP((64, 64)), learning_rate=0.1, epochs=20)
    with pytest.raises(ValueError, match=r"Training diverged: the validation loss is inf in epoch"):
        classifier.fit(X, y, X_val=X_val, y_val=y)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "score"])
def test_predictions_that_overflow_name_the_row(method, X, y):
    classifier = small(learning_rate=0.1, epochs=50).fit(X, y)
    large = X.copy()
    large[5:7] *= 1e38
    labels = [y] if method == "score" else []
    with pytest.raises(ValueError, match=r"logits of 2 of 60 rows.*X\[5\], range from 0 to 1e\+38"):
        getattr(classifier, method)(large, *labels)
    getattr(classifier, method)(X, *labels)


def test_weights_that_overflow_are_no_predictions(X, y):
    classifier = small().fit(X, y)
    classifier.weights_ = tuple(np.full_like(weight, 3e38) for weight in classifier.weights_)
    with pytest.raises(ValueError, match="not finite numbers"):
        classifier.predict_proba(X)


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


WITHOUT_TENSORFLOW = """if True:
    import importlib.util
    import sys
    from importlib.machinery import ModuleSpec

    installed = sys.argv[1:]

    class OtherMachine:
        def find_spec(self, name, path, target=None):
            if name in installed:
                return ModuleSpec(name, None)
            if name.split(".")[0] in ("tensorflow", "jax", "torch"):
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    find_spec = importlib.util.find_spec
    importlib.util.find_spec = lambda name: name if name in installed else None
    sys.meta_path.insert(0, OtherMachine())
    from skdigits import KerasDigitClassifier
    from skdigits.programs._backend import require_backend

    for use in (
        lambda: KerasDigitClassifier("lenet5").fit([[0.0] * 64, [1.0] * 64], [0, 1]),
        lambda: require_backend(),
    ):
        try:
            use()
        except ImportError as error:
            print(error)
"""


@pytest.mark.parametrize("installed", [[], ["torch"], ["jax", "torch"]])
def test_missing_backend_names_the_command(installed):
    """KERAS_BACKEND asks for TensorFlow, which is absent."""
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW, *installed],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        check=True,
    )
    messages = result.stdout.splitlines()
    assert len(messages) == 2
    for message in messages:
        assert "needs tensorflow, which is not installed" in message
        assert 'pip install "skdigits[cpu]"' in message
        assert ("KERAS_BACKEND=" in message) == bool(installed)
        if installed:
            assert "KERAS_BACKEND=torch before Keras" in message
            assert "'torch' is installed." in message


BROKEN_TENSORFLOW = """if True:
    from skdigits import KerasDigitClassifier

    X, y = [[0.0] * 64, [1.0] * 64], [0, 1]
    for _ in range(2):
        try:
            KerasDigitClassifier("lenet5").fit(X, y)
        except ImportError as error:
            print(error)
    print(KerasDigitClassifier("mlp", epochs=1).fit(X, y).predict(X).shape)
"""


def test_a_broken_backend_says_what_is_broken_and_numpy_computes(tmp_path):
    broken = "libcudart.so.12: cannot open shared object file"
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text(f"raise ImportError({broken!r})")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    result = subprocess.run(
        [sys.executable, "-c", BROKEN_TENSORFLOW],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines() == [broken, broken, "(2,)"]


def test_unsupported_backend_names_the_supported_one(X, y, monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "mxnet")
    with pytest.raises(ImportError, match=r"backend 'mxnet'.*KERAS_BACKEND=tensorflow"):
        small(architecture="lenet5").fit(X, y)


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
    with pytest.raises(ValueError, match=r"pass MLP\(\), not the class MLP"):
        KerasDigitClassifier(MLP).fit(X[:60], y[:60])


def test_partial_fit_needs_two_classes(digits):
    X, y = digits
    ones = y == 1
    with pytest.raises(ValueError, match="at least 2 classes"):
        KerasDigitClassifier("softmax").partial_fit(X[ones], y[ones], classes=[1])
