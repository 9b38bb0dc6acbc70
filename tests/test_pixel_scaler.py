import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils import estimator_checks

from skdigits.preprocessing import PixelScaler


@estimator_checks.parametrize_with_checks([PixelScaler()])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore:X (does not have valid|has) feature names:UserWarning")
@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_dataframe_column_names_consistency,
        estimator_checks.check_get_feature_names_out_error,
        estimator_checks.check_global_output_transform_pandas,
        estimator_checks.check_global_set_output_transform_polars,
        estimator_checks.check_param_validation,
        estimator_checks.check_set_output_transform,
        estimator_checks.check_set_output_transform_pandas,
        estimator_checks.check_set_output_transform_polars,
        estimator_checks.check_transformer_get_feature_names_out,
        estimator_checks.check_transformer_get_feature_names_out_pandas,
    ],
)
def test_scikit_learn_checks_beyond_check_estimator(check):
    check("PixelScaler", PixelScaler())


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        ([[0, 1]], (0, 1)),
        (np.array([[False, True]]), (0, 1)),
        ([[0.0, 0.25]], (0, 1)),
        ([[0, 0]], (0, 1)),
        ([[0, 2]], (0, 16)),
        (np.array([[0, 16]], dtype=np.uint8), (0, 16)),
        ([[3.0, 16.0]], (0, 16)),
        ([[0, 17]], (0, 255)),
        (np.array([[0, 200]], dtype=np.float32), (0, 255)),
        ([[0, 256]], (0, 256)),
        ([[-1, 255]], (-1, 255)),
        ([[0.0, 1.5]], (0, 1.5)),
        ([[0.0, 254.5]], (0, 254.5)),
        ([[-1.0, 0.5]], (-1, 0.5)),
    ],
)
def test_auto_recognises_the_pixel_range(pixels, expected):
    assert PixelScaler().fit(pixels).pixel_range_ == expected


def test_auto_finds_one_fraction_among_many_whole_numbers():
    X = np.full((3000, 2), 7.0)
    X[-1, -1] = 7.5
    assert PixelScaler().fit(X).pixel_range_ == (7, 7.5)


def test_learns_the_range_of_load_digits(digits):
    X, _ = digits
    assert PixelScaler().fit(X).pixel_range_ == (0, 16)
    assert_array_equal(PixelScaler().fit_transform(X), X / 16)


@pytest.mark.parametrize("feature_range", [(0, 1), (-1, 1), (0.5, 3)])
def test_equals_min_max_scaler_where_each_pixel_spans_the_range(feature_range):
    X = np.random.default_rng(0).integers(0, 256, size=(50, 6)).astype(float)
    X[0], X[1] = 0, 255
    reference = MinMaxScaler(feature_range).fit(X)
    scaler = PixelScaler(feature_range=feature_range).fit(X)
    assert_allclose(scaler.transform(X), reference.transform(X), rtol=0, atol=1e-14)
    scaled = reference.transform(X)
    assert_allclose(
        scaler.inverse_transform(scaled), reference.inverse_transform(scaled), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (bool, np.float32),
        (np.uint8, np.float32),
        (np.int64, np.float32),
        (np.uint16, np.float32),
        (np.float16, np.float32),
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.longdouble, np.float64),
    ],
)
def test_output_is_float32_unless_the_input_is_more_precise(dtype, expected):
    X = np.array([[0, 1], [1, 1]], dtype=dtype)
    scaler = PixelScaler().fit(X)
    assert scaler.transform(X).dtype == expected
    assert scaler.fit_transform(X).dtype == expected
    assert scaler.inverse_transform(X).dtype == expected
    assert_array_equal(scaler.transform(X), [[0, 1], [1, 1]])


@pytest.mark.parametrize("white", [1, 16, 255])
def test_white_becomes_exactly_the_upper_end(white):
    X = np.array([[0, white]], dtype=np.uint8)
    assert_array_equal(PixelScaler().fit_transform(X), [[0, 1]])
    assert_array_equal(PixelScaler(feature_range=(-1, 1)).fit_transform(X), [[-1, 1]])


