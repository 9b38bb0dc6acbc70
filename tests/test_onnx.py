"""export/_onnx: files run by onnxruntime, against the classifiers that they were made of."""

import json
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler
from small_networks import SMALL_ARCHITECTURES, build, small

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import ConvNet
from skdigits.datasets import fetch_mnist
from skdigits.export import to_onnx
from skdigits.preprocessing import DigitFramer

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

# Sums of float32 products, taken in another order.
TOLERANCE = 1e-5


def run(file, images):
    onnx.checker.check_model(onnx.load(file), full_check=True)
    session = onnxruntime.InferenceSession(file)
    (taken,) = session.get_inputs()
    shape = [-1, *taken.shape[1:]]
    (probabilities,) = session.run(
        ["probabilities"], {"images": np.reshape(images, shape).astype(np.float32)}
    )
    return probabilities


@pytest.mark.parametrize("name", SMALL_ARCHITECTURES)
def test_probabilities_are_those_of_the_classifier(name, X, y, tmp_path):
    classifier = small(architecture=SMALL_ARCHITECTURES[name]).fit(X, y)
    to_onnx(classifier, tmp_path / "digits.onnx")
    found = run(tmp_path / "digits.onnx", X)
    assert_allclose(found, classifier.predict_proba(X), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("dtype", ["float64", "mixed_bfloat16"])
def test_other_precisions_are_written_in_float32(dtype, X, y, tmp_path):
    classifier = small(architecture=SMALL_ARCHITECTURES["convnet"], dtype=dtype).fit(X, y)
    to_onnx(classifier, tmp_path / "digits.onnx")
    found = run(tmp_path / "digits.onnx", X)
    # Logits are sums of products that have 8 bits in mixed precision.
    tolerance = {"float64": TOLERANCE, "mixed_bfloat16": 1e-2}[dtype]
    assert_allclose(found, classifier.predict_proba(X), rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_pipeline(PixelScaler(), small()),
        lambda: make_pipeline(PixelScaler((5, 200), (-1, 1), out_of_range="clip"), small()),
        lambda: make_pipeline(MinMaxScaler(), small()),
        lambda: make_pipeline(MinMaxScaler((-1, 1), clip=True), small()),
        lambda: make_pipeline(
            MaxAbsScaler(), PixelScaler((0, 2), out_of_range="ignore"), "passthrough", small()
        ),
        lambda: make_pipeline(MaxAbsScaler(clip=True), small()),
        lambda: small(pixel_range=(-20, 300)),
        lambda: GridSearchCV(
            make_pipeline(PixelScaler((0, 255)), small()),
            {"pixelscaler__feature_range": [(0, 2)]},
            cv=2,
        ),
    ],
    ids=["auto", "clipped", "by pixel", "clipped by pixel", "two", "by size", "own", "search"],
)
def test_scaling_is_part_of_the_file(make, X, y, tmp_path):
    grey = np.rint(255 * X)
    classifier = make().fit(grey, y)
    to_onnx(classifier, tmp_path / "digits.onnx")
    beyond = np.clip(np.roll(grey, 1, axis=1) * 1.1, 0, 255)
    found = run(tmp_path / "digits.onnx", beyond)
    assert_allclose(found, classifier.predict_proba(beyond), rtol=0, atol=TOLERANCE)


def test_equal_pixels_are_scaled_as_in_the_pipeline(X, y, tmp_path):
    flat = np.full_like(X, 300)
    classifier = make_pipeline(PixelScaler(), small()).fit(flat, y)
    to_onnx(classifier, tmp_path / "digits.onnx")
    found = run(tmp_path / "digits.onnx", X + 300)
    assert_allclose(found, classifier.predict_proba(X + 300), rtol=0, atol=TOLERANCE)


