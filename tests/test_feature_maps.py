"""Feature maps against convolutions by SciPy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.signal import correlate2d

from skdigits.architectures import ConvNet, LeNet5
from skdigits.programs._feature_maps import compute_feature_maps
from tests.small_networks import small

PLAIN = ConvNet((3, 4), kernel_size=3, normalization=None, hidden_layer_sizes=(8,), dropout=0)


def convolve(maps, kernel, bias):
    return np.stack(
        [
            sum(
                correlate2d(maps[:, :, channel], kernel[:, :, channel, i], mode="same")
                for channel in range(maps.shape[2])
            )
            + bias[i]
            for i in range(kernel.shape[3])
        ],
        axis=-1,
    )


def pool(maps):
    height, width, n_maps = maps.shape
    return maps.reshape(height // 2, 2, width // 2, 2, n_maps).max(axis=(1, 3))


def maps_of(classifier, X, convolution):
    images = X.reshape(-1, *classifier.image_shape_)
    return compute_feature_maps(classifier._network_, classifier.weights_, images, convolution)


def test_maps_are_those_of_scipy(X, y):
    classifier = small(architecture=PLAIN).fit(X, y)
    first = np.maximum(pool(convolve(X[5].reshape(8, 8, 1), *classifier.weights_[:2])), 0)
    assert_allclose(maps_of(classifier, X[5:6], 1)[0], first, rtol=1e-4, atol=1e-5)
    second = np.maximum(pool(convolve(first, *classifier.weights_[2:4])), 0)
    assert_allclose(maps_of(classifier, X[5:6], 2)[0], second, rtol=1e-4, atol=1e-5)


def test_pooling_is_part_of_the_convolution(X, y):
    classifier = small(architecture=LeNet5()).fit(X, y)
    assert maps_of(classifier, X[:2], 1).shape == (2, 4, 4, 6)


@pytest.mark.parametrize("convolution", [0, 3])
def test_number_of_the_convolution_is_checked(convolution, X, y):
    classifier = small(architecture=PLAIN, epochs=1).fit(X, y)
    with pytest.raises(ValueError, match=f"from 1 to 2.* got {convolution}"):
        maps_of(classifier, X, convolution)


def test_dense_networks_have_no_maps(X, y):
    with pytest.raises(ValueError, match="network does not have a convolution"):
        maps_of(small(epochs=1).fit(X, y), X, 1)
