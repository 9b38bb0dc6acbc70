import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from small_networks import assert_same_weights, small

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP, ConvNet


@pytest.mark.parametrize("shape", [(60, 8, 8), (60, 8, 8, 1)])
@pytest.mark.parametrize(
    "architecture", [MLP((16,)), ConvNet((2,), kernel_size=3, hidden_layer_sizes=())]
)
def test_images_are_the_same_as_their_rows(architecture, shape, X, y):
    of_rows = KerasDigitClassifier(architecture, epochs=2, random_state=0).fit(X, y)
    of_images = clone(of_rows).fit(X.reshape(shape), y)
    assert of_rows.image_shape_ == of_images.image_shape_ == (8, 8, 1)
    assert of_rows.n_features_in_ == of_images.n_features_in_ == 64
    assert_same_weights(of_rows, of_images)
    assert_array_equal(of_images.predict_proba(X), of_rows.predict_proba(X.reshape(shape)))


def test_images_shape_can_be_given_for_rows(X, y):
    network = ConvNet((2,), kernel_size=3, hidden_layer_sizes=())
    wide = KerasDigitClassifier(network, epochs=1, image_shape=(4, 16)).fit(X, y)
    assert wide.image_shape_ == (4, 16, 1)
    channels = KerasDigitClassifier(network, epochs=1, image_shape=(4, 4, 4)).fit(X, y)
    assert channels.image_shape_ == (4, 4, 4)
    assert channels.weights_[0].shape == (3, 3, 4, 2)


def test_images_of_rows_that_are_no_square_are_lines(X, y):
    classifier = KerasDigitClassifier(epochs=1).fit(X[:, :30], y)
    assert classifier.image_shape_ == (1, 30, 1)
    assert repr(classifier.architecture_) == "MLP()"


@pytest.mark.parametrize(
    "use",
    [
        lambda classifier, X, y: classifier.predict(X),
        lambda classifier, X, y: classifier.partial_fit(X, y),
        lambda classifier, X, y: classifier.set_params(warm_start=True).fit(X, y),
        lambda classifier, X, y: classifier.fit(X.reshape(-1, 64), y, X_val=X, y_val=y),
    ],
    ids=["predict", "partial_fit", "warm_start", "validation"],
)
def test_images_of_other_shapes_are_refused_later(use, X, y):
    classifier = small().fit(X.reshape(-1, 8, 8), y)
    message = r"images of shape \(4, 16\).*trained on images of shape \(8, 8, 1\)"
    with pytest.raises(ValueError, match=message):
        use(classifier, X.reshape(-1, 4, 16), y)
