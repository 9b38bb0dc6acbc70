"""programs/_torch/_layers: PyTorch's kernels against those of Keras."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdigits._keras_backend import name_backend

torch = pytest.importorskip("torch")
if name_backend() != "torch":
    pytest.skip("needs Keras on PyTorch", allow_module_level=True)

import keras  # noqa: E402
from keras import layers  # noqa: E402

from skdigits.programs._torch._layers import (  # noqa: E402
    Chain,
    computes_in_float64,
    exchanged_layers,
    kernel_of,
)

LAYERS = {
    "dense": lambda: [layers.Flatten(), layers.Dense(5, "tanh")],
    "valid": lambda: [layers.Conv2D(3, 3, activation="relu")],
    "same": lambda: [layers.Conv2D(3, (3, 2), padding="same", use_bias=False)],
    "strides": lambda: [layers.Conv2D(3, 3, strides=(2, 3), padding="same")],
    "dilated": lambda: [layers.Conv2D(4, 3, dilation_rate=2, groups=2, padding="same")],
    "pooled": lambda: [layers.MaxPooling2D(2), layers.AveragePooling2D((2, 1))],
    "averaged": lambda: [layers.Rescaling(2.0, 1.0), layers.GlobalAveragePooling2D()],
    "batch": lambda: [layers.BatchNormalization()],
    "layer": lambda: [layers.LayerNormalization(), layers.Activation("gelu")],
}


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_kernels_are_those_of_keras(name, training):
    generator = np.random.default_rng(0)
    images = torch.tensor(generator.normal(size=(6, 9, 8, 2)), dtype=torch.float32)
    model = keras.Sequential([keras.Input((9, 8, 2)), *LAYERS[name]()])
    weights = [generator.uniform(0.5, 1.5, weight.shape) for weight in model.get_weights()]
    trained = [variable.value for variable in model.trainable_variables]

    def compute(function):
        model.set_weights(weights)
        outputs = function(images, training=training)
        gradients = torch.autograd.grad((outputs**2).sum(), trained) if trained else ()
        return [outputs.detach(), *gradients, *map(torch.tensor, model.get_weights())]

    expected = compute(model)
    assert computes_in_float64(model)
    with exchanged_layers(model):
        inside = compute(model)
    for found in (compute(Chain(model)), inside):
        for one, other in zip(found, expected, strict=True):
            assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_a_batch_of_one_value_is_normalised_as_keras_does():
    model = keras.Sequential([keras.Input((1, 1, 2)), layers.BatchNormalization()])
    weights = [np.array(weight, np.float32) for weight in ([2, 3], [4, 5], [0.5, 6], [7, 8])]
    images = torch.tensor([[[[0.25, -1.5]]]])
    found = []
    for function in (model, Chain(model)):
        model.set_weights(weights)
        found.append([function(images, training=True).detach().numpy(), *model.get_weights()])
    for one, other in zip(*found, strict=True):
        assert_allclose(one, other, rtol=1e-6)
    assert_allclose(found[1][0], [[[[4, 5]]]])


def test_layers_that_a_kernel_does_not_know_are_left_to_keras():
    assert kernel_of(layers.MaxPooling2D(2, padding="same")) is None
    assert kernel_of(layers.BatchNormalization(axis=1)) is None
    assert kernel_of(layers.BatchNormalization(dtype="mixed_bfloat16")) is None
    assert kernel_of(layers.ReLU()) is None


def test_dropout_leaves_the_global_generator_alone():
    inputs = keras.Input((50,))
    model = keras.Model(inputs, layers.Dropout(0.5)(inputs))
    images = torch.ones((4, 50))
    state = torch.get_rng_state()
    with exchanged_layers(model):
        first, second = model(images, training=True), model(images, training=True)
    assert torch.equal(state, torch.get_rng_state())
    assert not torch.equal(first, second)
    assert set(first.unique().tolist()) == {0.0, 2.0}