@pytest.mark.parametrize("shape", [(5, 16), (5, 4, 4), (5, 4, 4, 1), (5, 2, 2, 4)])
@pytest.mark.parametrize("fitted_on", [(-1, 16), (-1, 4, 4), (-1, 4, 4, 1)])
def test_keeps_the_shape_it_is_given(shape, fitted_on):
    X = np.random.default_rng(0).integers(0, 256, size=shape, dtype=np.uint8)
    scaler = PixelScaler().fit(X.reshape(fitted_on))
    assert scaler.n_features_in_ == 16
    for scaled in (scaler.transform(X), clone(scaler).fit_transform(X)):
        assert_array_equal(scaled, np.divide(X, 255, dtype=np.float32))
        assert scaled.shape == shape
    assert_allclose(scaler.inverse_transform(scaled), X, rtol=1e-6)


@pytest.mark.parametrize("name", ["n_features_in_", "pixel_range_"])
def test_a_stored_state_has_all_that_was_fitted(name):
    state = PixelScaler().fit([[0, 255]]).__getstate__()
    del state[name]
    with pytest.raises(ValueError, match=f"state of PixelScaler is invalid: {name} is None"):
        PixelScaler().__setstate__(state)


@pytest.mark.parametrize("name", ["feature_range", "pixel_range_"])
@pytest.mark.parametrize("pair", [(1, 0), (0, np.inf), (0, 1, 2)])
def test_a_stored_state_has_increasing_ranges(name, pair):
    state = PixelScaler().fit([[0, 255]]).__getstate__() | {name: pair}
    with pytest.raises(ValueError, match=name):
        PixelScaler().__setstate__(state)


def test_takes_nested_lists_as_images():
    scaled = PixelScaler().fit_transform([[[0, 8], [16, 4]]])
    assert_array_equal(scaled, [[[0, 0.5], [1, 0.25]]])


def test_does_not_change_its_input():
    X = np.array([[0.0, 255.0]], dtype=np.float32)
    before = X.copy()
    scaler = PixelScaler(out_of_range="clip").fit(X)
    scaler.transform(X)
    scaler.inverse_transform(X)
    assert_array_equal(X, before)


@pytest.mark.parametrize("X", [np.zeros((2, 3)), np.full((2, 3), -4.0), np.full((2, 3), 1e30)])
def test_constant_images_become_black_and_come_back(X):
    scaler = PixelScaler(feature_range=(-1, 1)).fit(X)
    scaled = scaler.transform(X)
    assert_array_equal(scaled, np.full((2, 3), -1))
    assert_array_equal(scaler.inverse_transform(scaled), X)


def test_pixels_beside_constant_ones_are_scaled_as_by_min_max_scaler():
    constant, others = np.full((2, 3), -4.0), np.array([[-4.0, -3.0, 2.5]])
    reference = MinMaxScaler().fit(constant)
    assert_array_equal(PixelScaler().fit(constant).transform(others), reference.transform(others))


def test_range_too_small_for_float32_does_not_divide_by_zero():
    X = np.array([[0, 1e-45]], dtype=np.float32) - np.float32(1e-45)
    scaled = PixelScaler(feature_range=(0, 1000)).fit_transform(X)
    assert np.isfinite(scaled).all()


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_data_frames_do_not_hold_images(container):
    X = np.zeros((2, 3, 3))
    scaler = PixelScaler().set_output(transform=container)
    message = rf"'{container}'.*rows.*images of shape \(3, 3\): pass X.reshape\(len\(X\), -1\)"
    with pytest.raises(ValueError, match=message):
        scaler.fit_transform(X)
    with pytest.raises(ValueError, match=message):
        scaler.fit(X).transform(X)
    assert scaler.transform(X.reshape(2, 9)).shape == (2, 9)


