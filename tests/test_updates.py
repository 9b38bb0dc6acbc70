"""What a program does in several steps, against Keras' own optimizers in a loop written by hand."""

from importlib import import_module

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdigits.architectures import MLP, in_precision
from skdigits.programs import _numpy
from skdigits.programs._cache import PROGRAMS
from skdigits.programs._contract import Batches, StepSettings, TrainingOptions, TrainingState
from skdigits.programs._keras_network import build_network, describe_network
from skdigits.programs._optimizers import as_optimizer

pytestmark = pytest.mark.usefixtures("on_keras")

N_STEPS, BATCH_SIZE = 6, 8
# Keras rounds its learning rate and other numbers to float32, which has these exactly.
LEARNING_RATES = 2.0 ** -np.array([6, 5, 4, 5, 6, 7])
WEIGHT_DECAY = 0.125

BACKEND = keras.config.backend()
make_update = import_module(f"skdigits.programs._{BACKEND}._updates").make_update

OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(beta_1=0.75, beta_2=0.875, epsilon=2**-10),
    "sgd": lambda: keras.optimizers.SGD(),
    "momentum": lambda: keras.optimizers.SGD(momentum=0.75),
    "nesterov": lambda: keras.optimizers.SGD(momentum=0.75, nesterov=True),
    "rmsprop": lambda: keras.optimizers.RMSprop(rho=0.8, momentum=0.5),
    "amsgrad": lambda: keras.optimizers.Adam(amsgrad=True, beta_2=0.5),
    "clipped": lambda: keras.optimizers.SGD(momentum=0.8, clipnorm=0.125),
    "accumulated": lambda: keras.optimizers.SGD(momentum=0.75, gradient_accumulation_steps=2),
    "nadam": lambda: keras.optimizers.Nadam(beta_1=0.8),
    "adamw": lambda: keras.optimizers.AdamW(
        weight_decay=WEIGHT_DECAY, beta_1=0.5, beta_2=0.75, epsilon=2**-20
    ),
    "decayed_rmsprop": lambda: keras.optimizers.RMSprop(weight_decay=WEIGHT_DECAY),
}


@pytest.fixture(scope="module")
def batches():
    random_state = np.random.RandomState(0)
    weights = random_state.uniform(0.5, 1.5, (N_STEPS, BATCH_SIZE)) / BATCH_SIZE
    return Batches(
        indices=random_state.randint(40, size=(N_STEPS, BATCH_SIZE)).astype(np.int32),
        row_weights=weights,
        learning_rates=LEARNING_RATES,
    )


# On PyTorch, Keras computes layers and powers of betas in float32 even if asked for float64.
EXACT = 1e-5 if BACKEND == "torch" else 1e-10


def make_network(dtype):
    return describe_network(MLP((16,)), (8, 8, 1), 10, dtype)


def options_of(optimizer):
    described = as_optimizer(optimizer)
    return TrainingOptions(described, BATCH_SIZE, decays_weights=described.weight_decay > 0)


def train(program, rows, targets, batches, weight_decay=0.0):
    return program.train(program.place(rows, targets), batches, StepSettings(weight_decay))


