"""A network that trains in no time, for tests that look at behaviour and not at accuracy."""

from numpy.testing import assert_array_equal

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP, ConvNet, DeepConvNet, LeNet5, Softmax, SpikingNet

SMALL_ARCHITECTURES = {
    "convnet": ConvNet([2, (2, 3)], kernel_size=3, hidden_layer_sizes=(5,), pool_dropout=0.1),
    "deepconvnet": DeepConvNet([2, (3, 3)], kernel_size=3),
    "lenet5": LeNet5(),
    "mlp": MLP((16,), normalization="layer", dropout=0.1),
    "softmax": Softmax(),
    "spikingnet": SpikingNet((2, 3), kernel_size=3, n_steps=2),
}


def build(image_shape, n_classes):
    """The function of a user."""
    import keras

    layers = [keras.Input(image_shape), keras.layers.Flatten(), keras.layers.Dense(n_classes)]
    return keras.Sequential(layers)


def small(**parameters):
    parameters = {"architecture": MLP((16,)), "epochs": 2, "random_state": 0, **parameters}
    return KerasDigitClassifier(**parameters)


def assert_same_weights(one, other):
    for weight, expected in zip(one.weights_, other.weights_, strict=True):
        assert_array_equal(weight, expected)
