"""Compiled programs against plain NumPy, and the cache that shares them."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import keras
import numpy as np
import pytest
from interrupted_work import interrupted_at_each_call
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import correlate2d
from scipy.special import log_softmax, softmax

from skdigits import KerasDigitClassifier, set_backend
from skdigits.architectures import MLP, ConvNet, LeNet5, Softmax
from skdigits.programs._cache import PROGRAMS, ProgramCache
from skdigits.programs._contract import Batches, StepSettings, TrainingOptions, TrainingState
from skdigits.programs._keras_network import (
    KerasNetwork,
    begin_network,
    build_network,
    describe_network,
)
from skdigits.programs._optimizers import as_optimizer
from skdigits.training import cache_info, clear_cache

pytestmark = pytest.mark.usefixtures("on_keras")

SHAPE = (8, 8, 1)
LEARNING_RATE = 0.25
PLAIN = StepSettings()


@pytest.fixture(scope="module")
def rows(digits):
    return digits[0][:40] / 16


@pytest.fixture(scope="module")
def targets(digits):
    return digits[1][:40].astype(np.int32)


def make_network(architecture, dtype="float64"):
    return describe_network(architecture, SHAPE, 10, dtype)


def random_weights(network):
    weights = network.draw_weights(np.random.RandomState(0))
    return tuple(weight + 0.01 for weight in weights)  # No bias is zero.


def take_step(network, weights, rows, targets, row_weights, settings=PLAIN):
    """Take one step of gradient descent over all the rows."""
    options = TrainingOptions(as_optimizer("sgd"), len(rows), decays_weights=False)
    model = None
    if isinstance(network, KerasNetwork):
        network, _, model = begin_network(network, np.random.RandomState(0))
    batch = Batches(
        np.arange(len(rows), dtype=np.int32)[np.newaxis],
        np.asarray(row_weights)[np.newaxis],
        np.array([LEARNING_RATE]),
    )
    with PROGRAMS.training(network, options, model) as program:
        program.load(TrainingState(weights))
        metrics = program.train(program.place(rows, targets), batch, settings)
        return float(metrics.loss[0]), float(metrics.accuracy[0]), program.state().weights


def mlp_logits(weights, rows):
    hidden_kernel, hidden_bias, kernel, bias = weights
    return np.maximum(rows @ hidden_kernel + hidden_bias, 0) @ kernel + bias


def mlp_gradients(weights, rows, labels, row_weights, temperature=1.0):
    """Backpropagate through one hidden layer."""
    hidden_kernel, hidden_bias, kernel, _ = weights
    hidden = np.maximum(rows @ hidden_kernel + hidden_bias, 0)
    errors = softmax(mlp_logits(weights, rows) / temperature, axis=1) - labels
    errors *= row_weights[:, np.newaxis] / temperature
    hidden_errors = (errors @ kernel.T) * (hidden > 0)
    return (
        rows.T @ hidden_errors,
        hidden_errors.sum(axis=0),
        hidden.T @ errors,
        errors.sum(axis=0),
    )


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-13)])
def test_dense_network_forward_equals_numpy(dtype, tolerance, rows):
    network = make_network(MLP((16,)), dtype)
    weights = random_weights(network)
    logits = PROGRAMS.forward(network, len(rows))(weights, rows)
    assert logits.dtype == dtype
    assert_allclose(logits, mlp_logits(weights, rows), rtol=0, atol=tolerance)


def test_convolution_forward_equals_scipy(rows):
    plain = ConvNet([3], kernel_size=3, hidden_layer_sizes=(), normalization=None)
    network = make_network(plain)
    weights = random_weights(network)
    kernels, biases, kernel, bias = weights
    maps = [
        [
            np.maximum(correlate2d(row.reshape(8, 8), kernels[:, :, 0, i], "same") + biases[i], 0)
            for i in range(3)
        ]
        for row in rows
    ]
    pooled = np.reshape(maps, (len(rows), 3, 4, 2, 4, 2)).max(axis=(3, 5))
    expected = pooled.transpose(0, 2, 3, 1).reshape(len(rows), -1) @ kernel + bias
    assert_allclose(
        PROGRAMS.forward(network, len(rows))(weights, rows), expected, rtol=0, atol=1e-13
    )


@pytest.mark.parametrize("n_rows", [2, 7, 20, 33, 49])
@pytest.mark.parametrize("sizes", [(), (16,), (128,), (40, 128)])
def test_what_a_dense_network_makes_of_a_row_does_not_depend_on_its_place(sizes, n_rows, digits):
    rows = digits[0][:n_rows].astype(np.float32) / 16
    network = make_network(MLP(sizes), "float32")
    weights = random_weights(network)
    order = np.random.RandomState(0).permutation(n_rows)
    logits = PROGRAMS.forward(network, len(rows))(weights, rows)
    assert_array_equal(PROGRAMS.forward(network, len(rows))(weights, rows[order]), logits[order])


def test_many_rows_are_computed_in_parts_and_keep_their_order(rows):
    network = make_network(Softmax(), "float32")
    weights = random_weights(network)
    many = np.tile(rows.astype(np.float32), (500, 1))  # More pixels than one call takes.
    logits = PROGRAMS.forward(network, len(many))(weights, many)
    assert_allclose(logits, many @ weights[0] + weights[1], rtol=0, atol=1e-5)


def test_changed_weights_are_seen_in_the_next_call(rows):
    network = make_network(MLP((16,)))
    weights = random_weights(network)
    before = PROGRAMS.forward(network, len(rows))(weights, rows)
    weights[-1][:] += 1.0  # Not frozen: the caller may change them in place.
    assert_allclose(
        PROGRAMS.forward(network, len(rows))(weights, rows), before + 1.0, rtol=0, atol=1e-13
    )


@pytest.mark.parametrize(
    ("label_smoothing", "temperature"), [(0.0, 1.0), (0.1, 1.0), (0.0, 2.5), (0.1, 0.5)]
)
def test_step_equals_backpropagation_in_numpy(label_smoothing, temperature, rows, targets):
    network = make_network(MLP((16,)))
    weights = random_weights(network)
    row_weights = np.random.RandomState(0).uniform(0, 2, len(rows)) / len(rows)
    labels = np.eye(10)[targets] * (1 - label_smoothing) + label_smoothing / 10
    loss, accuracy, trained = take_step(
        network, weights, rows, targets, row_weights,
        StepSettings(label_smoothing=label_smoothing, temperature=temperature),
    )  # fmt: skip
    logits = mlp_logits(weights, rows) / temperature
    losses = -(labels * log_softmax(logits, axis=1)).sum(axis=1)
    assert loss == pytest.approx(row_weights @ losses, rel=1e-12)
    assert accuracy == pytest.approx(row_weights @ (logits.argmax(axis=1) == targets), rel=1e-12)
    gradients = mlp_gradients(weights, rows, labels, row_weights, temperature)
    for before, gradient, after in zip(weights, gradients, trained, strict=True):
        assert_allclose(after, before - LEARNING_RATE * gradient, rtol=0, atol=1e-14)


def test_padding_of_weight_zero_changes_nothing(rows, targets):
    network = make_network(MLP((16,)))
    weights = random_weights(network)
    full = np.full(27, 1 / 27)
    padded = np.pad(full, (0, 13))
    loss, accuracy, trained = take_step(network, weights, rows[:27], targets[:27], full)
    padded_loss, padded_accuracy, padded_trained = take_step(
        network, weights, rows, targets, padded
    )
    assert padded_loss == pytest.approx(loss, rel=1e-14)
    assert padded_accuracy == pytest.approx(accuracy, rel=1e-14)
    for one, other in zip(trained, padded_trained, strict=True):
        assert_allclose(one, other, rtol=0, atol=1e-15)


def test_fit_with_a_short_last_batch_equals_numpy(rows, targets):
    """Batches of 32 and 8: each is averaged over its own rows, in the order of the epoch."""
    classifier = KerasDigitClassifier(
        MLP((16,)), epochs=1, batch_size=32, optimizer="sgd", learning_rate=LEARNING_RATE,
        learning_rate_schedule="constant", dtype="float64", random_state=3,
    ).fit(rows, targets)  # fmt: skip
    random_state = np.random.RandomState(3)
    network = make_network(MLP((16,)))
    weights = network.draw_weights(random_state)
    order = random_state.permutation(40)
    losses = []
    for batch in (order[:32], order[32:]):
        labels, row_weights = np.eye(10)[targets[batch]], np.full(len(batch), 1 / len(batch))
        losses.append(-(labels * log_softmax(mlp_logits(weights, rows[batch]), axis=1)).sum())
        gradients = mlp_gradients(weights, rows[batch], labels, row_weights)
        weights = [w - LEARNING_RATE * g for w, g in zip(weights, gradients, strict=True)]
    assert classifier.history_["loss"] == pytest.approx([sum(losses) / 40], rel=1e-12)
    for one, other in zip(classifier.weights_, weights, strict=True):
        assert_allclose(one, other, rtol=0, atol=1e-14)


def regularized(image_shape, n_classes):
    kernel_regularizer = keras.regularizers.L2(0.5)
    return keras.Sequential(
        [
            keras.Input(image_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes, kernel_regularizer=kernel_regularizer),
        ]
    )


def test_regularizers_of_the_users_network_are_part_of_the_gradient(rows, targets):
    kernel, bias = random_weights(make_network(Softmax()))
    row_weights = np.full(40, 1 / 40)
    plain = take_step(make_network(Softmax()), (kernel, bias), rows, targets, row_weights)
    penalized = take_step(make_network(regularized), (kernel, bias), rows, targets, row_weights)
    assert penalized[0] == pytest.approx(plain[0], rel=1e-14)  # The history tells the log loss.
    expected = plain[2][0] - LEARNING_RATE * 2 * 0.5 * kernel
    assert_allclose(penalized[2][0], expected, rtol=0, atol=1e-14)
    assert_allclose(penalized[2][1], plain[2][1], rtol=0, atol=1e-15)


def constrained(image_shape, n_classes):
    constraint = keras.constraints.NonNeg()
    return keras.Sequential(
        [
            keras.Input(image_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes, kernel_constraint=constraint),
        ]
    )


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_constraints_of_the_users_network_hold(optimizer, rows, targets):
    classifier = KerasDigitClassifier(constrained, epochs=2, batch_size=32, optimizer=optimizer)
    classifier.fit(rows, targets)
    assert classifier.weights_[0].min() >= 0


def test_moving_statistics_of_batch_normalization_are_updated(rows, targets):
    network = make_network(MLP((16,), normalization="batch"))
    model = build_network(network)
    names = [variable.name for variable in model.weights]
    weights = random_weights(network)
    kernel = weights[0]
    _, _, trained = take_step(network, weights, rows, targets, np.full(40, 1 / 40))
    after = dict(zip(names, trained, strict=True))
    sums = rows @ kernel
    for name, of_batch in [("moving_mean", sums.mean(axis=0)), ("moving_variance", sums.var(0))]:
        # The first batch is all that there is to average.
        assert_allclose(after[name], of_batch, rtol=0, atol=1e-13)


def small(**parameters):
    return KerasDigitClassifier(MLP((11,)), batch_size=16, **parameters)


def test_fits_that_differ_in_numbers_only_share_one_compilation(rows, targets):
    first = small(epochs=1).fit(rows, targets)
    for n_rows in (1, 20, 40):  # JAX compiles for few numbers of rows.
        first.predict(rows[:n_rows])
    before = cache_info()
    small(epochs=3, learning_rate=0.1).fit(rows, targets).predict(rows)
    small(epochs=1, random_state=7, label_smoothing=0.1).fit(rows[:30], targets[:30])
    small(epochs=1, class_weight={i: i + 1.0 for i in range(10)}).fit(rows, targets)
    small(epochs=2, learning_rate_schedule="cosine").fit(rows[:20], targets[:20])
    small(epochs=1).fit(rows, targets, sample_weight=np.linspace(0.5, 1, 40)).predict(rows[:1])
    small(epochs=2, early_stopping=True, verbose=0).fit(rows, targets, X_val=rows, y_val=targets)
    after = cache_info()
    assert after.compilations == before.compilations
    assert after.size == before.size
    assert after.hits > before.hits


@pytest.mark.parametrize("name", ["learning_rate", "weight_decay"])
def test_optimizer_objects_that_differ_in_numbers_only_share_one_compilation(name, rows, targets):
    small(epochs=1, optimizer=keras.optimizers.AdamW(**{name: 0.01})).fit(rows, targets)
    before = cache_info().compilations
    small(epochs=1, optimizer=keras.optimizers.AdamW(**{name: 0.02})).fit(rows, targets)
    assert cache_info().compilations == before


def test_cache_is_bounded_and_drops_the_least_recently_used(rows):
    cache = ProgramCache(max_size=2)
    a, b, c = (make_network(MLP((n,)), "float32") for n in (2, 3, 4))

    def program_of(network):
        program = cache.forward(network, 1)
        program(random_weights(network), rows[:1])  # JAX compiles in the first call.
        return program

    kept, dropped = program_of(a), program_of(b)
    assert program_of(a) is kept
    program_of(c)
    assert cache.info() == (2, 2, 1, 3)
    assert program_of(a) is kept
    assert program_of(b) is not dropped
    assert cache.info() == (2, 2, 2, 4)


def test_a_program_that_is_lent_is_lent_to_nobody_else():
    cache = ProgramCache()
    network, options = make_network(MLP((2,))), TrainingOptions(as_optimizer("sgd"), 4, False)
    with cache.training(network, options) as first:
        with cache.training(network, options) as second:
            assert second is not first
        with cache.training(network, options) as again:
            assert again is second
    with cache.training(network, options) as free:
        assert free is first
    assert cache.info()[:3] == (2, 32, 2)


def test_a_fit_that_fails_gives_its_program_back():
    cache = ProgramCache()
    network, options = make_network(MLP((2,))), TrainingOptions(as_optimizer("sgd"), 4, False)
    with pytest.raises(KeyboardInterrupt), cache.training(network, options) as first:
        raise KeyboardInterrupt
    with cache.training(network, options) as again:
        assert again is first


@pytest.mark.parametrize("is_known", [True, False])
def test_no_interrupt_leaves_a_program_lent(is_known):
    network, options = make_network(MLP((2,))), TrainingOptions(as_optimizer("sgd"), 4, False)

    def borrow(cache):
        with cache.training(network, options):
            pass

    def prepare():
        cache = ProgramCache()
        if is_known:
            borrow(cache)
        return cache

    n_moments = 0
    with set_backend("numpy"):
        for cache in interrupted_at_each_call(prepare, borrow):
            assert not any(it.lent for programs in cache._programs.values() for it in programs)
            borrow(cache)
            n_moments += 1
    assert n_moments > 10


def test_programs_that_are_lent_count_for_the_bound():
    cache = ProgramCache(max_size=2)
    network, options = make_network(MLP((2,))), TrainingOptions(as_optimizer("sgd"), 4, False)
    with ExitStack() as stack:
        lent = [stack.enter_context(cache.training(network, options)) for _ in range(3)]
        assert cache.info().size == 2
    assert len({id(program) for program in lent}) == 3
    assert not any(program.lent for program in lent)


def test_cleared_cache_leaves_estimators_as_they_are(rows, targets):
    classifier = small(epochs=1).fit(rows, targets)
    before = classifier.predict_proba(rows)
    clear_cache()
    assert cache_info()[0::2] == (0, 0)
    assert_array_equal(classifier.predict_proba(rows), before)


@pytest.mark.parametrize(
    "architectures",
    [[MLP((16,))] * 6, [MLP((16,)), Softmax(), MLP((16,), dropout=0.5), LeNet5()] * 2],
    ids=["one network", "four networks"],
)
def test_threads_fit_and_predict_the_bits_of_a_sequential_run(architectures, rows, targets):
    def run(i):
        classifier = KerasDigitClassifier(
            architectures[i], epochs=3, batch_size=16, random_state=i
        ).fit(rows, targets)
        return classifier.weights_, [classifier.predict_proba(rows) for _ in range(3)]

    sequential = [run(i) for i in range(len(architectures))]
    with ThreadPoolExecutor(4) as pool:
        threaded = list(pool.map(run, range(len(architectures))))
    for (weights, probabilities), (expected_weights, expected) in zip(
        threaded, sequential, strict=True
    ):
        assert_array_equal(probabilities, expected)
        for one, other in zip(weights, expected_weights, strict=True):
            assert_array_equal(one, other)


def test_threads_predict_with_one_estimator(rows, targets):
    classifier = small(epochs=1, random_state=0).fit(rows, targets)
    expected = [classifier.predict_proba(rows[: i + 1]) for i in range(24)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda i: classifier.predict_proba(rows[: i + 1]), range(24)))
    for result, alone in zip(results, expected, strict=True):
        assert_array_equal(result, alone)


@pytest.mark.parametrize("axis", [1, -1, [1, 2], [-2, -1], [1, 2, 3]])
def test_layers_of_the_users_network_may_normalize_any_axes(axis, X, y):
    def build(image_shape, n_classes):
        layers = [
            keras.Input(image_shape),
            keras.layers.Conv2D(8, 1),
            keras.layers.LayerNormalization(axis=axis, beta_initializer="random_normal"),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes),
        ]
        return keras.Sequential(layers)

    classifier = KerasDigitClassifier(build, epochs=2, random_state=0).fit(X, y)
    model = classifier.to_keras()
    expected = keras.ops.convert_to_numpy(model(X.reshape(-1, 8, 8, 1)))
    np.testing.assert_allclose(classifier.predict_proba(X), expected, rtol=0, atol=1e-5)


def test_averages_of_nested_networks_are_warmed_up(X, y):
    def flat(image_shape, n_classes):
        layers = [keras.layers.Flatten(), keras.layers.BatchNormalization()]
        return keras.Sequential([keras.Input(image_shape), *layers, keras.layers.Dense(n_classes)])

    def nested(image_shape, n_classes):
        layers = [keras.layers.Flatten(), keras.layers.BatchNormalization()]
        inner = keras.Sequential([keras.Input(image_shape), *layers])
        images = keras.Input(image_shape)
        return keras.Model(images, keras.layers.Dense(n_classes)(inner(images)))

    one, other = (
        KerasDigitClassifier(build, epochs=1, random_state=0).fit(X, y) for build in (flat, nested)
    )
    moving = [next(w for w in it.weights_[2:] if w.ndim == 1) for it in (one, other)]
    np.testing.assert_allclose(*moving, rtol=1e-5, atol=1e-6)


def test_nothing_scales_the_loss_so_nothing_scales_gradients_back(X, y):
    one, other = (
        KerasDigitClassifier(
            "softmax", optimizer=keras.optimizers.SGD(0.1, loss_scale_factor=factor), random_state=0
        ).fit(X, y)
        for factor in (None, 1024)
    )
    assert one.history_["loss"] == other.history_["loss"]
