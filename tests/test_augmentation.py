"""Augmentation: what each distortion does to a picture, and its place in the training."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from small_networks import assert_same_weights, small

keras = pytest.importorskip("keras")

from skdigits import KerasDigitClassifier  # noqa: E402
from skdigits.architectures import MLP  # noqa: E402
from skdigits.augmentation import (  # noqa: E402
    Augmentation,
    Elastic,
    RandomAffine,
    resolve_augmentation,
)
from skdigits.training import cache_info  # noqa: E402

NOTHING = {"rotation": 0, "zoom": 0, "shear": 0, "shift": 0}


@pytest.fixture(scope="module")
def blob():
    """Many copies of a smooth blob off the centre, in 28x28 pixels."""
    y, x = np.mgrid[:28, :28]
    image = np.exp(-((y - 10) ** 2 / 18 + (x - 13.5) ** 2 / 8)).astype(np.float32)
    return np.repeat(image[np.newaxis, :, :, np.newaxis], 200, axis=0)


def moments(images):
    """Mass, centre (y, x) and covariance of the ink of each image."""
    ink = np.asarray(images)[..., 0].astype(np.float64)
    y, x = np.mgrid[: ink.shape[1], : ink.shape[2]]
    mass = ink.sum((1, 2))
    center_y, center_x = ((ink * place).sum((1, 2)) / mass for place in (y, x))
    dy, dx = y - center_y[:, None, None], x - center_x[:, None, None]
    yy, xx, xy = ((ink * d).sum((1, 2)) / mass for d in (dy * dy, dx * dx, dy * dx))
    return mass, center_y, center_x, yy, xx, xy


@pytest.mark.parametrize("nothing", [RandomAffine(**NOTHING), Elastic(0)])
def test_no_strength_no_change(nothing, blob):
    assert_allclose(nothing(blob), blob, atol=1e-6)


def test_shift_moves_the_ink_by_at_most_its_share_of_the_side(blob):
    mass, y, x, *_ = moments(RandomAffine(**{**NOTHING, "shift": 0.1})(blob))
    before, y_before, x_before, *_ = moments(blob)
    assert_allclose(mass, before, rtol=1e-2)
    for moved in (y - y_before, x - x_before):
        assert np.abs(moved).max() <= 2.8 + 1e-3
        assert moved.min() < -2.5
        assert moved.max() > 2.5
        assert abs(moved.mean()) < 0.4


def test_rotation_turns_the_ink_about_the_centre_of_the_image(blob):
    _, y, x, yy, xx, xy = moments(RandomAffine(**{**NOTHING, "rotation": 0.5})(blob))
    _, y_before, x_before, *_ = moments(blob)
    radius = np.hypot(y - 13.5, x - 13.5)
    assert_allclose(radius, np.hypot(y_before - 13.5, x_before - 13.5), atol=0.02)
    angle = np.arctan2(x - 13.5, 13.5 - y)
    assert 0.45 < angle.max() <= 0.5 + 1e-2
    assert -0.5 - 1e-2 <= angle.min() < -0.45
    # The long axis of the blob points at the centre before and after.
    assert_allclose(np.tan(2 * angle), -2 * xy / (yy - xx), atol=0.03)


def test_zoom_stretches_height_and_width_on_their_own(blob):
    _, _, _, yy, xx, _ = moments(RandomAffine(**{**NOTHING, "zoom": 0.25})(blob))
    _, _, _, yy_before, xx_before, _ = moments(blob)
    height, width = np.sqrt(yy / yy_before), np.sqrt(xx / xx_before)
    for stretched in (height, width):
        # Interpolation itself widens a small blob by one or two per cent.
        assert 0.79 < stretched.min() < 0.85
        assert 1.2 < stretched.max() < 1.28
    assert abs(np.corrcoef(height, width)[0, 1]) < 0.3


def test_shear_slants_and_keeps_the_height(blob):
    mass, _, _, yy, _, xy = moments(RandomAffine(**{**NOTHING, "shear": 0.3})(blob))
    before, _, _, yy_before, _, _ = moments(blob)
    assert_allclose(mass, before, rtol=1e-2)
    assert_allclose(yy, yy_before, rtol=0.02)
    slant = xy / yy
    assert 0.27 < slant.max() < 0.32
    assert -0.32 < slant.min() < -0.27


@pytest.mark.parametrize("distort", [RandomAffine(fill_value=0.5), Elastic(60, fill_value=0.5)])
def test_what_comes_in_from_outside_has_the_fill_value(distort):
    assert_allclose(distort(np.full((4, 9, 9, 1), 0.5, np.float32)), 0.5, atol=1e-6)


def test_elastic_samples_where_scipy_would(blob):
    """The same field of displacements, smoothed and sampled by SciPy."""
    images = np.random.default_rng(0).random((3, 12, 10, 2)).astype(np.float32)
    seed = keras.random.SeedGenerator(5)
    field = np.asarray(keras.random.uniform((3, 12, 10, 2), -1, 1, seed=seed))
    smoothed = ndimage.gaussian_filter(
        field, (0, 1.5, 1.5, 0), radius=(0, 3, 3, 0), mode="constant"
    )
    y, x = np.mgrid[:12, :10].astype(np.float64)
    expected = np.empty_like(images)
    for image in range(3):
        places = [y + 8 * smoothed[image, ..., 0], x + 8 * smoothed[image, ..., 1]]
        for channel in range(2):
            ndimage.map_coordinates(
                np.pad(images[image, ..., channel], 1),
                [place + 1 for place in places],
                expected[image, ..., channel],
                order=1,
                mode="nearest",
            )
    assert_allclose(Elastic(8, sigma=1.5)(images, seed=5), expected, atol=1e-4)


@pytest.mark.parametrize("distort", [RandomAffine(), Elastic()])
def test_each_image_and_each_call_has_a_draw_of_its_own(distort, blob):
    seed = keras.random.SeedGenerator(0)
    first, second = (np.asarray(distort(blob[:2], seed)) for _ in range(2))
    assert not np.allclose(first[0], first[1])
    assert not np.allclose(first, second)
    assert_array_equal(distort(blob[:2], seed=3), distort(blob[:2], seed=3))


@pytest.mark.parametrize("augmentation", [RandomAffine(), [Elastic(4, sigma=1), RandomAffine()]])
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
    classifier = small(augmentation=[RandomAffine(), Elastic()], dtype=dtype).fit(X, y)
    assert {weight.dtype for weight in classifier.weights_} == {np.dtype(dtype)}


def test_elastic_is_as_exact_for_thousands_of_images(blob):
    """With no strength, places in the last image are those in the first."""
    many = np.tile(blob[:1, :, :14], (40_000, 1, 1, 1))
    assert_allclose(Elastic(0)(many)[-1], many[-1], atol=1e-6)


@pytest.mark.parametrize(
    ("augmentation", "message"),
    [
        ("affine", "augmentation"),
        (["affine"], r"object of skdigits.augmentation.*got \['affine'\]"),
        (RandomAffine(-1), "'rotation' parameter of RandomAffine must be a float in the range"),
        (Elastic(sigma=0), "'sigma' parameter of Elastic"),
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
