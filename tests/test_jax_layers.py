"""programs/_jax/_layers: exchanged layers against Keras' own."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

keras = pytest.importorskip("keras")
jax = pytest.importorskip("jax")
if keras.config.backend() != "jax":
    pytest.skip("Keras runs on another backend than JAX", allow_module_level=True)

from jax import numpy as jnp  # noqa: E402

from skdigits.architectures import in_precision  # noqa: E402
from skdigits.programs._jax import _layers  # noqa: E402
from skdigits.programs._jax._layers import exchanged_layers  # noqa: E402

CONVOLUTIONS = {
    "valid": (2, {"activation": "relu", "use_bias": False}),
    "same": ((2, 3), {"padding": "same"}),
    "pixels": (1, {}),
    "strides": (3, {"padding": "same", "strides": (1, 2)}),
}


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(2, 3, (37, 7, 6, 3))


def sequential(images, layer):
    with in_precision("float64"):
        model = keras.Sequential([keras.Input(images.shape[1:], dtype="float64"), layer])
        generator = np.random.default_rng(1)
        model.set_weights(
            [generator.uniform(0.5, 2, weight.shape) for weight in model.get_weights()]
        )
    return model


def is_exchanged(model):
    with exchanged_layers(model, trains=True):
        return not {"call", "convolution_op"}.isdisjoint(vars(model.layers[0]))


def outputs_and_gradients(model, images, exchanges, *, training=True):
    """Return outputs, gradients of images and weights, and weights that training sets itself."""
    trained, others = model.trainable_variables, model.non_trainable_variables

    def compute(images, weights):
        mapping = [*zip(trained, weights, strict=True), *((it, it.value) for it in others)]
        with keras.StatelessScope(mapping) as scope:
            outputs = model(images, training=training)
            averages = [scope.get_current_value(it) for it in others]
        weighting = np.random.default_rng(2).normal(size=outputs.shape)
        return (outputs * weighting).sum(), (outputs, averages)

    with in_precision("float64"):
        weights = [jnp.asarray(np.array(it.value)) for it in trained]
        differentiate = jax.jit(jax.grad(compute, argnums=(0, 1), has_aux=True))
        if exchanges:
            with exchanged_layers(model, trains=True):
                results = differentiate(jnp.asarray(images), weights)
        else:
            results = differentiate(jnp.asarray(images), weights)
        return [np.array(it) for it in jax.tree.leaves(results)]


def assert_same(model, images, tolerance=1e-12, **options):
    ours = outputs_and_gradients(model, images, True, **options)
    reference = outputs_and_gradients(model, images, False, **options)
    for one, other in zip(ours, reference, strict=True):
        assert one.dtype == np.float64
        assert_allclose(one, other, rtol=0, atol=tolerance * max(1, abs(other).max()))


@pytest.mark.parametrize(("name", "n_images"), [*((it, 37) for it in CONVOLUTIONS), ("same", 2)])
def test_convolutions_and_their_gradients_are_those_of_keras(name, n_images, images):
    """Of two blocks and a few images, and of these alone."""
    size, options = CONVOLUTIONS[name]
    model = sequential(images, keras.layers.Conv2D(5, size, dtype="float64", **options))
    assert is_exchanged(model)
    assert_same(model, images[:n_images])


def test_pooling_and_its_gradient_are_those_of_keras(images):
    model = sequential(images, keras.layers.MaxPooling2D((3, 2), dtype="float64"))
    assert is_exchanged(model)
    assert_same(model, images)
    # Many pixels are equal: the gradient belongs to the first of them.
    assert_same(model, np.round(images / 4))


def test_the_largest_pixel_is_not_a_number_if_any_is_none(images):
    images[0, 0, 1, 0] = images[1, 1, 0, 1] = images[2, 0, 0, 2] = np.nan
    model = sequential(images, keras.layers.MaxPooling2D(2, dtype="float64"))
    with exchanged_layers(model, trains=True), in_precision("float64"):
        pooled = np.array(model(jnp.asarray(images)))
    assert {*zip(*np.nonzero(np.isnan(pooled)), strict=True)} == {
        (0, 0, 0, 0), (1, 0, 0, 1), (2, 0, 0, 2)
    }  # fmt: skip


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("kind", "is_image", "options"),
    [
        ("BatchNormalization", True, {"epsilon": 0.5}),
        ("BatchNormalization", False, {"scale": False}),
        ("LayerNormalization", True, {"center": False}),
        ("LayerNormalization", False, {}),
    ],
)
def test_normalisation_is_that_of_keras_without_its_rounding(
    kind, is_image, options, training, images
):
    images = images if is_image else images[:, 0, 0]
    layer = getattr(keras.layers, kind)(dtype="float64", **options)
    model = sequential(images, layer)
    assert is_exchanged(model)
    # Keras rounds to float32.
    assert_same(model, images, 1e-5, training=training)
    with in_precision("float64"), exchanged_layers(model, trains=True):
        values = [(it, it.value) for it in model.weights]
        with keras.StatelessScope(values):
            computed = str(jax.make_jaxpr(lambda it: model(it, training=training))(images))
    assert "f32[" not in computed


def test_the_tangent_is_not_rounded(images):
    model = sequential(images, keras.layers.Dense(2, activation="tanh", dtype="float64"))
    (layer,) = model.layers
    kernel, bias = model.get_weights()
    with in_precision("float64"), exchanged_layers(model, trains=True):
        found = np.array(model(jnp.asarray(images)))
    assert_allclose(found, np.tanh(images @ kernel + bias), rtol=0, atol=1e-14)
    assert layer.activation is keras.activations.tanh


def test_layers_are_their_own_again_afterwards(images):
    model = sequential(images, keras.layers.Conv2D(2, 3, activation="tanh", dtype="float64"))
    (layer,) = model.layers
    before = dict(vars(layer))
    assert is_exchanged(model)
    with pytest.raises(KeyboardInterrupt), exchanged_layers(model, trains=True):
        raise KeyboardInterrupt
    assert vars(layer) == before


OTHERS = {
    "dilation": keras.layers.Conv2D(2, 3, dilation_rate=2),
    "groups": keras.layers.Conv2D(3, 3, groups=3),
    "channels": keras.layers.Conv2D(2, 3, data_format="channels_first"),
    "padding": keras.layers.MaxPooling2D(2, padding="same"),
    "overlap": keras.layers.MaxPooling2D(2, strides=1),
    "axis": keras.layers.BatchNormalization(axis=1),
    "frozen": keras.layers.BatchNormalization(trainable=False),
    "own": type("Own", (keras.layers.Conv2D,), {})(2, 3),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_computed_here_stays_with_keras(name, images):
    assert not is_exchanged(keras.Sequential([keras.Input(images.shape[1:]), OTHERS[name]]))


def test_a_gpu_keeps_convolutions_and_pooling(images, monkeypatch):
    monkeypatch.setattr(_layers, "is_cpu", lambda: False)
    for layer, expected in [
        (keras.layers.Conv2D(2, 3), False),
        (keras.layers.MaxPooling2D(2), False),
        (keras.layers.BatchNormalization(), True),
    ]:
        model = keras.Sequential([keras.Input(images.shape[1:]), layer])
        assert is_exchanged(model) is expected


@pytest.mark.parametrize("kind", ["Conv2D", "MaxPooling2D"])
def test_predictions_need_no_gradient(kind, images):
    model = sequential(images, getattr(keras.layers, kind)(2, 2))
    before = dict(vars(model.layers[0]))
    with exchanged_layers(model, trains=False):
        assert vars(model.layers[0]) == before


def test_layers_of_models_that_are_layers_are_exchanged_once(images):
    convolution = keras.layers.Conv2D(3, 3, padding="same")
    inner = keras.Sequential([keras.Input((7, 6, 3)), convolution])
    inputs = keras.Input((7, 6, 3))
    model = keras.Model(inputs, convolution(inner(inputs)))
    with exchanged_layers(model, trains=True):
        assert "convolution_op" in vars(convolution)
    assert "convolution_op" not in vars(convolution)


def test_recurrent_layers_keep_their_activation(images):
    rows = images[..., 0]
    layer = keras.layers.LSTM(2, activation="tanh", dtype="float64")
    model = sequential(rows, layer)
    with in_precision("float64"):
        expected = np.asarray(model(rows))
        with exchanged_layers(model, trains=False):
            found = np.asarray(model(rows))
    assert_allclose(found, expected, rtol=0, atol=1e-14)
    assert layer.activation is keras.activations.tanh
