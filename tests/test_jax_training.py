"""programs/_jax/_training against NumPy's program and Keras' own gradients."""

from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

keras = pytest.importorskip("keras")
jax = pytest.importorskip("jax")
if keras.config.backend() != "jax":
    pytest.skip("Keras runs on another backend than JAX", allow_module_level=True)

from skdigits import KerasDigitClassifier, set_backend  # noqa: E402
from skdigits.architectures import (  # noqa: E402
    MLP,
    ConvNet,
    LeNet5,
    Softmax,
    SpikingNet,
    in_precision,
)
from skdigits.augmentation import RandomAffine  # noqa: E402
from skdigits.programs import _numpy  # noqa: E402
from skdigits.programs._contract import Batches, StepSettings, TrainingOptions, TrainingState  # noqa: E402
from skdigits.programs._jax import _device, _layers, _training  # noqa: E402
from skdigits.programs._jax._training import TrainingProgram  # noqa: E402
from skdigits.programs._keras_network import build_network  # noqa: E402
from skdigits.programs._optimizers import as_optimizer  # noqa: E402
from skdigits.programs._step import compute_losses  # noqa: E402

N_STEPS, BATCH_SIZE = 6, 16
SHAPE = (8, 8, 1)
SETTINGS = StepSettings(weight_decay=0.1, label_smoothing=0.1, temperature=1.5)
ADAM = partial(keras.optimizers.Adam, beta_1=0.7, epsilon=2**-10)
OPTIMIZERS = {
    "adam": ADAM(),
    "adamw": keras.optimizers.AdamW(epsilon=2**-10),
    "rmsprop": keras.optimizers.RMSprop(rho=0.75, epsilon=2**-10),
    "sgd": keras.optimizers.SGD(),
    "momentum": keras.optimizers.SGD(momentum=0.9),
    "nesterov": keras.optimizers.SGD(momentum=0.9, nesterov=True),
}
ARCHITECTURES = {
    "softmax": Softmax(),
    "one": MLP((16,)),
    "two": MLP((16, 12), activation="tanh"),
    "batch": MLP((16, 12), normalization="batch"),
    "layer": MLP((16, 12), normalization="layer", activation="gelu"),
}
CONVOLUTIONAL = ConvNet([2, (3, 4)], kernel_size=3, hidden_layer_sizes=(5,), dropout=0)


@pytest.fixture(scope="module")
def data(digits):
    return digits[0][:40] / 16, digits[1][:40].astype(np.int32)


