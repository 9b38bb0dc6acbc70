"""architectures/_listed_layers: what an architecture of the user's own may list."""

import keras
import pytest

from skdigits.architectures import Architecture, layers
from skdigits.architectures._listed_layers import listed_layers


def listing(*items):
    class Own(Architecture):
        def layers(self, image_shape):
            return items

    return Own()


def test_layers_are_records_or_layers_of_keras():
    items = [layers.Flatten(), keras.layers.Dense(4)]
    assert listed_layers(iter(items)) == items


@pytest.mark.parametrize("item", ["dense", None, layers.Flatten, keras.layers.Flatten], ids=repr)
def test_what_is_not_a_layer_is_named(item):
    with pytest.raises(TypeError, match=r"must yield records of .* layers of Keras, got ['<N]"):
        listing(layers.Flatten(), item).network((8, 8, 1), 10)


def test_layers_without_a_yield():
    class Own(Architecture):
        def layers(self, image_shape):
            layers.Flatten()

    with pytest.raises(TypeError, match=r"got None instead of an iterable: yield each layer"):
        Own().network((8, 8, 1), 10)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([layers.Conv2D(8, 11), layers.Flatten()], r"kernel_size=\(11, 11\)\) leaves nothing of"),
        ([keras.layers.Conv2D(8, 11), layers.Flatten()], "leaves nothing of"),
        ([layers.MaxPooling2D(9), layers.Flatten()], r"\(9, 9\)\) leaves nothing of .*\(8, 8, 1\)"),
        ([layers.Conv2D(8, 3)], r"must be a row, got the shape \(6, 6, 10\): end .* Flatten\(\)"),
        ([layers.Flatten(), layers.Conv2D(8, 3)], r"does not fit its input: an image needs .*64"),
        ([layers.Flatten(), layers.GlobalAveragePooling2D()], "does not fit its input"),
    ],
)
def test_layers_fit_the_output_before_them(items, message):
    with pytest.raises(ValueError, match=message):
        listing(*items).network((8, 8, 1), 10)
