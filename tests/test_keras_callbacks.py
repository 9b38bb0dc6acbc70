"""Keras' own callbacks and a user's, told of training as `keras.Model.fit` tells them."""

import csv
import pickle
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from small_networks import small

from skdigits import set_backend

keras = pytest.importorskip("keras")

from skdigits.architectures import ConvNet  # noqa: E402
from skdigits.training import cache_info  # noqa: E402

callbacks = keras.callbacks

# Keras converts its own variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def data(digits):
    X, y = digits
    return (X[:300] / 16).astype(np.float32), y[:300]


class Diary(callbacks.Callback):
    """Writes down every call, in a list that all copies share."""

    def __init__(self, pages):
        super().__init__()
        self.write = lambda *page: pages.append(page)

    def on_train_begin(self, logs=None):
        self.write("train begin", self.params["epochs"], self.params["steps"])

    def on_epoch_begin(self, epoch, logs=None):
        self.write("epoch begin", epoch)

    def on_epoch_end(self, epoch, logs=None):
        self.write("epoch end", epoch, dict(logs))

    def on_train_end(self, logs=None):
        self.write("train end")


class BatchDiary(Diary):
    def on_train_batch_begin(self, batch, logs=None):
        self.write("batch begin", batch)

    def on_train_batch_end(self, batch, logs=None):
        self.write("batch end", batch, dict(logs))


def steady(**parameters):
    return small(learning_rate=0.01, learning_rate_schedule="constant", **parameters)


def test_calls_come_in_the_order_of_keras(data):
    pages = []
    fitted = small(epochs=2, batch_size=128, callbacks=[BatchDiary(pages)]).fit(*data)
    batches = [(f"batch {edge}", batch) for batch in range(3) for edge in ("begin", "end")]
    expected = [("train begin", 2, 3)]
    for epoch in range(2):
        expected += [("epoch begin", epoch), *batches, ("epoch end", epoch)]
    expected.append(("train end",))
    order = [page if page[0] == "train begin" else page[:2] for page in pages]
    assert order == expected
    ends = [page[2] for page in pages if page[0] == "epoch end"]
    assert [logs["loss"] for logs in ends] == fitted.history_["loss"]
    assert [logs["accuracy"] for logs in ends] == fitted.history_["accuracy"]


def test_logs_of_batches_are_means_of_the_epoch_so_far(data):
    pages = []
    small(epochs=2, batch_size=128, callbacks=[BatchDiary(pages)]).fit(*data)
    last_batches = [page[2] for page in pages if page[:2] == ("batch end", 2)]
    epochs = [page[2] for page in pages if page[0] == "epoch end"]
    for batch, epoch in zip(last_batches, epochs, strict=True):
        assert_allclose(batch["loss"], epoch["loss"], rtol=1e-6)
        assert_allclose(batch["accuracy"], epoch["accuracy"], rtol=1e-6)


@pytest.mark.parametrize("diary", [Diary, BatchDiary])
def test_watching_changes_nothing(diary, data):
    watched = small(callbacks=[diary([])]).fit(*data)
    with set_backend(keras.config.backend()):
        alone = small().fit(*data)
    for one, other in zip(watched.weights_, alone.weights_, strict=True):
        assert_array_equal(one, other)
    assert watched.history_["loss"] == pytest.approx(alone.history_["loss"], rel=1e-12)


def test_early_stopping_restores_the_best_weights(data):
    X, y = data
    stopper = callbacks.EarlyStopping("val_accuracy", patience=3, restore_best_weights=True)
    classifier = steady(epochs=100, callbacks=[stopper])
    classifier.fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:])
    accuracies = classifier.history_["val_accuracy"]
    assert len(accuracies) < 100
    assert max(accuracies) > accuracies[-1]
    assert classifier.score(X[100:], y[100:]) == pytest.approx(max(accuracies))
    assert stopper.stopped_epoch == len(accuracies) - 1