class TestOutOfRange:
    def test_error_names_the_value_the_range_and_the_cure(self):
        scaler = PixelScaler().fit([[0, 16]])
        message = r"pixel of 255, outside the pixel range \(0, 16\).*pixel_range=.*out_of_range"
        with pytest.raises(ValueError, match=message):
            scaler.transform([[0, 255]])
        with pytest.raises(ValueError, match="pixel of -17"):
            scaler.transform([[-17, 4]])
        with pytest.raises(ValueError, match="pixel of -1,"):
            PixelScaler((0, 16)).fit([[0, 16]]).transform([[-1, 4]])

    @pytest.mark.parametrize("method", ["fit", "fit_transform"])
    def test_fit_refuses_data_outside_the_range_given(self, method):
        with pytest.raises(ValueError, match="pixel of 255"):
            getattr(PixelScaler((0, 16)), method)([[0, 255]])

    def test_a_range_that_was_guessed_refuses_nothing(self):
        scaler = PixelScaler().fit([[0.25, 8.5]])
        assert_allclose(scaler.transform([[-8, 16.75]]), [[-1, 2]], rtol=1e-6)

    @pytest.mark.parametrize("white", [1, 16, 255])
    def test_a_range_that_was_recognised_refuses_other_units(self, white):
        scaler = PixelScaler().fit([[0, white]])
        assert_allclose(scaler.transform([[-white, 2 * white]]), [[-1, 2]], rtol=1e-6)
        for pixel in (-1.01 * white, 2.01 * white, 65_535):
            with pytest.raises(ValueError, match="outside the pixel range"):
                scaler.transform([[0, pixel]])

    @pytest.mark.parametrize("fit_on", [1, 16])
    def test_prediction_in_other_units_is_refused(self, fit_on, digits):
        X = digits[0] / 16
        with pytest.raises(ValueError, match=f"outside the pixel range .0, {fit_on}."):
            PixelScaler().fit(np.rint(X * fit_on)).transform(np.rint(X * 255))

    def test_prediction_on_scaled_pixels_warns(self, digits):
        X = digits[0]
        scaler = PixelScaler().fit(X)
        with pytest.warns(
            UserWarning, match=r"pixel range \(0, 16\).*may be scaled already"
        ) as caught:
            scaler.transform(X / 16)
        assert caught[0].filename == __file__
        with pytest.warns(UserWarning, match="may be scaled already"):
            scaler.transform(np.nextafter(X / 16, 2, dtype=np.float32))
        with pytest.warns(UserWarning, match="may be scaled already") as caught:
            make_pipeline(PixelScaler(), DummyClassifier()).fit(X, digits[1]).predict(X / 16)
        assert caught[0].filename == __file__
        # Neither blank images nor ranges that the user has chosen are warned of.
        scaler.transform(np.zeros((1, 64)))
        scaler.transform(np.full((1, 64), 1e-9))
        PixelScaler((0, 16)).fit(X).transform(X / 16)
        PixelScaler(out_of_range="ignore").fit(X).transform(X / 16)

    def test_a_guess_that_is_a_known_range_counts_as_recognised(self):
        scaler = PixelScaler().fit([[0.0, 0.5, 16.0]])
        assert scaler.pixel_range_ == (0, 16)
        assert scaler.transform([[0, -3, 20.0]]).max() == 1.25
        with pytest.raises(ValueError, match="pixel of 255"):
            scaler.transform([[0, 255, 0.0]])

    def test_no_fold_of_resampled_images_fails(self, digits):
        images, labels = digits[0][:120].reshape(-1, 8, 8), digits[1][:120]
        zoomed = ndimage.zoom(images, (1, 2, 2)).reshape(120, -1)
        pipeline = make_pipeline(PixelScaler(), LogisticRegression(max_iter=1000))
        search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1]}, cv=5)
        search.fit(zoomed, labels)
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()
        assert search.best_score_ > 0.8

    def test_boundaries_of_decisions_can_be_drawn(self, digits, pyplot):
        features = PCA(2).fit_transform(digits[0][:100])
        pipeline = make_pipeline(PixelScaler(), LogisticRegression())
        pipeline.fit(features, digits[1][:100])
        display = DecisionBoundaryDisplay.from_estimator(pipeline, features)
        assert np.isfinite(display.response).all()

    def test_boundaries_between_two_pixels_can_be_drawn(self, digits, pyplot):
        X, y = digits[0][:100, [20, 43]], digits[1][:100]
        pipeline = make_pipeline(PixelScaler(), LogisticRegression()).fit(X, y)
        display = DecisionBoundaryDisplay.from_estimator(pipeline, X)
        assert np.isfinite(display.response).all()

    def test_rounding_is_no_error(self):
        scaler = PixelScaler((0.0, 1.0)).fit([[0.0, 1.0]])
        assert_allclose(scaler.transform([[-1e-9, 1 + 1e-7]]), [[0, 1]], atol=1e-6)

    def test_clip(self):
        scaler = PixelScaler((0, 16), feature_range=(-1, 1), out_of_range="clip")
        assert_array_equal(scaler.fit_transform([[-5, 8, 255]]), [[-1, 0, 1]])

    def test_ignore(self):
        scaler = PixelScaler((0, 16), out_of_range="ignore")
        assert_array_equal(scaler.fit_transform([[-16, 8, 32]]), [[-1, 0.5, 2]])


