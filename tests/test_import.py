"""Models of Keras become networks and weights."""

import pickle

import keras
import numpy as np
import pytest
from keras import layers, ops
from numpy.testing import assert_allclose

from skdigits import KerasDigitClassifier
from skdigits.architectures import Network, in_precision
from skdigits.programs._import import import_model, probabilities_of

IMAGE = (8, 8, 1)


@keras.saving.register_keras_serializable(package="tests of skdigits")
class Doubled(layers.Layer):
    """A layer of the user's own."""

    def call(self, inputs):
        return 2 * inputs


class Plain(layers.Layer):
    """The same, unknown to Keras."""

    def call(self, inputs):
        return 2 * inputs


def halved(inputs):
    return 0.5 * inputs


def sequential(*parts, shape=IMAGE):
    return keras.Sequential([keras.Input(shape), *parts])


def functional(function, shape=IMAGE):
    images = keras.Input(shape)
    return keras.Model(images, function(images))


def head(*parts):
    return keras.Sequential([keras.Input((12,)), *parts])


def called():
    """A model that got its shape from the first images."""
    model = keras.Sequential([layers.Flatten(), layers.Dense(10, "softmax")])
    model(np.zeros((1, 8, 8), np.float32))
    return model


# What is read as records, by the model that it is read from.
CHAINS = {
    "softmax in Dense": lambda: sequential(layers.Flatten(), layers.Dense(10, "softmax")),
    "log_softmax": lambda: sequential(layers.Flatten(), layers.Dense(10, "log_softmax")),
    "Softmax": lambda: sequential(layers.Flatten(), layers.Dense(10), layers.Softmax()),
    "Activation": lambda: sequential(
        layers.Flatten(), layers.Dense(10), layers.Activation("softmax")
    ),
    "function": lambda: functional(
        lambda images: ops.softmax(layers.Dense(10)(layers.Flatten()(images)))
    ),
    "logits": lambda: functional(lambda images: layers.Dense(10)(layers.Flatten()(images))),
    "normalised as in training": lambda: functional(
        lambda images: layers.Dense(10)(
            layers.Flatten()(layers.BatchNormalization()(images, training=True))
        )
    ),
    "nested": lambda: sequential(
        sequential(layers.Flatten(), layers.Dense(12, "relu")),
        head(layers.Dense(10), layers.Softmax()),
    ),
    "nested in functional": lambda: functional(
        lambda images: head(layers.Dense(10, "softmax"))(layers.Dense(12)(layers.Flatten()(images)))
    ),
    "rows": lambda: sequential(layers.Dense(10, "softmax"), shape=(64,)),
    "rows, reshaped": lambda: sequential(
        layers.Reshape(IMAGE),
        layers.Conv2D(2, 3),
        layers.Flatten(),
        layers.Dense(10),
        shape=(64,),
    ),
    "scaled, without channels": lambda: sequential(
        layers.Rescaling(1 / 16), layers.Flatten(), layers.Dense(10), shape=(8, 8)
    ),
    "scaled, reshaped": lambda: sequential(
        layers.Rescaling(1 / 16),
        layers.Reshape(IMAGE),
        layers.Flatten(),
        layers.Dense(10),
        shape=(64,),
    ),
    "scaled rows": lambda: sequential(layers.Rescaling(1 / 16), layers.Dense(10), shape=(64,)),
    "dicts": lambda: keras.Model(
        {"image": (image := keras.Input(IMAGE, name="image"))},
        {"digit": layers.Dense(10, "softmax")(layers.Flatten()(image))},
    ),
    "whole numbers": lambda: keras.Model(
        image := keras.Input((8, 8), dtype="uint8"),
        layers.Dense(10)(layers.Flatten()(layers.Rescaling(1 / 16)(image))),
    ),
    "without channels": lambda: sequential(layers.Flatten(), layers.Dense(10), shape=(8, 8)),
    "without channels, reshaped": lambda: sequential(
        layers.Reshape(IMAGE),
        layers.Conv2D(2, 3),
        layers.GlobalAveragePooling2D(),
        layers.Dense(10),
        shape=(8, 8),
    ),
    "called": called,
    "Rescaling": lambda: sequential(
        layers.Rescaling(1 / 16), layers.Flatten(), layers.Dense(10, "softmax")
    ),
}
# What only Keras can run.
OTHERS = {
    "depthwise": lambda: sequential(
        layers.DepthwiseConv2D(3), layers.Flatten(), layers.Dense(10, "softmax")
    ),
    "regularised": lambda: sequential(
        layers.Flatten(), layers.Dense(10, "softmax", kernel_regularizer="l2")
    ),
    "frozen": lambda: sequential(
        layers.Flatten(), layers.Dense(12, trainable=False), layers.Dense(10, "softmax")
    ),
    "rows of images": lambda: sequential(layers.LSTM(4), layers.Dense(10), shape=(8, 8)),
    "softmax of a nested branch": lambda: functional(
        lambda images: functional(
            lambda flat: layers.Softmax()(layers.add([layers.Dense(10)(flat) for _ in range(2)])),
            (64,),
        )(layers.Flatten()(images))
    ),
    "augmented": lambda: sequential(
        layers.RandomTranslation(0.1, 0.1), layers.Flatten(), layers.Dense(10, "softmax")
    ),
    "own layer": lambda: sequential(Doubled(), layers.Flatten(), layers.Dense(10, "softmax")),
    "unregistered layer": lambda: sequential(Plain(), layers.Flatten(), layers.Dense(10)),
    "own activation": lambda: sequential(
        layers.Flatten(), layers.Dense(5, activation=halved), layers.Dense(10)
    ),
    "without a last Dense": lambda: sequential(
        layers.Conv2D(10, 3), layers.GlobalAveragePooling2D(), layers.Softmax()
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_chains_are_read_as_records(name, X):
    model = CHAINS[name]()
    imported = import_model(model)
    assert isinstance(imported.network, Network)
    assert imported.network.image_shape == IMAGE
    shape = imported.architecture.network(IMAGE, 10)
    assert shape == imported.network, "the architecture makes another network"
    assert_predicts_as(model, X)


@pytest.mark.parametrize("name", OTHERS)
def test_other_models_are_built_again(name, X, y):
    model = OTHERS[name]()
    imported = import_model(model)
    assert not isinstance(imported.network, Network)
    classifier = assert_predicts_as(model, X)
    again = pickle.loads(pickle.dumps(classifier))
    assert_allclose(again.predict_proba(X), classifier.predict_proba(X), rtol=0, atol=1e-7)
    frozen = [weight for weight in classifier.weights_ if weight.shape == (64, 12)]
    trained = classifier.partial_fit(X, y)
    if name == "frozen":
        assert_allclose(trained.weights_[0], frozen[0], rtol=0, atol=0)


def assert_predicts_as(model, X):
    classifier = KerasDigitClassifier.from_keras(model)
    X = np.round(X)  # Some models take whole numbers.
    expected = probabilities_of(model, X.reshape(-1, *IMAGE))
    found = classifier.predict_proba(X[: len(expected)])
    assert_allclose(found, expected, rtol=0, atol=1e-6)
    return classifier


def test_colours_and_shapes():
    model = sequential(layers.Flatten(), layers.Dense(3), shape=(4, 6, 3))
    assert import_model(model).network.image_shape == (4, 6, 3)
    rows = sequential(layers.Dense(3), shape=(24,))
    assert import_model(rows).network.image_shape == (1, 24, 1)
    assert import_model(rows, (4, 6)).network.image_shape == (4, 6, 1)
    reshaped = sequential(layers.Reshape((4, 6, 1)), layers.Flatten(), layers.Dense(3), shape=(24,))
    assert import_model(reshaped).network.image_shape == (4, 6, 1)
    few = sequential(layers.Flatten(), layers.Dense(3), shape=(3, 8, 8))
    assert import_model(few).network.image_shape == (3, 8, 8)


def test_images_of_any_size(X):
    ends = [layers.Conv2D(3, 3), layers.GlobalAveragePooling2D(), layers.Dense(10)]
    model = sequential(*ends, shape=(None, None, 1))
    with pytest.raises(ValueError, match=r"needs a fixed shape, .*\(None, None, None, 1\): set it"):
        import_model(model)
    classifier = KerasDigitClassifier.from_keras(model, image_shape=(8, 8))
    logits = model.predict(X.reshape(-1, *IMAGE), verbose=0)
    assert_allclose(classifier.decision_function(X), logits, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("policy", "last", "dtype"),
    [
        ("mixed_bfloat16", "float32", "mixed_bfloat16"),
        ("mixed_bfloat16", "mixed_bfloat16", "mixed_bfloat16"),
        ("float64", "float64", "float64"),
    ],
)
def test_precision_is_that_of_the_model(policy, last, dtype, X):
    images = keras.Input(IMAGE, dtype="float64" if policy == "float64" else "float32")
    with in_precision(policy):
        hidden = layers.Dense(4, "relu", dtype=policy)(layers.Flatten(dtype=policy)(images))
        model = keras.Model(images, layers.Dense(10, "softmax", dtype=last)(hidden))
    classifier = KerasDigitClassifier.from_keras(model)
    assert classifier.dtype == classifier._network_.dtype == dtype
    assert isinstance(classifier._network_, Network)
    tolerance = 0.02 if policy == "mixed_bfloat16" else 1e-6
    expected = probabilities_of(model, X.reshape(-1, *IMAGE))
    assert_allclose(classifier.predict_proba(X), expected, rtol=0, atol=tolerance)


class Subclassed(keras.Model):
    """A model that is defined by a method."""

    def __init__(self):
        super().__init__()
        self.last = layers.Dense(10)

    def call(self, inputs):
        return self.last(inputs)


def two_inputs():
    inputs = [keras.Input((4,)), keras.Input((4,))]
    return keras.Model(inputs, layers.Dense(3)(layers.concatenate(inputs)))


REFUSED = {
    "path": (lambda: "digits.keras", TypeError, r"got 'digits.keras'. Read .*load_model"),
    "layer": (lambda: layers.Dense(3), TypeError, "model must be a trained keras.Model"),
    "unbuilt": (
        lambda: keras.Sequential([layers.Dense(3)]),
        ValueError,
        "has no weights yet: call it on images, or begin it with keras.Input",
    ),
    "subclassed": (Subclassed, ValueError, "is a Subclassed with a method `call` of its own"),
    "two inputs": (two_inputs, ValueError, "2 inputs and 1 outputs"),
    "maps": (lambda: sequential(layers.Conv2D(3, 3)), ValueError, r"\(None, 6, 6, 3\)"),
    "one output": (
        lambda: sequential(layers.Flatten(), layers.Dense(1, "sigmoid")),
        ValueError,
        r"shape \(None, 1\). For two classes, end it in Dense\(2\)",
    ),
    "sigmoid": (
        lambda: sequential(layers.Flatten(), layers.Dense(3, "sigmoid")),
        ValueError,
        "ends in the activation 'sigmoid'",
    ),
    "relu": (
        lambda: sequential(layers.Flatten(), layers.Dense(3), layers.ReLU()),
        ValueError,
        "ends in the activation 'relu'",
    ),
    "half precision": (
        lambda: sequential(layers.Flatten(), layers.Dense(3, dtype="mixed_float16")),
        ValueError,
        "have the policies mixed_float16",
    ),
    "videos": (
        lambda: sequential(layers.Flatten(), layers.Dense(3), shape=(4, 4, 4, 1)),
        ValueError,
        r"inputs of shape \(None, 4, 4, 4, 1\)",
    ),
    "lambda": (
        lambda: sequential(layers.Lambda(lambda x: 2 * x), layers.Flatten(), layers.Dense(3)),
        ValueError,
        "cannot be built again from its configuration: .*[lL]ambda",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_objects_are_refused(name):
    make, error, message = REFUSED[name]
    model = make()
    with pytest.raises(error, match=f"(?s){message}"):
        import_model(model)


def test_outputs_are_put_into_order_only_by_a_dense_layer():
    model = OTHERS["without a last Dense"]()
    classes = np.arange(10)[::-1]
    with pytest.raises(ValueError, match="classes must be in increasing order, since the model"):
        KerasDigitClassifier.from_keras(model, classes=classes)


def test_a_rebuilt_network_suits_no_other_data(X, y):
    classifier = KerasDigitClassifier.from_keras(OTHERS["depthwise"](), epochs=1)
    message = r"shape \(8, 8, 1\) and has 10 classes, but the data have .* and 3 classes"
    with pytest.raises(ValueError, match=message):
        classifier.fit(X, y % 3)
