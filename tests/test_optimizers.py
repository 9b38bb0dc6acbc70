import json

import keras
import pytest

from skdigits.programs._optimizers import DEFAULTS, PEAKS, as_optimizer


def test_given_optimizer_is_left_alone():
    adam = keras.optimizers.Adam(0.01, beta_1=0.7)
    before = json.dumps(adam.get_config())
    described = as_optimizer(adam)
    assert described.to_keras() is not adam
    assert not adam.built
    assert json.dumps(adam.get_config()) == before


def test_configuration_is_carried_over():
    given = keras.optimizers.Adam(0.01, beta_1=0.7, beta_2=0.9, epsilon=1e-5, clipnorm=2.0)
    described = as_optimizer(given)
    copied = described.to_keras()
    assert isinstance(copied, keras.optimizers.Adam)
    assert (copied.beta_1, copied.beta_2, copied.epsilon, copied.clipnorm) == (0.7, 0.9, 1e-5, 2.0)
    assert described.learning_rate == pytest.approx(0.01, rel=1e-7)  # Keras keeps it in float32.


def test_learning_rate_and_decay_are_not_in_force_in_the_copy():
    described = as_optimizer(keras.optimizers.AdamW(0.25, weight_decay=0.5))
    assert (described.learning_rate, described.weight_decay) == (0.25, 0.5)
    copied = described.to_keras()
    assert float(copied.learning_rate.numpy()) == 1.0
    assert copied.weight_decay == 0.0


def test_equal_configurations_are_equal_and_hash_equal():
    one = as_optimizer(keras.optimizers.SGD(0.5, momentum=0.9))
    other = as_optimizer(keras.optimizers.SGD(0.5, momentum=0.9, name="of_another_name"))
    assert one == other
    assert hash(one) == hash(other)


@pytest.mark.parametrize(
    "other",
    [
        keras.optimizers.SGD(0.5, momentum=0.8),
        keras.optimizers.SGD(0.5, momentum=0.9, nesterov=True),
        keras.optimizers.RMSprop(0.5, momentum=0.9),
    ],
    ids=["another momentum", "nesterov", "another kind"],
)
def test_other_configurations_are_other_computations(other):
    assert as_optimizer(keras.optimizers.SGD(0.5, momentum=0.9)) != as_optimizer(other)


@pytest.mark.parametrize("name", ["adam", "Adam", "ADAM"])
def test_names_are_those_of_keras_in_any_case(name):
    assert as_optimizer(name) == as_optimizer("adam")
    assert isinstance(as_optimizer(name).to_keras(), keras.optimizers.Adam)


@pytest.mark.parametrize("name", ["adam", "adamw", "nadam", "sgd"])
def test_names_have_learning_rates_that_suit_digits(name):
    assert as_optimizer(name).peak_learning_rate == PEAKS[name]


@pytest.mark.parametrize("name", ["rmsprop", "adagrad", "lion"])
def test_other_names_keep_the_learning_rate_of_keras(name):
    default = keras.optimizers.get(name).get_config()["learning_rate"]
    assert as_optimizer(name).learning_rate == default


def test_optimizer_object_brings_its_own_learning_rate():
    default = keras.optimizers.Adam().get_config()["learning_rate"]
    own = as_optimizer(keras.optimizers.Adam())
    assert own.learning_rate == own.peak_learning_rate == default != PEAKS["adam"]


@pytest.mark.parametrize(("name", "decay"), [("adamw", 0.004), ("adam", 0.0), ("sgd", 0.0)])
def test_decay_is_that_of_keras(name, decay):
    assert as_optimizer(name).weight_decay == decay


def test_misspelt_name_is_named_with_the_choice():
    with pytest.raises(ValueError, match=r"optimizer='addam' .* 'adam', 'adamw', 'sgd'"):
        as_optimizer("addam")


def test_something_else_is_refused():
    with pytest.raises(TypeError, match="optimizer must be a name or"):
        as_optimizer(keras.losses.CategoricalCrossentropy())


def test_schedule_inside_the_optimizer_names_the_cure():
    decay = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    with pytest.raises(ValueError, match=r"optimizer=Adam .* learning_rate_schedule"):
        as_optimizer(keras.optimizers.Adam(decay))


@pytest.mark.parametrize("kind", DEFAULTS)
def test_defaults_known_without_keras_are_those_of_keras(kind):
    by_keras = as_optimizer(getattr(keras.optimizers, kind)())
    known = as_optimizer(kind)
    assert known == by_keras
    assert known.learning_rate == by_keras.learning_rate
    assert known.weight_decay == by_keras.weight_decay


class OwnAdam(keras.optimizers.Adam):
    """An optimizer of the user's own, which may compute anything."""


OwnAdam.__name__ = "Adam"


def test_options_beyond_the_defaults_are_told():
    assert as_optimizer("adam").has_only(())
    assert as_optimizer(keras.optimizers.AdamW(0.5, weight_decay=0.5)).has_only(())
    assert as_optimizer(keras.optimizers.Adam(beta_1=0.5)).has_only({"beta_1"})
    assert not as_optimizer(keras.optimizers.Adam(beta_1=0.5)).has_only({"beta_2"})
    assert not as_optimizer(keras.optimizers.Adam(clipnorm=1.0)).has_only({"beta_1"})
    assert not as_optimizer("nadam").has_only({"beta_1"})
    assert not as_optimizer(OwnAdam()).has_only({"beta_1"})


def test_optimizers_of_the_users_own_are_not_those_of_keras():
    own = as_optimizer(OwnAdam())
    assert own != as_optimizer("adam")
    assert type(own.to_keras()) is OwnAdam
