"""Rows that the classifier scales itself, in uint8 or not, on the way to every program."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from small_networks import assert_same_weights, build, small

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.architectures import MLP, ConvNet
from skdigits.augmentation import RandomAffine

NETWORKS = {
    "mlp": {"architecture": MLP((8,))},
    "convnet": {"architecture": ConvNet((4,), hidden_layer_sizes=(8,))},
    "augmented": {"architecture": MLP((8,)), "augmentation": RandomAffine()},
    "function": {"architecture": build},
    "float64": {"architecture": MLP((8,)), "dtype": "float64"},
}


@pytest.fixture(scope="module")
def grey(digits):
    return np.clip(digits[0][:150] * 16, 0, 255).astype(np.uint8), digits[1][:150]


@pytest.mark.parametrize("name", NETWORKS)
def test_grey_levels_train_like_scaled_pixels(name, grey):
    X, y = grey
    scaled = small(**NETWORKS[name], batch_size=32, random_state=0)
    unscaled = clone(scaled).set_params(pixel_range=(0, 255))
    dtype = np.float64 if name == "float64" else np.float32
    scaled.fit(X.astype(dtype) / 255, y)
    unscaled.fit(X, y)
    for weight, expected in zip(unscaled.weights_, scaled.weights_, strict=True):
        # A backend may multiply by the reciprocal of 255, which is rounded.
        assert_allclose(weight, expected, rtol=0, atol=1e-5)
    scaled.weights_ = unscaled.weights_
    assert_array_equal(unscaled.predict_proba(X), scaled.predict_proba(X.astype(dtype) / 255))
    # Rows of other types are scaled before.
    assert_array_equal(unscaled.predict_proba(X.tolist()), unscaled.predict_proba(X))
    assert_same_weights(
        clone(unscaled).fit(X.astype(dtype), y), scaled.fit(X.astype(dtype) / 255, y)
    )


def test_other_ranges_are_scaled_like_by_the_scaler(digits):
    X, y = digits[0][:60].astype(np.uint8), digits[1][:60]
    one = small(pixel_range=(0, 16), random_state=0).fit(X, y)
    other = make_pipeline(PixelScaler((0, 16)), small(random_state=0)).fit(X, y)
    assert_same_weights(one, other[-1])
    with pytest.raises(ValueError, match=r"X has a pixel of 17, outside the pixel range \(0, 16\)"):
        one.predict(np.full((1, 64), 17, np.uint8))


def test_validation_and_second_calls_scale_alike(grey):
    X, y = grey
    one = small(pixel_range=(0, 255), random_state=0)
    other = clone(one)
    for classifier, images in ((one, X), (other, X.astype(np.float32))):
        classifier.fit(images[:100], y[:100], X_val=images[100:], y_val=y[100:])
        classifier.partial_fit(images, y).partial_fit(images[:50], y[:50])
    assert_same_weights(one, other)
    assert one.history_["loss"] == other.history_["loss"]


@pytest.mark.parametrize("pixel_range", [(0, 0), (1, 0), (0,), (0, np.inf), ("black", "white")])
def test_a_range_that_is_none_is_named(pixel_range, grey):
    with pytest.raises(ValueError, match="pixel_range must be"):
        KerasDigitClassifier("softmax", pixel_range=pixel_range).fit(*grey)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_scorer_gets_images_that_are_scaled_once(dtype, grey):
    X, y = grey
    classifier = small(pixel_range=(0, 255), early_stopping=True, scoring="accuracy")
    classifier.fit(X.astype(dtype), y)
    assert_allclose(classifier.history_["val_score"], classifier.history_["val_accuracy"])
    assert max(classifier.history_["val_score"]) > 0.2


@pytest.mark.usefixtures("on_keras")
def test_rows_may_lie_backwards_in_memory(grey):
    X, y = grey
    one = small(pixel_range=(0, 255)).fit(X[::-1, ::-1], y[::-1])
    other = small(pixel_range=(0, 255)).fit(X[::-1, ::-1].copy(), y[::-1])
    assert_same_weights(one, other)
    backwards = X.astype(np.float32)[:, ::-1]
    assert_array_equal(one.predict_proba(backwards), one.predict_proba(backwards.copy()))
