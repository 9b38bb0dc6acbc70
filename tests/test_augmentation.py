"""Augmentation: what all distortions have in common, and their place in the training."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from small_networks import assert_same_weights, small

keras = pytest.importorskip("keras")

import skdigits.augmentation  # noqa: E402
from skdigits import KerasDigitClassifier  # noqa: E402
from skdigits.architectures import MLP  # noqa: E402
from skdigits.augmentation import (  # noqa: E402
    DISTORTIONS,
    Augmentation,
    Elastic,
    RandomAffine,
    RandomContrast,
    RandomFilter,
    RandomNoise,
    RandomPatch,
    resolve_augmentation,
)
from skdigits.training import cache_info  # noqa: E402

every_distortion = pytest.mark.parametrize(
    "distort", [kind(probability=1.0) for kind in DISTORTIONS], ids=lambda it: type(it).__name__
)
NOTHING = [
    RandomAffine(0, zoom=0, shear=0, shift=0),
    Elastic(0),
    RandomContrast(1.0, inversion=0),
    RandomPatch(0.0),
    RandomFilter(0),
    RandomNoise(0),
]


def test_all_public_distortions_are_listed():
    assert {kind.__name__ for kind in DISTORTIONS} == {*skdigits.augmentation.__all__} - {
        "Augmentation"
    }
    assert {type(nothing) for nothing in NOTHING} == {*DISTORTIONS}


@pytest.mark.parametrize("nothing", NOTHING, ids=repr)
def test_no_strength_no_change(nothing, blob):
    assert_allclose(nothing(blob), blob, atol=1e-6)


@every_distortion
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shape_and_precision_are_kept(distort, dtype, blob):
    if dtype == "float64" and keras.config.backend() == "jax":
        pytest.skip("JAX is in double precision within a fit only")
    images = np.random.default_rng(0).random((2, 9, 6, 2)).astype(dtype)
    distorted = np.asarray(distort(images))
    assert distorted.shape == images.shape
    assert distorted.dtype == images.dtype
    assert np.isfinite(distorted).all()


@every_distortion
def test_is_a_parameter_object(distort):
    name = next(iter(inspect.signature(type(distort)).parameters))
    value = getattr(distort, name)
    halved = clone(distort).set_params(**{name: value / 2})
    assert halved.get_params() == {**distort.get_params(), name: value / 2}
    assert f"{name}={value / 2}" in repr(halved)


@pytest.mark.parametrize("kind", DISTORTIONS)
def test_a_fraction_of_the_images_is_distorted(kind, blob):
    is_distorted = (np.asarray(kind(probability=0.3)(blob)) != blob).any(axis=(1, 2, 3))
    assert 0.2 < is_distorted.mean() < 0.4
    assert_array_equal(kind(probability=0.0)(blob), blob)


@pytest.mark.parametrize("distort", [RandomAffine(fill_value=0.5), Elastic(60, fill_value=0.5)])
def test_what_comes_in_from_outside_has_the_fill_value(distort):
    assert_allclose(distort(np.full((4, 9, 9, 1), 0.5, np.float32)), 0.5, atol=1e-6)


@every_distortion
def test_each_image_and_each_call_has_a_draw_of_its_own(distort, blob):
    seed = keras.random.SeedGenerator(0)
    first, second = (np.asarray(distort(blob[:2], seed)) for _ in range(2))
    assert not np.allclose(first[0], first[1])
    assert not np.allclose(first, second)
    assert_array_equal(distort(blob[:2], seed=3), distort(blob[:2], seed=3))


@pytest.mark.parametrize(
    "augmentation",
    [*(kind() for kind in DISTORTIONS), [Elastic(4, sigma=1), RandomNoise(), RandomAffine()]],
    ids=repr,
)
def test_trains_reproducibly_and_differently_than_without(augmentation, X, y):
    one, other = (small(augmentation=clone(augmentation, safe=False)).fit(X, y) for _ in range(2))
    assert_same_weights(one, other)
    assert not np.allclose(one.weights_[0], small().fit(X, y).weights_[0])


def test_prediction_knows_nothing_of_it(X, y):
    classifier = small(augmentation=RandomAffine()).fit(X, y)
    assert_array_equal(classifier.predict_proba(X), classifier.predict_proba(X))
    flat = X.reshape(len(X), -1)
    hidden = np.maximum(flat @ classifier.weights_[0] + classifier.weights_[1], 0)
    logits = hidden @ classifier.weights_[2] + classifier.weights_[3]
    assert_allclose(classifier.decision_function(X), logits, rtol=1e-4, atol=1e-4)


def test_equal_parameters_share_a_program_and_others_do_not(X, y):
    small(augmentation=RandomAffine(0.11)).fit(X, y)
    before = cache_info().compilations
    small(augmentation=RandomAffine(0.11), random_state=1).fit(X, y)
    assert cache_info().compilations == before
    small(augmentation=RandomAffine(0.12)).fit(X, y)
    assert cache_info().compilations == before + 1


def test_is_searched_like_any_parameter(X, y):
    search = GridSearchCV(
        small(augmentation=RandomAffine()), {"augmentation__rotation": [0.0, 0.3]}, cv=2
    ).fit(X, y)
    plain, rotated = (
        small(augmentation=RandomAffine(rotation)).fit(X, y).weights_[0] for rotation in (0.0, 0.3)
    )
    assert not np.allclose(plain, rotated)
    assert (
        search.best_estimator_.augmentation.rotation
        == search.best_params_["augmentation__rotation"]
    )


def test_helps_where_digits_are_few(digits):
    """A hundred training digits, the rest unseen: distorted digits are new digits."""
    X, y = digits[0] / 16, digits[1]
    scores = {}
    for augmentation in (None, RandomAffine()):
        scores[augmentation] = [
            KerasDigitClassifier(MLP((128,)), augmentation=augmentation, random_state=seed)
            .fit(X[:100], y[:100])
            .score(X[100:], y[100:])
            for seed in range(3)
        ]
    plain, augmented = map(np.mean, scores.values())
    assert augmented > plain


class Negative(Augmentation):
    def distort(self, images, seed):
        return -images


def test_users_can_write_their_own(X, y):
    negative = small(augmentation=Negative(), batch_size=64).fit(X, y)
    for weight, expected in zip(negative.weights_, small().fit(-X, y).weights_, strict=True):
        assert_allclose(weight, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("architecture", [MLP((8,)), MLP((8,), dropout=0.5)], ids=repr)
@pytest.mark.parametrize(("before", "after"), [(None, RandomAffine()), (RandomAffine(), None)])
def test_may_change_between_partial_fits(architecture, before, after, X, y):
    classifier = small(architecture=architecture, augmentation=before)
    classifier.partial_fit(X, y, classes=range(10))
    first = classifier.weights_[0]
    classifier.set_params(augmentation=after).partial_fit(X, y)
    assert not np.allclose(classifier.weights_[0], first)


def test_changing_the_object_during_a_fit_changes_no_shared_program():
    given = RandomAffine(0.2)
    (kept,) = resolve_augmentation(given)
    given.set_params(rotation=0.5)
    assert kept.rotation == 0.2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_precision_of_the_training_is_kept(dtype, X, y):
    distortions = [RandomAffine(0, shear=0), *(kind() for kind in DISTORTIONS)]
    classifier = small(augmentation=distortions, dtype=dtype).fit(X, y)
    assert {weight.dtype for weight in classifier.weights_} == {np.dtype(dtype)}


@pytest.mark.parametrize(
    ("augmentation", "message"),
    [
        ("affine", "augmentation"),
        (["affine"], r"object of skdigits.augmentation.*got \['affine'\]"),
        (RandomAffine(-1), "'rotation' parameter of RandomAffine must be a float in the range"),
        (Elastic(sigma=0), "'sigma' parameter of Elastic"),
        (RandomContrast(1.5), "'min_contrast' parameter of RandomContrast"),
        (RandomPatch(-0.1), "'length' parameter of RandomPatch"),
        (RandomFilter(kernel_size=4), "kernel_size must be odd, got 4"),
        (RandomNoise(probability=1.5), "'probability' parameter of RandomNoise"),
        (RandomNoise(grain_size=0.5), "'grain_size' parameter of RandomNoise"),
        (Augmentation(), "must define distort"),
    ],
)
def test_bad_augmentation_says_what_is_expected(augmentation, message, X, y):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        small(augmentation=augmentation).fit(X, y)


def test_one_or_several_or_none():
    assert resolve_augmentation(None) == ()
    assert len(resolve_augmentation(RandomAffine())) == 1
    assert len(resolve_augmentation((RandomAffine(), Elastic()))) == 2