def test_reducing_on_a_plateau_takes_effect(data):
    plateau = callbacks.ReduceLROnPlateau("loss", factor=0.1, patience=1, min_delta=100)
    classifier = steady(epochs=4, callbacks=[plateau]).fit(*data)
    assert_allclose(classifier.history_["learning_rate"], [1e-2, 1e-2, 1e-3, 1e-4], rtol=1e-5)
    with set_backend(keras.config.backend()):
        unchanged = steady(epochs=2).fit(*data)
    assert classifier.history_["loss"][:2] == pytest.approx(unchanged.history_["loss"], rel=1e-12)
    losses = np.array(steady(epochs=4).fit(*data).history_["loss"])
    assert abs(classifier.history_["loss"][3] - losses[3]) > 1e-4


def test_a_scheduler_sets_the_learning_rate(data):
    scheduler = callbacks.LearningRateScheduler(lambda epoch, rate: 0.01 / (epoch + 1))
    classifier = steady(epochs=3, callbacks=[scheduler]).fit(*data)
    assert_allclose(classifier.history_["learning_rate"], [0.01, 0.005, 0.01 / 3], rtol=1e-5)


def test_a_warm_up_may_start_at_zero(data):
    warm_up = callbacks.LearningRateScheduler(lambda epoch, rate: 0.01 * epoch)
    classifier = steady(epochs=3, callbacks=[warm_up]).fit(*data)
    assert_allclose(classifier.history_["learning_rate"], [0, 0.01, 0.02], rtol=1e-5)


def test_a_rate_that_the_schedule_sets_is_not_for_callbacks(data):
    scheduler = callbacks.LearningRateScheduler(lambda epoch, rate: 0.01)
    with pytest.raises(ValueError, match=r"set the learning rate to 0.01.*'constant'"):
        small(callbacks=[scheduler]).fit(*data)
    looking = callbacks.LearningRateScheduler(lambda epoch, rate: rate)
    watched = small(epochs=3, callbacks=[looking]).fit(*data)
    assert watched.history_["learning_rate"] == small(epochs=3).fit(*data).history_["learning_rate"]


def test_stopping_at_a_batch_ends_the_epoch(data):
    pages = []

    class Impatient(BatchDiary):
        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)
            self.model.stop_training = batch == 1

    classifier = small(epochs=5, batch_size=64, callbacks=[Impatient(pages)]).fit(*data)
    batches = [page for page in pages if page[0] == "batch end"]
    assert [page[1] for page in batches] == [0, 1]
    assert classifier.n_iter_ == 1
    assert classifier.history_["loss"] == pytest.approx([batches[-1][2]["loss"]], rel=1e-6)


def test_a_callback_may_fit_the_same_network(data):
    X, y = data
    inside = []

    def fit_inside(epoch, logs):
        inside.append(small(random_state=1).fit(X, y))

    with set_backend(keras.config.backend()):
        outer = small(callbacks=[callbacks.LambdaCallback(on_epoch_end=fit_inside)]).fit(X, y)
        others = small().fit(X, y), small(random_state=1).fit(X, y)
    for fitted, alone in zip((outer, inside[0]), others, strict=True):
        for one, other in zip(fitted.weights_, alone.weights_, strict=True):
            assert_array_equal(one, other)


def test_a_subclass_that_watches_batches_is_told(data, tmp_path):
    seen = []

    class Watching(callbacks.ModelCheckpoint):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)

    watcher = Watching(str(tmp_path / "model.keras"))
    small(epochs=1, batch_size=128, callbacks=[watcher]).fit(*data)
    assert seen == [0, 1, 2]


def test_watching_leaves_no_trace_in_the_program(data):
    from skdigits.programs._cache import PROGRAMS

    small(callbacks=[Diary([])]).fit(*data)
    programs = [program for programs in PROGRAMS._programs.values() for program in programs]
    models = [program.model for program in programs if hasattr(program, "model")]
    assert models
    before = [len(model._inbound_nodes) for model in models]
    small(callbacks=[Diary([])]).fit(*data)
    assert [len(model._inbound_nodes) for model in models] == before


def test_weights_set_by_a_callback_are_kept(data):
    def zero(model):
        model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])

    class Zeros(callbacks.Callback):
        def on_train_end(self, logs=None):
            zero(self.model)

    fitted = small(callbacks=[Zeros()]).fit(*data)
    assert not any(weight.any() for weight in fitted.weights_)