@pytest.mark.parametrize("parameter", ["pixel_range", "feature_range"])
@pytest.mark.parametrize(
    "pair", [(1, 0), (1, 1), (0, 1, 2), (0,), ("black", "white"), (0, np.inf), (np.nan, 1)]
)
def test_refuses_what_is_no_increasing_pair(parameter, pair):
    with pytest.raises(ValueError, match=f"{parameter} must be"):
        PixelScaler(**{parameter: pair}).fit([[0, 1]])


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[0.0, np.nan]], "contains NaN"),
        ([[0.0, np.inf]], "contains infinity"),
        ([0, 1], "Expected 2D array, got 1D array"),
        (np.zeros((1, 1, 1, 1, 1)), "Found array with dim 5"),
        (np.zeros((0, 2, 2)), "0 sample"),
        (np.zeros((2, 0, 2)), "0 feature"),
        ([[["a", "b"]]], "numeric"),
    ],
)
def test_refuses_what_are_no_images(X, message):
    with pytest.raises(ValueError, match=message):
        PixelScaler().fit(X)


def test_refuses_images_of_another_size_and_use_before_fit():
    images = np.zeros((2, 3, 3))
    with pytest.raises(NotFittedError):
        PixelScaler().transform(images)
    scaler = PixelScaler().fit(np.zeros((2, 2, 2)))
    for method in (scaler.transform, scaler.inverse_transform):
        with pytest.raises(ValueError, match="X has 9 features, but PixelScaler is expecting 4"):
            method(images)


@pytest.mark.parametrize("method", ["transform", "inverse_transform"])
def test_refuses_a_single_image(method):
    scale = getattr(PixelScaler().fit(np.zeros((2, 3, 3))), method)
    with pytest.raises(ValueError, match=r"^X must hold several images.*pass X\[np.newaxis\]"):
        scale(np.zeros((3, 3)))
    with pytest.raises(ValueError, match=r"a single row of 9 pixels.* X.reshape\(1, -1\) is"):
        scale(np.zeros(9))


@pytest.mark.parametrize("library", [pd, pl])
def test_data_frames_in_and_out(library):
    frame = library.DataFrame({"left": [0, 255], "right": [51, 0]})
    scaler = PixelScaler().set_output(transform=library.__name__)
    scaled = scaler.fit_transform(frame)
    assert isinstance(scaled, library.DataFrame)
    assert list(scaled.columns) == ["left", "right"] == list(scaler.get_feature_names_out())
    assert_allclose(scaled.to_numpy(), [[0, 0.2], [1, 0]], rtol=1e-7)
    assert_allclose(scaler.inverse_transform(scaled), frame.to_numpy(), rtol=1e-6)