def train_by_hand(optimizer, model, rows, targets, batches):
    """Take the steps one by one, as the tutorials do."""
    optimizer.build(model.trainable_variables)
    if optimizer.weight_decay:
        biases = [v for v in model.trainable_variables if v.name == "bias"]
        optimizer.exclude_from_weight_decay(var_list=biases)
    losses = []
    for indices, weights, learning_rate in zip(
        batches.indices, batches.row_weights, batches.learning_rates, strict=True
    ):
        optimizer.learning_rate = learning_rate
        images = rows[indices].reshape(-1, 8, 8, 1)

        def compute(images=images, targets=targets[indices], weights=weights):
            by_row = keras.ops.sparse_categorical_crossentropy(
                targets, model(images, training=True), from_logits=True
            )
            return keras.ops.sum(by_row * keras.ops.convert_to_tensor(weights, model.compute_dtype))

        loss, gradients = DIFFERENTIATE[BACKEND](compute, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        losses.append(float(loss))
    return losses


def differentiate_in_tensorflow(compute, variables):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = compute()
    return loss, tape.gradient(loss, [variable.value for variable in variables])


def differentiate_in_torch(compute, variables):
    import torch

    loss = compute()
    return loss.detach(), torch.autograd.grad(loss, [variable.value for variable in variables])


def differentiate_in_jax(compute, variables):
    import jax

    def compute_with(values):
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return compute()

    return jax.value_and_grad(compute_with)([variable.value for variable in variables])


DIFFERENTIATE = {
    "jax": differentiate_in_jax,
    "tensorflow": differentiate_in_tensorflow,
    "torch": differentiate_in_torch,
}


def compare(name, dtype, digits, batches):
    rows, targets = digits[0][:40].astype(dtype) / 16, digits[1][:40].astype(np.int32)
    network = make_network(dtype)
    model = build_network(network)
    weights = network.draw_weights(np.random.RandomState(1))
    with in_precision(dtype):
        for variable, value in zip(model.weights, weights, strict=True):
            variable.assign(value)
        losses = train_by_hand(OPTIMIZERS[name](), model, rows, targets, batches)
    with PROGRAMS.training(network, options_of(OPTIMIZERS[name]())) as program:
        program.load(TrainingState(weights))
        decay = as_optimizer(OPTIMIZERS[name]()).weight_decay
        metrics = train(program, rows, targets, batches, decay)
        state = program.state()
    return metrics.loss, state.weights, losses, [v.numpy() for v in model.weights], weights


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_are_those_of_keras_in_float64(name, digits, batches):
    loss, weights, loss_by_hand, weights_by_hand, initial = compare(
        name, "float64", digits, batches
    )
    # A few hundred roundings of 1e-16, magnified by the divisions of the adaptive optimizers.
    assert_allclose(loss, loss_by_hand, rtol=EXACT)
    for weight, by_hand, start in zip(weights, weights_by_hand, initial, strict=True):
        assert_allclose(weight, by_hand, rtol=0, atol=EXACT)
        assert abs(weight - start).max() > 1e-3


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd", "momentum", "nesterov"])
def test_own_updates_are_those_of_numpy_to_the_last_digits(name, digits, batches):
    """Keras rounds to float32 on some backends; NumPy is a reference without that."""
    rows, targets = digits[0][:40] / 16, digits[1][:40].astype(np.int32)
    network = make_network("float64")
    weights = network.draw_weights(np.random.RandomState(1))
    options = options_of(OPTIMIZERS[name]())
    decay = as_optimizer(OPTIMIZERS[name]()).weight_decay
    states = []
    with PROGRAMS.training(network, options) as program:
        for each in (program, _numpy.TrainingProgram(network, options)):
            each.load(TrainingState(weights))
            train(each, rows, targets, batches, decay)
            states.append(each.state())
    ours, by_numpy = states
    for weight, expected in zip(ours.weights, by_numpy.weights, strict=True):
        assert_allclose(weight, expected, rtol=0, atol=1e-12)
    for slot, expected in zip(ours.slots, by_numpy.slots, strict=True):
        assert_allclose(slot, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_slots_are_those_of_keras_without_its_counter(name, digits, batches):
    """So that another backend, or a fused kernel, can go on with them."""
    rows, targets = digits[0][:40] / 16, digits[1][:40].astype(np.int32)
    network = make_network("float64")
    model = build_network(network)
    weights = network.draw_weights(np.random.RandomState(1))
    with in_precision("float64"):
        for variable, value in zip(model.weights, weights, strict=True):
            variable.assign(value)
        optimizer = OPTIMIZERS[name]()
        train_by_hand(optimizer, model, rows, targets, batches)
    with PROGRAMS.training(network, options_of(OPTIMIZERS[name]())) as program:
        program.load(TrainingState(weights))
        decay = as_optimizer(OPTIMIZERS[name]()).weight_decay
        train(program, rows, targets, batches, decay)
        state = program.state()
    counter, _, *slots = (variable.numpy() for variable in optimizer.variables)
    assert state.n_updates == counter == N_STEPS
    assert len(state.slots) == len(slots)
    for slot, expected in zip(state.slots, slots, strict=True):
        assert_allclose(slot, expected, rtol=max(1e-6, EXACT), atol=EXACT)


@pytest.mark.parametrize("name", ["adam", "nesterov"])
def test_steps_are_those_of_keras_in_float32(name, digits, batches):
    loss, weights, loss_by_hand, weights_by_hand, _ = compare(name, "float32", digits, batches)
    # Rounding is 6e-8 of a sum of 64 products; epsilon=2**-10 bounds what Adam makes of it.
    assert_allclose(loss, loss_by_hand, rtol=1e-5)
    for weight, by_hand in zip(weights, weights_by_hand, strict=True):
        assert_allclose(weight, by_hand, rtol=0, atol=1e-5)


def test_decay_spares_biases(digits, batches):
    rows, targets = digits[0][:40] / 16, digits[1][:40].astype(np.int32)
    options = TrainingOptions(as_optimizer("sgd"), BATCH_SIZE, decays_weights=True)
    network = make_network("float64")
    weights = network.draw_weights(np.random.RandomState(1))
    state = TrainingState(tuple(weight + 0.25 for weight in weights))
    one_step = Batches(batches.indices[:1], batches.row_weights[:1], batches.learning_rates[:1])
    results = []
    for decay in (0.0, WEIGHT_DECAY):
        with PROGRAMS.training(network, options) as program:
            program.load(state)
            train(program, rows, targets, one_step, weight_decay=decay)
            results.append(program.state().weights)
    for start, without, with_decay in zip(state.weights, *results, strict=True):
        rate = WEIGHT_DECAY * LEARNING_RATES[0] if start.ndim == 2 else 0.0
        assert_allclose(without - with_decay, rate * start, rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", ["adam", "momentum", "rmsprop"])
def test_interrupted_training_is_bitwise_the_uninterrupted_one(name, digits, batches):
    rows, targets = digits[0][:40] / 16, digits[1][:40].astype(np.int32)
    network = make_network("float64")
    start = TrainingState(network.draw_weights(np.random.RandomState(1)))
    parts = [
        Batches(batches.indices[chosen], batches.row_weights[chosen], LEARNING_RATES[chosen])
        for chosen in (slice(0, 2), slice(2, None))
    ]
    with PROGRAMS.training(network, options_of(OPTIMIZERS[name]())) as program:
        program.load(start)
        train(program, rows, targets, batches)
        expected = program.state()
        program.load(start)
        train(program, rows, targets, parts[0])
        saved = program.state()
        program.load(start)  # Another borrower in between.
        train(program, rows, targets, parts[0])
        program.load(saved)
        train(program, rows, targets, parts[1])
        state = program.state()
    assert state.n_updates == expected.n_updates == N_STEPS
    assert len(state.slots) == len(expected.slots) > 0
    for one, other in zip(
        (*state.weights, *state.slots), (*expected.weights, *expected.slots), strict=True
    ):
        assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("optimizer", "is_own"),
    [
        (keras.optimizers.Adam(beta_1=0.5), True),
        (keras.optimizers.AdamW(weight_decay=0.5), True),
        (keras.optimizers.SGD(momentum=0.5, nesterov=True), True),
        (keras.optimizers.Adam(amsgrad=True), False),
        (keras.optimizers.Adam(clipvalue=1.0), False),
        (keras.optimizers.SGD(global_clipnorm=1.0), False),
        (keras.optimizers.RMSprop(), BACKEND == "jax"),
        (keras.optimizers.RMSprop(centered=True), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_own_updates_are_used_where_they_know_all_options(optimizer, is_own):
    update = make_update(as_optimizer(optimizer), [keras.Variable(np.zeros((2, 2)))])
    assert ("Keras" in type(update).__name__) is not is_own


def test_optimizer_of_the_users_own_is_called():
    class Adam(keras.optimizers.SGD):
        """Of the name of a fused kernel, but not Keras' Adam."""

    update = make_update(as_optimizer(Adam(0.5)), [keras.Variable(np.zeros((2, 2)))])
    assert "Keras" in type(update).__name__
