"""to_keras: an ordinary Keras model, saved by Keras and run by onnxruntime."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from small_networks import SMALL_ARCHITECTURES, build, small

from skdigits.architectures import ARCHITECTURES, in_precision


def build_functional(image_shape, n_classes):
    images = keras.Input(image_shape)
    return keras.Model(images, keras.layers.Dense(n_classes)(keras.layers.Flatten()(images)))


EVERY = {
    **SMALL_ARCHITECTURES,
    "function": build,
    "functional": build_functional,
}
every = pytest.mark.parametrize("name", EVERY)

# Sums of float32 products, taken in another order.
TOLERANCE = 1e-5

# What Keras' export does with NumPy's and TensorFlow's deprecated names.
exporting = pytest.mark.filterwarnings(
    "ignore:In the future `np:FutureWarning:keras", "ignore::DeprecationWarning:tf2onnx"
)


def images_of(X):
    return X.reshape(-1, 8, 8, 1)


@pytest.fixture(scope="module")
def fitted(X, y):
    known = {}

    def get(name):
        if name not in known:
            known[name] = small(architecture=EVERY[name]).fit(X, y)
        return known[name]

    return get


def test_every_architecture_is_tested():
    assert EVERY.keys() >= ARCHITECTURES.keys()


@every
def test_model_gives_the_probabilities(name, fitted, X):
    model = fitted(name).to_keras()
    assert isinstance(model, keras.Model)
    assert model.input_shape == (None, 8, 8, 1)
    assert model.output_shape == (None, 10)
    expected = fitted(name).predict_proba(X)
    assert_allclose(model.predict(images_of(X), verbose=0), expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("dtype", ["float64", "mixed_bfloat16"])
def test_precision_is_kept(dtype, X, y):
    classifier = small(dtype=dtype).fit(X, y)
    model = classifier.to_keras()
    expected = classifier.predict_proba(X)
    with in_precision(dtype):
        predicted = model.predict(images_of(X).astype(expected.dtype), verbose=0)
    assert predicted.dtype == expected.dtype
    # Logits are sums of products that have 8 bits in mixed precision.
    # On PyTorch, Keras' own layers compute float64 in float32.
    float64 = 1e-6 if keras.config.backend() == "torch" else 1e-14
    tolerance = {"float64": float64, "mixed_bfloat16": 1e-2}[dtype]
    assert_allclose(predicted, expected, rtol=0, atol=tolerance)
    assert keras.config.dtype_policy().name == "float32"


def test_model_shares_no_weights(fitted, X):
    classifier = fitted("mlp")
    expected = classifier.predict_proba(X)
    model = classifier.to_keras()
    model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])
    assert_array_equal(classifier.predict_proba(X), expected)
    assert_allclose(
        classifier.to_keras().predict(images_of(X), verbose=0), expected, atol=TOLERANCE
    )


def test_model_can_be_trained_further(fitted, X, y):
    model = fitted("mlp").to_keras()
    model.compile("adam", "sparse_categorical_crossentropy")
    losses = model.fit(images_of(X), y, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_unfitted_classifier_says_so():
    with pytest.raises(NotFittedError):
        small().to_keras()


@every
def test_saved_by_keras(name, fitted, X, tmp_path):
    model = fitted(name).to_keras()
    model.save(tmp_path / "digits.keras")
    again = keras.saving.load_model(tmp_path / "digits.keras")
    assert_array_equal(
        again.predict(images_of(X), verbose=0), model.predict(images_of(X), verbose=0)
    )


@exporting
@every
def test_run_by_onnxruntime(name, fitted, X, tmp_path):
    pytest.importorskip("tensorflow", reason="Keras exports to ONNX with TensorFlow")
    pytest.importorskip("tf2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    file = str(tmp_path / "digits.onnx")
    fitted(name).to_keras().export(file, format="onnx", verbose=False)
    (probabilities,) = onnxruntime.InferenceSession(file).run(None, {"images": images_of(X)})
    assert_allclose(probabilities, fitted(name).predict_proba(X), rtol=0, atol=TOLERANCE)