def test_inverse_transform_does_not_ask_for_the_names_that_transform_drops():
    frame = pd.DataFrame({"left": [0, 255], "right": [51, 0]})
    scaler = PixelScaler().fit(frame)
    assert_allclose(scaler.inverse_transform(scaler.transform(frame)), frame, rtol=1e-6)


class Recorder:
    """A callback of scikit-learn that records what each hook is told."""

    def __init__(self):
        self.calls = []

    def setup(self, estimator, context):
        self.calls.append(("setup", None, None))

    def teardown(self, estimator, context):
        self.calls.append(("teardown", None, None))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.calls.append(("begin", X, y))

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.calls.append(("end", X, y))


@pytest.mark.parametrize("method", ["fit", "fit_transform"])
def test_callbacks_are_told_of_the_fit(method):
    X, y, recorder = np.zeros((2, 4)), np.zeros(2), Recorder()
    getattr(PixelScaler().set_callbacks(recorder), method)(X, y)
    assert [name for name, *_ in recorder.calls] == ["setup", "begin", "end", "teardown"]
    assert all(X_told is X and y_told is y for _, X_told, y_told in recorder.calls[1:3])


def test_pickled_scaler_scales_alike(digits):
    X, _ = digits
    scaler = PixelScaler().fit(X)
    copy = pickle.loads(pickle.dumps(scaler))
    assert_array_equal(copy.transform(X), scaler.transform(X))


def test_in_a_cross_validated_pipeline(digits):
    X, y = digits
    pipeline = make_pipeline(PixelScaler(), LogisticRegression(max_iter=1000))
    assert cross_val_score(pipeline, X, y, cv=2).min() > 0.85


ranges = st.tuples(st.integers(-1000, 1000), st.integers(1, 1000)).map(lambda r: (r[0], sum(r)))


@given(data=st.data(), pixel_range=ranges, feature_range=ranges)
def test_inverse_transform_undoes_transform(data, pixel_range, feature_range):
    pixels = data.draw(
        arrays(
            data.draw(st.sampled_from([np.int32, np.float32, np.float64])),
            data.draw(array_shapes(min_dims=2, max_dims=4, max_side=4)),
            elements=st.integers(*pixel_range),
        )
    )
    scaler = PixelScaler(pixel_range, feature_range)
    scaled = scaler.fit_transform(pixels)
    assert scaled.shape == pixels.shape
    rounding = 1e-6 * max(map(abs, feature_range))
    assert feature_range[0] - rounding <= scaled.min()
    assert scaled.max() <= feature_range[1] + rounding
    units = (pixel_range[1] - pixel_range[0]) / (feature_range[1] - feature_range[0])
    rounding = 1e-6 * (max(map(abs, feature_range)) * units + max(map(abs, pixel_range)))
    assert_allclose(scaler.inverse_transform(scaled), pixels, rtol=0, atol=rounding)


@given(
    pixels=arrays(
        np.float64, (1, 20), elements=st.floats(-1e6, 1e6, allow_subnormal=False), unique=True
    )
)
def test_brighter_pixels_stay_brighter(pixels):
    pixels.sort()
    scaled = PixelScaler().fit_transform(pixels)
    assert (np.diff(scaled) >= 0).all()
    assert scaled.min() >= 0
    assert scaled.max() <= 1


@given(
    pixels=arrays(np.float64, (2, 6), elements=st.floats(-1e3, 1e3)),
    others=arrays(np.float64, (2, 6), elements=st.floats(-1e3, 1e3)),
    feature_range=ranges,
)
def test_clip_keeps_to_the_feature_range(pixels, others, feature_range):
    scaler = PixelScaler(feature_range=feature_range, out_of_range="clip").fit(pixels)
    scaled = scaler.transform(others)
    assert feature_range[0] <= scaled.min()
    assert scaled.max() <= feature_range[1]