def test_files_of_keras_callbacks(data, tmp_path):
    X, y = data
    network = ConvNet([3], kernel_size=3, hidden_layer_sizes=(8,))
    written = [
        callbacks.CSVLogger(str(tmp_path / "log.csv")),
        callbacks.ModelCheckpoint(str(tmp_path / "model.keras")),
        callbacks.ModelCheckpoint(str(tmp_path / "it.weights.h5"), save_weights_only=True),
    ]
    classifier = small(architecture=network, callbacks=written).fit(X, y)
    with open(tmp_path / "log.csv") as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    assert losses == pytest.approx(classifier.history_["loss"])
    saved = keras.saving.load_model(tmp_path / "model.keras")
    logits = keras.ops.convert_to_numpy(saved(X.reshape(-1, 8, 8, 1)))
    assert_allclose(logits, classifier.decision_function(X), rtol=1e-5, atol=1e-5)
    assert (tmp_path / "it.weights.h5").exists()


def require_tensorboard():
    """Skip the test if Keras' callback for TensorBoard, which needs TensorFlow, cannot write."""
    pytest.importorskip("tensorflow")
    pytest.importorskip("tensorboard")


def test_tensorboard_writes_scalars(data, tmp_path):
    require_tensorboard()
    small(callbacks=[callbacks.TensorBoard(str(tmp_path))]).fit(*data)
    assert list(tmp_path.rglob("events.out.tfevents*"))


def test_only_those_that_watch_batches_are_slow(tmp_path):
    from skdigits.training._keras_callbacks import KerasCallbacks

    path = str(tmp_path / "model.keras")
    quiet = [callbacks.EarlyStopping(), Diary([]), callbacks.ModelCheckpoint(path)]
    assert not KerasCallbacks(quiet).watches_steps
    for watcher in (
        BatchDiary([]),
        callbacks.ModelCheckpoint(path, save_freq=10),
        callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None),
    ):
        assert KerasCallbacks([*quiet, watcher]).watches_steps


def test_folds_do_not_meet_in_a_callback(data):
    class Counter(callbacks.Callback):
        n_epochs = 0

        def on_epoch_end(self, epoch, logs=None):
            self.n_epochs += 1
            assert self.n_epochs == epoch + 1

    counter = Counter()
    classifier = small(epochs=3, callbacks=[counter])
    assert len(cross_val_score(classifier, *data, cv=3, error_score="raise")) == 3
    assert counter.n_epochs == 0


def test_search_with_callbacks_shares_programs(data):
    stopper = callbacks.EarlyStopping("loss", patience=2)
    grid = {"learning_rate": [0.01, 0.02], "callbacks": [None, [stopper]]}
    small(epochs=2).fit(*data)
    before = cache_info().compilations
    search = GridSearchCV(small(epochs=2), grid, cv=2, error_score="raise").fit(*data)
    assert cache_info().compilations - before <= 1  # The one that predicts.
    scores = search.cv_results_["mean_test_score"]
    assert_array_equal(scores[:2], scores[2:])


