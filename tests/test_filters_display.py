import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

from skdigits import PixelScaler
from skdigits.architectures import ConvNet, Sequential, Softmax, layers
from skdigits.plotting import FiltersDisplay
from skdigits.plotting._occlusion import occlusion_map
from skdigits.programs._feature_maps import compute_feature_maps
from tests.small_networks import small


@pytest.fixture(autouse=True)
def close_figures(pyplot):
    """Leave no figure open."""


@pytest.fixture(scope="module")
def pipeline(digits):
    classifier = small(architecture=ConvNet((3,), hidden_layer_sizes=()), epochs=3)
    return make_pipeline(PixelScaler(), classifier).fit(digits[0][:200], digits[1][:200])


def titles(display):
    return [text.get_text() for text in display.text_]


def test_filters_of_a_convolution(pipeline):
    display = FiltersDisplay.from_estimator(pipeline)
    kernel = pipeline[-1].weights_[0]
    assert_array_equal(display.images, kernel[:, :, 0].transpose(2, 0, 1))
    for drawn, image in zip(display.images_, display.images, strict=True):
        assert_array_equal(drawn.get_array(), image)
        low, high = drawn.get_clim()
        assert -low == high == pytest.approx(abs(kernel).max())
    assert titles(display) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("classifier", "weights"),
    [
        (LogisticRegression(), lambda fitted: fitted.coef_),
        (small(architecture=Softmax()), lambda fitted: fitted.weights_[0].T),
    ],
    ids=["scikit-learn", "Keras"],
)
def test_linear_classifiers_have_a_template_for_each_class(classifier, weights, X, y):
    classifier.fit(X, y.astype(str))
    display = FiltersDisplay.from_estimator(classifier)
    assert_array_equal(display.images.reshape(10, 64), weights(classifier))
    assert titles(display) == list("0123456789")


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_neurons_of_a_dense_layer(X, y):
    classifier = MLPClassifier((5,), max_iter=2, random_state=0).fit(X, y)
    display = FiltersDisplay.from_estimator(classifier, max_filters=3)
    assert_array_equal(display.images[2].ravel(), classifier.coefs_[0][:, 2])
    assert len(display.images_) == 3


def test_feature_maps_are_of_the_scaled_digit(pipeline, digits):
    X, network = digits[0], pipeline[-1]
    display = FiltersDisplay.from_feature_maps(pipeline, X[7:8], max_maps=2)
    scaled = (X[7:8] / 16).astype(np.float32).reshape(1, 8, 8, 1)
    maps = compute_feature_maps(network._network_, network.weights_, scaled, 1)
    assert_allclose(display.images, maps[0].transpose(2, 0, 1)[:2], rtol=1e-6)
    # The digit comes first.
    assert titles(display) == ["digit", "1", "2"]
    assert_allclose(display.images_[0].get_array(), scaled[0, :, :, 0])


def test_occlusion_hides_parts_from_the_whole_pipeline(pipeline, digits):
    X = digits[0]
    display = FiltersDisplay.from_occlusion(pipeline, X[4:5], patch_size=3)
    probabilities = pipeline.predict_proba(X[4:5])[0]
    expected = occlusion_map(
        lambda images: pipeline.predict_proba(images.reshape(-1, 64))[:, probabilities.argmax()],
        X[4].reshape(8, 8, 1),
        patch_size=3,
    )
    assert_allclose(display.images[0], expected)
    assert titles(display)[1].startswith(f"speaks for {probabilities.argmax()} (")
    low, high = display.images_[1].get_clim()
    assert -low == high
    assert_array_equal(display.images_[0].get_array(), X[4].reshape(8, 8))


def test_occlusion_explains_the_label_asked_for(X, y):
    classifier = LogisticRegression().fit(X, y)
    display = FiltersDisplay.from_occlusion(classifier, X[:1], label=8)
    assert titles(display)[1].startswith("speaks for 8 (")
    with pytest.raises(ValueError, match=r"label must be one of .* got 10"):
        FiltersDisplay.from_occlusion(classifier, X[:1], label=10)


def test_occlusion_gives_images_as_it_got_them(X, y):
    images = X.reshape(-1, 8, 8)
    classifier = small(epochs=1).fit(images, y)
    display = FiltersDisplay.from_occlusion(classifier, images[:1])
    assert display.images.shape == (1, 8, 8)


def test_axes_given_are_drawn_on(pipeline, pyplot):
    figure, ax = pyplot.subplots()
    display = FiltersDisplay.from_estimator(pipeline, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure


def test_bad_input_is_named(pipeline, digits, X, y):
    with pytest.raises(ValueError, match=r"one digit, such as X\[:1\]; got 2"):
        FiltersDisplay.from_feature_maps(pipeline, digits[0][:2])
    with pytest.raises(NotFittedError):
        FiltersDisplay.from_estimator(small())
    with pytest.raises(ValueError, match="has no weights to show"):
        FiltersDisplay.from_estimator(GaussianNB().fit(X, y))
    pooled = Sequential((layers.GlobalAveragePooling2D(),))
    with pytest.raises(ValueError, match=r"have the shape \(1, 10\)"):
        FiltersDisplay.from_estimator(small(architecture=pooled).fit(X, y))
