"""Training in NumPy against the program of TensorFlow, and what only NumPy has."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

pytest.importorskip("tensorflow")

from sklearn.exceptions import ConvergenceWarning

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP, ConvNet, LeNet5, Network, Softmax, layers
from skdigits.augmentation import RandomAffine
from skdigits.programs._contract import Batches, StepSettings, TrainingOptions, TrainingState
from skdigits.programs._numpy._trained_layers import BatchNormalization
from skdigits.programs._numpy._training import TrainingProgram, can_train
from skdigits.programs._numpy._updates import WeightUpdate
from skdigits.programs._optimizers import as_optimizer
from skdigits.programs._tensorflow import TrainingProgram as TensorFlowProgram

N_STEPS, BATCH_SIZE = 6, 16
SHAPE = (8, 8, 1)
SETTINGS = StepSettings(weight_decay=0.1, label_smoothing=0.1, temperature=1.5)
# Keras rounds some numbers to float32, which leaves those of few digits as they are.
OPTIMIZERS = {
    "adam": keras.optimizers.Adam(beta_1=0.7, epsilon=2**-10),
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


def options_of(optimizer="adam", *, decays_weights=True, augmentation=()):
    return TrainingOptions(as_optimizer(optimizer), BATCH_SIZE, decays_weights, augmentation)


def train(program, data, batches, start):
    program.load(start)
    metrics = program.train(program.place(*data), batches, SETTINGS)
    return metrics, program.state()


def begin(network):
    weights = network.draw_weights(np.random.RandomState(0))
    return TrainingState(tuple(weight + 0.125 for weight in weights))


def assert_same(one, other, tolerance):
    (metrics, state), (expected_metrics, expected) = one, other
    assert_allclose(metrics.loss, expected_metrics.loss, rtol=tolerance)
    assert_allclose(metrics.accuracy, expected_metrics.accuracy, rtol=tolerance)
    assert (state.n_updates, state.n_batches) == (expected.n_updates, expected.n_batches)
    assert state.slots_of == expected.slots_of
    assert len(state.slots) == len(expected.slots)
    pairs = zip((*state.weights, *state.slots), (*expected.weights, *expected.slots), strict=True)
    for array, by_tensorflow in pairs:
        assert array.dtype == by_tensorflow.dtype
        assert_allclose(array, by_tensorflow, rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("architecture", "optimizer"),
    [*(("one", name) for name in OPTIMIZERS), *((name, "adam") for name in ARCHITECTURES)],
)
def test_steps_are_those_of_tensorflow(architecture, optimizer, data, batches):
    network = ARCHITECTURES[architecture].network(SHAPE, 10, "float64")
    options = options_of(OPTIMIZERS[optimizer])
    start = begin(network)
    result = train(TrainingProgram(network, options), data, batches, start)
    expected = train(TensorFlowProgram(network, options), data, batches, start)
    # TensorFlow rounds a constant of gelu to float32.
    assert_same(result, expected, 1e-12 if architecture != "layer" else 1e-7)
    for before, after in zip(start.weights, result[1].weights, strict=True):
        assert abs(after - before).max() > 1e-4


def test_steps_are_those_of_tensorflow_in_float32(data, batches):
    network = MLP((16,)).network(SHAPE, 10)
    options = options_of(OPTIMIZERS["adam"])
    start = TrainingState(network.draw_weights(np.random.RandomState(0)))
    result = train(TrainingProgram(network, options), data, batches, start)
    assert_same(result, train(TensorFlowProgram(network, options), data, batches, start), 1e-5)


def test_large_networks_are_updated_part_by_part(data, batches):
    network = MLP((200, 50)).network(SHAPE, 10, "float64")
    options, start = options_of(OPTIMIZERS["adam"]), begin(network)
    assert sum(weight.size for weight in start.weights) > 2 * 8_192
    result = train(TrainingProgram(network, options), data, batches, start)
    assert_same(result, train(TensorFlowProgram(network, options), data, batches, start), 1e-12)


def test_weights_without_decay_are_left_to_the_optimizer(data, batches):
    network = MLP((16,)).network(SHAPE, 10, "float64")
    options, start = options_of(decays_weights=False), begin(network)
    result = train(TrainingProgram(network, options), data, batches, start)
    assert_same(result, train(TensorFlowProgram(network, options), data, batches, start), 1e-11)


def assert_equal_states(one, other):
    assert (one.n_updates, one.n_batches) == (other.n_updates, other.n_batches)
    for array, expected in zip(
        (*one.weights, *one.slots, *one.seeds),
        (*other.weights, *other.slots, *other.seeds),
        strict=True,
    ):
        assert_array_equal(array, expected)


def seeds(n_seeds):
    return tuple(np.array([7 + i, 0], np.uint32) for i in range(n_seeds))


@pytest.mark.parametrize("name", [*OPTIMIZERS, "dropout"])
def test_interrupted_training_is_bitwise_the_uninterrupted_one(name, data, batches):
    architecture = MLP((16,), dropout=0.5, normalization="batch")
    network = architecture.network(SHAPE, 10, "float64")
    options = options_of(OPTIMIZERS.get(name, "adam"))
    start = TrainingState(begin(network).weights, seeds=seeds(1))
    first, second = batches.cut(4)
    program = TrainingProgram(network, options)
    expected = train(program, data, batches, start)[1]
    saved = train(program, data, first, start)[1]
    train(program, data, first, start)  # Another borrower in between.
    state = train(program, data, second, saved)[1]
    assert state.n_updates == expected.n_updates == N_STEPS
    assert_equal_states(state, expected)


@pytest.mark.parametrize("stage", ["compute", "propagate"])
def test_an_interrupt_leaves_whole_calls(stage, data, batches, monkeypatch):
    """What a call has changed until an interrupt in its third step is undone."""
    network = MLP((16,), dropout=0.5, normalization="batch").network(SHAPE, 10, "float64")
    first, second = batches.cut(3)
    start = TrainingState(begin(network).weights, seeds=seeds(1))
    program = TrainingProgram(network, options_of())
    saved = train(program, data, first, start)[1]
    expected = train(program, data, second, saved)[1]
    n_calls = 0
    original = getattr(BatchNormalization, stage)

    def interrupt(self, numbers):
        nonlocal n_calls
        n_calls += 1
        if n_calls == 3:
            raise KeyboardInterrupt
        return original(self, numbers)

    with monkeypatch.context() as patched:
        patched.setattr(BatchNormalization, stage, interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(program, data, second, saved)
    assert_equal_states(program.state(), saved)
    program.train(program.place(*data), second, SETTINGS)
    assert_equal_states(program.state(), expected)


def test_an_interrupted_fit_keeps_its_weights_and_goes_on(digits, monkeypatch):
    X, y = digits[0][:100] / 16, digits[1][:100]
    n_calls = 0
    original = WeightUpdate.apply

    def interrupt(self, weights, gradient, learning_rate):
        nonlocal n_calls
        n_calls += 1
        original(self, weights, gradient, learning_rate)
        if n_calls == 12:
            raise KeyboardInterrupt

    parameters = {"batch_size": 20, "learning_rate_schedule": "constant", "random_state": 0}
    expected = KerasDigitClassifier(MLP((8,)), epochs=2, **parameters).fit(X, y)
    classifier = KerasDigitClassifier(MLP((8,)), epochs=4, early_stopping=False, **parameters)
    with monkeypatch.context() as patched:
        patched.setattr(TrainingProgram, "n_steps_per_call", 5)
        patched.setattr(WeightUpdate, "apply", interrupt)
        with pytest.warns(ConvergenceWarning, match="interrupted after 2 of 4 epochs"):
            classifier.fit(X, y)
    for one, other in zip(classifier.weights_, expected.weights_, strict=True):
        assert_array_equal(one, other)
    classifier.partial_fit(X, y)
    assert classifier.predict_proba(X).shape == (100, 10)


def test_tensorflow_goes_on_where_numpy_stopped(data, batches):
    network = MLP((16,)).network(SHAPE, 10, "float64")
    options, start = options_of(OPTIMIZERS["adam"]), begin(network)
    first, second = batches.cut(3)
    saved = train(TrainingProgram(network, options), data, first, start)[1]
    result = train(TensorFlowProgram(network, options), data, second, saved)
    expected = train(TrainingProgram(network, options), data, second, saved)
    assert_same(result, expected, 1e-12)


def test_dropout_scales_what_it_keeps(data):
    """Of ones, a share is zero in each batch, anew, and what is left sums to as much."""
    network = Network(
        (layers.Flatten(), layers.Dropout(0.25), layers.Dense(2)), (40, 25, 1), "float64"
    )
    program = TrainingProgram(network, TrainingOptions(as_optimizer("sgd"), 16, False))
    weights = (np.zeros((1_000, 2)), np.zeros(2))
    rows, targets = np.ones((16, 1_000)), np.zeros(16, np.int32)
    indices = np.arange(16, dtype=np.int32)[np.newaxis]
    one_step = Batches(indices, np.full((1, 16), 1 / 16), np.ones(1))
    changes = []
    for seed in (3, 3, 4):
        start = TrainingState(weights, seeds=(np.array([seed, 0], np.uint32),))
        program.load(start)
        program.train(program.place(rows, targets), one_step, StepSettings())
        changes.append(program.weights()[0][:, 0])
        assert program.state().seeds[0].tolist() == [seed, 1]
    assert_array_equal(changes[0], changes[1])
    assert (changes[0] != changes[2]).any()
    # The gradient of each weight is the mean of what the inputs have become, times a half.
    kept = changes[0] * 2
    assert_allclose(kept * 16 * 0.75, np.round(kept * 16 * 0.75), atol=1e-9)
    assert kept.mean() == pytest.approx(1, abs=0.02)


def test_padding_counts_nothing(data, batches):
    network = MLP((16,)).network(SHAPE, 10, "float64")
    start = begin(network)
    result = train(TrainingProgram(network, options_of()), data, batches, start)
    indices = batches.indices.copy()
    indices[-1, BATCH_SIZE // 2 :] = 0  # Other rows of the weight zero.
    other = Batches(indices, batches.row_weights, batches.learning_rates)
    assert_same(train(TrainingProgram(network, options_of()), data, other, start), result, 1e-15)


def test_numbers_that_overflow_are_no_warning(data, batches):
    network = MLP((16,)).network(SHAPE, 10)
    start = TrainingState(tuple(weight + 1e30 for weight in begin(network).weights))
    metrics, _ = train(TrainingProgram(network, options_of()), data, batches, start)
    assert not np.isfinite(metrics.loss).all()


@pytest.mark.parametrize(
    ("network", "options", "expected"),
    [
        (MLP().network(SHAPE, 10), options_of(), True),
        (MLP(dropout=0.5, normalization="layer").network(SHAPE, 10), options_of("rmsprop"), True),
        (MLP().network(SHAPE, 10, "mixed_bfloat16"), options_of(), False),
        (MLP(activation="softmax").network(SHAPE, 10), options_of(), False),
        (MLP(activation="mish").network(SHAPE, 10), options_of(), False),
        (MLP().network(SHAPE, 10), options_of("nadam"), False),
        (MLP().network(SHAPE, 10), options_of(keras.optimizers.Adam(clipnorm=1.0)), False),
        (MLP().network(SHAPE, 10), options_of(augmentation=(RandomAffine(),)), False),
        (ConvNet().network(SHAPE, 10), options_of(), False),
        (LeNet5().network(SHAPE, 10), options_of(), False),
        (Network((layers.Dense(3), layers.Flatten(), layers.Dense(2)), SHAPE), options_of(), False),
    ],
)
def test_what_can_be_trained(network, options, expected):
    assert can_train(network, options) is expected