def test_an_error_in_a_callback_leaves_the_estimator_unfitted(data):
    class Broken(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("broken callback")

    classifier = small(callbacks=[Broken()])
    with pytest.raises(RuntimeError, match="broken callback"):
        classifier.fit(*data)
    assert not hasattr(classifier, "weights_")
    again = small(callbacks=[Diary([])]).fit(*data)  # The program is free.
    assert again.n_iter_ == 2


def test_what_is_no_keras_callback_is_refused(data):
    with pytest.raises(TypeError, match=r"callbacks must hold keras.callbacks.Callback .* got 'x'"):
        small(callbacks=["x"]).fit(*data)


def test_a_clone_has_the_callbacks(data):
    classifier = clone(small(callbacks=[callbacks.TerminateOnNaN()]))
    assert isinstance(classifier.fit(*data).callbacks[0], callbacks.TerminateOnNaN)


class Reporting(callbacks.Callback):
    """Reports to an object of the user's, as optuna's KerasPruningCallback does to a trial."""

    def __init__(self, study, stop_at=None):
        super().__init__()
        self.study = study
        self.stop_at = stop_at
        self.n_reports = 0

    def on_epoch_end(self, epoch, logs=None):
        self.study.append(logs["loss"])
        self.n_reports += 1
        if epoch == self.stop_at:
            raise RuntimeError("pruned")


def test_what_a_callback_refers_to_is_not_copied(data):
    study = []
    callback = Reporting(study)
    classifier = small(callbacks=[callback]).fit(*data)
    assert study == classifier.history_["loss"]
    assert callback.study is study
    assert callback.n_reports == 2


def test_a_callback_that_ends_the_fit_by_an_error_has_reported(data):
    study = []
    callback = Reporting(study, stop_at=1)
    with pytest.raises(RuntimeError, match="pruned"):
        small(epochs=5, callbacks=[callback]).fit(*data)
    assert len(study) == callback.n_reports == 2


def test_users_read_from_the_callbacks_that_they_gave(data):
    history = callbacks.History()
    stopper = callbacks.EarlyStopping("loss", patience=1, min_delta=1e9)
    classifier = small(epochs=9, callbacks=[history, stopper]).fit(*data)
    assert history.history["loss"] == classifier.history_["loss"]
    assert history.epoch == [0, 1]
    assert stopper.stopped_epoch == 1


def test_callbacks_gather_over_fits_and_clones_begin_with_a_copy(data):
    history = callbacks.History()
    classifier = small(callbacks=[history]).fit(*data)
    again = clone(classifier).fit(*data)
    assert len(history.history["loss"]) == 2
    assert len(again.callbacks[0].history["loss"]) == 4
    classifier.fit(*data)
    assert len(history.history["loss"]) == 4


def slower(epoch, rate):
    return rate / 2


STOCK = {
    "backup": lambda folder: callbacks.BackupAndRestore(str(folder / "backup")),
    "log": lambda folder: callbacks.CSVLogger(str(folder / "log.csv")),
    "stopping": lambda folder: callbacks.EarlyStopping("loss", restore_best_weights=True),
    "history": lambda folder: callbacks.History(),
    "function": lambda folder: callbacks.LambdaCallback(on_epoch_end=print),
    "rate": lambda folder: callbacks.LearningRateScheduler(slower),
    "model": lambda folder: callbacks.ModelCheckpoint(str(folder / "it.keras"), "loss"),
    "weights": lambda folder: callbacks.ModelCheckpoint(
        str(folder / "it.weights.h5"), "loss", save_best_only=True, save_weights_only=True
    ),
    "bar": lambda folder: callbacks.ProgbarLogger(),
    "plateau": lambda folder: callbacks.ReduceLROnPlateau("loss"),
    "board": lambda folder: callbacks.TensorBoard(folder, histogram_freq=1),
    "terminate": lambda folder: callbacks.TerminateOnNaN(),
}


@pytest.mark.parametrize("name", STOCK)
def test_a_fitted_classifier_is_cloned_and_pickled_with_its_callbacks(name, data, tmp_path):
    if name == "board":
        require_tensorboard()
    callback = STOCK[name](tmp_path)
    classifier = small(callbacks=[callback], learning_rate_schedule="constant").fit(*data)
    assert callback.model is None
    for again in (clone(classifier), pickle.loads(pickle.dumps(classifier)), classifier):
        assert again.fit(*data).history_["loss"] == classifier.history_["loss"]


def test_what_is_open_in_a_callback_is_not_written_back(data, tmp_path):
    class Open(callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.all = {"file": (tmp_path / "log").open("w"), "lock": [threading.Lock()]}
            self.rows = (row for row in "ab")
            self.module = csv

        def on_train_end(self, logs=None):
            self.all["file"].close()
            self.n_ended = 1

    callback = Open()
    clone(small(callbacks=[callback]).fit(*data))
    assert callback.n_ended == 1
    assert not {"all", "rows", "module"} & vars(callback).keys()


def test_a_pruning_callback_of_optuna_reports_to_its_study(data):
    optuna = pytest.importorskip("optuna")
    integration = pytest.importorskip("optuna_integration.keras")
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial):
        callback = integration.KerasPruningCallback(trial, "loss")
        return small(callbacks=[callback]).fit(*data).history_["loss"][-1]

    study = optuna.create_study()
    study.optimize(objective, n_trials=1)
    assert len(study.trials[0].intermediate_values) == 2
