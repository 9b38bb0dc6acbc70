"""A network that trains in no time, for tests that look at behaviour and not at accuracy."""

from numpy.testing import assert_array_equal

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP


def small(**parameters):
    parameters = {"architecture": MLP((16,)), "epochs": 2, "random_state": 0, **parameters}
    return KerasDigitClassifier(**parameters)


def assert_same_weights(one, other):
    for weight, expected in zip(one.weights_, other.weights_, strict=True):
        assert_array_equal(weight, expected)