def test_images_in_colour(y, tmp_path):
    images = np.random.default_rng(0).random((60, 8, 6, 3), np.float32)
    classifier = small(architecture=ConvNet((2, 3), kernel_size=3)).fit(images, y)
    to_onnx(classifier, tmp_path / "digits.onnx")
    found = run(tmp_path / "digits.onnx", images)
    assert_allclose(found, classifier.predict_proba(images), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("label", [int, str, bool])
def test_classes_are_in_the_metadata(label, X, y, tmp_path):
    classifier = small().fit(X, (y > 4).astype(label))
    to_onnx(classifier, tmp_path / "digits.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "digits.onnx")
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["classes"]) == classifier.classes_.tolist()


@pytest.mark.mnist
def test_labels_of_all_test_images_are_the_same(tmp_path):
    X_train, y_train = fetch_mnist(subset="train", return_X_y=True)
    X_test, _ = fetch_mnist(subset="test", return_X_y=True)
    pipeline = make_pipeline(PixelScaler(), KerasDigitClassifier(epochs=1, random_state=0))
    pipeline.fit(X_train[:4000], y_train[:4000])
    to_onnx(pipeline, tmp_path / "digits.onnx")
    found = run(tmp_path / "digits.onnx", X_test)
    assert len(X_test) == 10_000
    assert_array_equal(found.argmax(axis=1), pipeline.predict(X_test))
    assert_allclose(found, pipeline.predict_proba(X_test), rtol=0, atol=TOLERANCE)


def test_a_file_is_written_again_bit_for_bit(X, y, tmp_path):
    classifier = make_pipeline(PixelScaler(), small()).fit(X, y)
    to_onnx(classifier, tmp_path / "digits.onnx")
    to_onnx(classifier, str(tmp_path / "again.onnx"))
    first, second = ((tmp_path / name).read_bytes() for name in ("digits.onnx", "again.onnx"))
    assert first == second


def build_with_branches(image_shape, n_classes):
    import keras

    images = keras.Input(image_shape)
    rows = [keras.layers.Flatten()(images) for _ in range(2)]
    return keras.Model(images, keras.layers.Dense(n_classes)(keras.layers.add(rows)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LogisticRegression(), "Expected a KerasDigitClassifier"),
        (lambda: make_pipeline(PixelScaler(), LogisticRegression()), "or MaxAbsScaler, got Pipe"),
        (lambda: small(architecture=build_with_branches), "layers without records"),
    ],
)
def test_what_cannot_be_written_is_named(make, message, X, y, tmp_path):
    with pytest.raises(ValueError, match=message):
        to_onnx(make().fit(X, y), tmp_path / "digits.onnx")
    assert not list(tmp_path.iterdir())


def test_pictures_are_framed_before(X, y, tmp_path):
    digit = np.zeros((40, 40))
    digit[5:35, 18:22] = 255
    pipeline = make_pipeline(DigitFramer(), PixelScaler((0, 255)), small())
    pipeline.fit([digit, 255 - digit], [0, 1])
    with pytest.raises(ValueError, match=r"DigitFramer.*pipeline\[1:\]"):
        to_onnx(pipeline, tmp_path / "digits.onnx")
    to_onnx(pipeline[1:], tmp_path / "digits.onnx")


def test_functions_of_the_user_are_written_if_their_layers_have_records(X, y, tmp_path):
    classifier = small(architecture=build).fit(X, y)
    to_onnx(classifier, tmp_path / "digits.onnx")
    found = run(tmp_path / "digits.onnx", X)
    assert_allclose(found, classifier.predict_proba(X), rtol=0, atol=TOLERANCE)


def test_neither_keras_nor_a_backend_is_imported(tmp_path):
    code = (
        "import sys; import skops.io; before = set(sys.modules); "
        "from skdigits.export import to_onnx; from skdigits.reading import load_reader; "
        "to_onnx(load_reader(), sys.argv[1]); "
        "assert not {'keras', 'tensorflow', 'torch', 'jax'} & (set(sys.modules) - before)"
    )
    command = [sys.executable, "-c", code, tmp_path / "digits.onnx"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_a_missing_package_is_named_with_its_command(X, y, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'needs onnx, .*pip install "skdigits\[onnx\]"'):
        to_onnx(small().fit(X, y), tmp_path / "digits.onnx")