@pytest.fixture(scope="module")
def batches():
    """Six batches with weights and the rates of a cycle, the last one half padding."""
    generator = np.random.default_rng(0)
    row_weights = generator.uniform(0, 2, (N_STEPS, BATCH_SIZE)) / BATCH_SIZE
    row_weights[-1, BATCH_SIZE // 2 :] = 0
    indices = generator.integers(0, 40, (N_STEPS, BATCH_SIZE)).astype(np.int32)
    return Batches(indices, row_weights, np.arange(1, N_STEPS + 1) / 256)


def options_of(optimizer="adam", augmentation=()):
    return TrainingOptions(as_optimizer(optimizer), BATCH_SIZE, True, augmentation)


def begin(network, n_seeds=0):
    weights = network.draw_weights(np.random.RandomState(0))
    seeds = tuple(np.array([seed, 0], np.uint32) for seed in range(n_seeds))
    return TrainingState(tuple(weight + 0.125 for weight in weights), seeds=seeds)


def train(program, data, batches, start):
    program.load(start)
    metrics = program.train(program.place(*data), batches, SETTINGS)
    return metrics, program.state()


def assert_same(one, other, tolerance=1e-12):
    (metrics, state), (expected_metrics, expected) = one, other
    assert_allclose(metrics.loss, expected_metrics.loss, rtol=tolerance)
    assert_allclose(metrics.accuracy, expected_metrics.accuracy, rtol=tolerance)
    assert state.n_updates == expected.n_updates
    assert state.n_batches == pytest.approx(expected.n_batches, rel=1e-15)
    assert state.slots_of == expected.slots_of
    pairs = zip((*state.weights, *state.slots), (*expected.weights, *expected.slots), strict=True)
    for array, expected_array in pairs:
        assert array.dtype == expected_array.dtype
        assert_allclose(array, expected_array, rtol=0, atol=tolerance)


def assert_same_bits(one, other):
    for array, expected in zip(
        (*one.weights, *one.slots), (*other.weights, *other.slots), strict=True
    ):
        assert_array_equal(array, expected)


@pytest.mark.parametrize(
    ("architecture", "optimizer"),
    [*(("one", name) for name in OPTIMIZERS), *((name, "adam") for name in ARCHITECTURES)],
)
def test_steps_are_those_of_numpy_in_float64(architecture, optimizer, data, batches):
    network = ARCHITECTURES[architecture].network(SHAPE, 10, "float64")
    options, start = options_of(OPTIMIZERS[optimizer]), begin(network)
    result = train(TrainingProgram(network, options), data, batches, start)
    assert_same(result, train(_numpy.TrainingProgram(network, options), data, batches, start))
    for before, after in zip(start.weights, result[1].weights, strict=True):
        assert abs(after - before).max() > 1e-4


def test_a_step_follows_the_gradient_of_keras_layers(data, batches):
    """With the loss of the step, but nothing exchanged."""
    network = CONVOLUTIONAL.network(SHAPE, 10, "float64")
    start = begin(network)
    one_step = next(batches.cut(1))
    options = TrainingOptions(as_optimizer("sgd"), BATCH_SIZE, decays_weights=False)
    _, state = train(TrainingProgram(network, options), data, one_step, start)
    model = build_network(network)
    rows, targets = (array[one_step.indices[0]] for array in data)

    def loss(weights):
        scope = keras.StatelessScope(zip(model.trainable_variables, weights, strict=True))
        images = jax.numpy.asarray(rows).reshape(-1, *SHAPE)
        with scope:
            row_weights = jax.numpy.asarray(one_step.row_weights[0])
            return compute_losses(model, images, targets, row_weights, SETTINGS).penalized

    with in_precision("float64"):
        for variable, value in zip(model.weights, start.weights, strict=True):
            variable.assign(value)
        before = [variable.value for variable in model.trainable_variables]
        gradients = [np.array(it) for it in jax.grad(loss)(before)]
    is_trained = [weight.is_trained for weight in network.weights]
    after = [it for it, trains in zip(state.weights, is_trained, strict=True) if trains]
    for gradient, one, other in zip(gradients, before, after, strict=True):
        expected = np.array(one) - one_step.learning_rates[0] * gradient
        # Keras rounds the statistics of a batch to float32.
        assert_allclose(other, expected, rtol=0, atol=1e-6)
        assert abs(gradient).max() > 1e-3


def test_training_goes_on_where_numpy_stopped_and_the_other_way_round(data, batches):
    network, options = ARCHITECTURES["batch"].network(SHAPE, 10, "float64"), options_of(ADAM())
    programs = [kind(network, options) for kind in (TrainingProgram, _numpy.TrainingProgram)]
    first, second = batches.cut(N_STEPS // 2)
    whole = train(programs[1], data, batches, begin(network))[1]
    for one, other in (programs, programs[::-1]):
        half = train(one, data, first, begin(network))[1]
        state = train(other, data, second, half)[1]
        for array, expected in zip(
            (*state.weights, *state.slots), (*whole.weights, *whole.slots), strict=True
        ):
            assert_allclose(array, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("architecture", [MLP((16,), dropout=0.5), CONVOLUTIONAL], ids=repr)
def test_one_call_gives_the_bits_of_a_call_per_step(architecture, data, batches):
    network = architecture.network(SHAPE, 10)
    program = TrainingProgram(network, options_of(ADAM(), (RandomAffine(),)))
    start = begin(network, program.n_seeds)
    _, whole = train(program, data, batches, start)
    program.load(start)
    placed = program.place(*data)
    for part in batches.cut(1):
        program.train(placed, part, SETTINGS)
    assert_same_bits(program.state(), whole)
    for seed, expected, first in zip(program.state().seeds, whole.seeds, start.seeds, strict=True):
        assert_array_equal(seed, expected)
        assert (seed != first).any()
    assert program.n_compilations == 1


def test_numbers_of_samples_and_steps_share_a_compilation(data, batches):
    program = TrainingProgram(MLP((16,)).network(SHAPE, 10), options_of())
    start = begin(MLP((16,)).network(SHAPE, 10))
    for n_rows, n_steps in [(40, 6), (23, 1), (31, 5)]:
        rows, targets = data
        part = Batches(
            batches.indices[:n_steps] % n_rows,
            batches.row_weights[:n_steps],
            batches.learning_rates[:n_steps],
        )
        train(program, (rows[:n_rows], targets[:n_rows]), part, start)
    assert program.n_compilations == 1


def test_an_interrupt_leaves_the_state_as_it_was(data, batches, monkeypatch):
    network = ARCHITECTURES["batch"].network(SHAPE, 10)
    program = TrainingProgram(network, options_of())
    _, before = train(program, data, batches, begin(network))
    placed, last = program.place(*data), program._others[-1]
    with monkeypatch.context() as patch:
        calls = []

        def interrupted(value):
            calls.append(value)
            if len(calls) == 1:
                raise KeyboardInterrupt
            return type(last).assign(last, value)

        patch.setattr(last, "assign", interrupted)
        with pytest.raises(KeyboardInterrupt):
            program.train(placed, batches, StepSettings())
    assert len(calls) == 2
    assert_same_bits(program.state(), before)
    assert (program.state().n_updates, program.state().n_batches) == (6, before.n_batches)


def test_float64_is_refused_if_keras_would_round_it():
    architecture = SpikingNet((2,), n_steps=2)
    with pytest.raises(ValueError, match=r"dtype='float64'.*float32.*KERAS_BACKEND=tensorflow"):
        TrainingProgram(architecture.network(SHAPE, 10, "float64"), options_of())
    TrainingProgram(architecture.network(SHAPE, 10), options_of())


@pytest.mark.parametrize("architecture", [LeNet5(), CONVOLUTIONAL], ids=repr)
def test_float64_is_kept_from_pixels_to_weights(architecture, data, batches):
    network = architecture.network(SHAPE, 10, "float64")
    program = TrainingProgram(network, options_of())
    _, state = train(program, data, batches, begin(network))
    assert {array.dtype for array in (*state.weights, *state.slots)} == {np.dtype("float64")}


def test_what_the_caller_set_is_left_alone_and_does_not_matter(data):
    classifier = KerasDigitClassifier(CONVOLUTIONAL, epochs=1, random_state=0)
    with set_backend("jax"):
        expected = classifier.fit(*data).weights_
        before = dict(jax.config.values)
        with in_precision("float64"):
            wide = classifier.fit(*data).weights_
            assert jax.numpy.zeros(1, float).dtype == np.float64
    assert dict(jax.config.values) == before
    for one, other in zip(wide, expected, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize("fits", [True, False])
@pytest.mark.parametrize("architecture", [MLP((16,)), CONVOLUTIONAL], ids=repr)
def test_what_is_chosen_for_a_gpu_computes_the_same(architecture, fits, data, batches, monkeypatch):
    """Here by the processor: loops of anything, layers of Keras, rows on the device if they fit."""
    network, options = architecture.network(SHAPE, 10, "float64"), options_of(ADAM())
    expected = train(TrainingProgram(network, options), data, batches, begin(network))
    for module in (_device, _layers, _training):
        monkeypatch.setattr(module, "is_cpu", lambda: False)
    if not fits:
        monkeypatch.setattr(
            _device.jax, "local_devices", lambda: [type("Full", (), {"memory_stats": full})()]
        )
    program = TrainingProgram(network, options)
    assert program._n_steps_per_launch > 1
    assert program.n_steps_per_call == 512
    assert isinstance(program.place(*data)[0], jax.Array) is fits
    assert_same(train(program, data, batches, begin(network)), expected, 1e-10)


def full(self):
    return {"bytes_limit": 1 << 20, "bytes_in_use": 1 << 20}
