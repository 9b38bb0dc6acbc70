import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdigits import KerasDigitClassifier, augmentation
from skdigits.architectures import ConvNet
from skdigits.augmentation import RandomAffine
from skdigits.programs._contract import StepSettings
from skdigits.training._plan import count_steps, make_plan

AUTO = {
    "architecture": "auto",
    "epochs": "auto",
    "batch_size": "auto",
    "optimizer": "adamw",
    "learning_rate": "auto",
    "learning_rate_schedule": "constant",
    "weight_decay": None,
    "label_smoothing": 0.0,
    "temperature": 1.0,
    "augmentation": "auto",
    "early_stopping": False,
    "n_iter_no_change": 10,
    "tol": 1e-4,
}


@pytest.mark.parametrize(
    ("n_samples", "batch_size"),
    [(1, 64), (4_095, 64), (4_096, 128), (131_071, 128), (131_072, 256), (1_000_000, 256)],
)
def test_auto_batches_grow_with_the_data(n_samples, batch_size):
    assert make_plan(n_samples, (8, 8, 1), AUTO).batch_size == batch_size


@pytest.mark.parametrize(
    ("n_samples", "n_epochs"), [(1, 1000), (64, 1000), (65, 500), (1797, 35), (60_000, 4)]
)
def test_auto_epochs_are_four_or_make_a_thousand_updates(n_samples, n_epochs):
    plan = make_plan(n_samples, (8, 8, 1), AUTO)
    assert plan.n_epochs == n_epochs
    n_updates = n_epochs * count_steps(n_samples, plan.batch_size)
    assert n_updates == len(plan.learning_rates) >= 1000


def test_auto_numbers_are_those_of_the_optimizer():
    plan = make_plan(100, (8, 8, 1), AUTO)
    assert plan.settings.weight_decay == 0.004
    assert set(plan.learning_rates) == {np.float32(0.001)}
    falling = make_plan(100, (8, 8, 1), {**AUTO, "learning_rate_schedule": "linear"})
    assert max(falling.learning_rates) == 0.01


def test_numbers_given_stand():
    given = {**AUTO, "epochs": 3, "batch_size": 7, "learning_rate": 0.5, "weight_decay": 0.25}
    given |= {"label_smoothing": 0.1, "temperature": np.float64(1.5)}
    plan = make_plan(100, (8, 8, 1), {**given, "learning_rate_schedule": "linear"})
    assert (plan.n_epochs, plan.batch_size) == (3, 7)
    assert plan.settings == StepSettings(0.25, 0.1, 1.5)
    assert {type(number) for number in plan.settings} == {float}
    assert_allclose(plan.learning_rates, 0.5 * (1 - np.arange(45) / 45), rtol=1e-15)


@pytest.mark.parametrize(
    ("image_shape", "given", "n_distortions"),
    [
        ((28, 28, 1), {}, 1),
        ((16, 16, 3), {}, 1),
        ((28, 28, 1), {"augmentation": None}, 0),
        ((28, 28, 1), {"architecture": "convnet"}, 0),
        ((28, 28, 1), {"architecture": ConvNet()}, 0),
        ((8, 8, 1), {}, 0),
        ((28, 20, 1), {}, 0),
        ((1, 784, 1), {}, 0),
    ],
)
def test_auto_distorts_large_images_for_the_network_that_is_auto(image_shape, given, n_distortions):
    assert len(make_plan(100, image_shape, {**AUTO, **given}).augmentation) == n_distortions


def test_auto_distorts_as_documented():
    documented = re.search(r"`(RandomAffine\(.*?\))`", KerasDigitClassifier.__doc__).group(1)
    (distortion,) = make_plan(100, (28, 28, 1), AUTO).augmentation
    assert distortion.get_params() == eval(documented, vars(augmentation)).get_params()


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_estimator_distorts_as_documented(method):
    X, y = np.random.default_rng(0).random((40, 16, 16), np.float32), np.arange(40) % 4
    documented = RandomAffine(0, zoom=0.1, shear=0, shift=0.06)
    fitted = [
        getattr(KerasDigitClassifier(epochs=1, random_state=0, augmentation=it), method)(
            X, y, **({"classes": range(4)} if method == "partial_fit" else {})
        ).weights_[0]
        for it in ("auto", documented, None)
    ]
    assert_array_equal(fitted[0], fitted[1])
    assert np.abs(fitted[0] - fitted[2]).max() > 1e-3


def test_estimator_follows_the_plan(digits):
    X, y = digits
    classifier = KerasDigitClassifier("softmax").fit(X[:65] / 16, y[:65])
    assert classifier.n_iter_ == 500
