import sys
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image, ImageDraw
from scipy import ndimage
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.validation import check_is_fitted
from small_readers import written

from skdigits.preprocessing import DigitFramer, PixelScaler


def seven(side=120, width=8, paper=255, ink=0):
    """Draw a 7 in the middle of a picture."""
    image = Image.new("L", (side, side), paper)
    corners = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]
    ImageDraw.Draw(image).line([(side * x, side * y) for x, y in corners], ink, width)
    return np.asarray(image)


def frame(picture, **parameters):
    return DigitFramer(**parameters).fit_transform([picture]).reshape(28, 28)


def box(image):
    rows, columns = np.nonzero(image >= 64)
    return rows.max() - rows.min() + 1, columns.max() - columns.min() + 1


def difference(first, second):
    """Mean absolute difference over the mean ink."""
    return np.abs(first.astype(float) - second).mean() / first.mean()


@pytest.mark.parametrize(
    "check",
    [
        # Those that need no rows of numbers, which are no pictures.
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_estimator_tags_renamed,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_param_validation,
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_set_params,
        estimator_checks.check_valid_tag_types,
    ],
)
def test_scikit_learn_checks(check):
    check("DigitFramer", DigitFramer())


def test_frame_is_that_of_mnist():
    framed = frame(seven())
    assert framed.dtype == np.uint8
    assert max(box(framed)) in (19, 20, 21)
    assert np.abs(np.array(ndimage.center_of_mass(framed.astype(float))) - 14).max() < 0.2
    assert framed.max() == 255
    assert framed[0].max() == framed[:, 0].max() == 0


@cache
def plain_and_framed():
    return seven(), frame(seven())


@given(
    rows=st.integers(-20, 20),
    columns=st.integers(-20, 20),
    scale=st.floats(0.8, 3.0),
    paper=st.integers(150, 255),
    ink=st.integers(0, 90),
    inverted=st.booleans(),
)
def test_place_size_brightness_and_polarity_change_nothing(
    rows, columns, scale, paper, ink, inverted
):
    plain, framed = plain_and_framed()
    darkness = ndimage.shift((255.0 - plain) / 255, (rows, columns), order=0)
    # Like a camera, Pillow averages what it makes smaller.
    side = round(scale * len(darkness))
    scaled = Image.fromarray(np.float32(darkness)).resize((side, side), Image.Resampling.BILINEAR)
    picture = paper - (paper - ink) * np.clip(scaled, 0, 1)
    if inverted:
        picture = 255 - picture
    assert difference(framed, frame(picture.astype(np.uint8))) < 0.25


def test_aspect_is_kept():
    height, width = box(frame(seven()))
    assert width / height == pytest.approx(0.4 / 0.55, abs=0.12)


@pytest.mark.parametrize("width", [2, 4, 8, 14, 20])
def test_strokes_become_about_as_thick_as_those_of_mnist(width):
    framed = frame(seven(width=width))
    thickness = (framed / 255.0).sum() / 33  # The strokes of the 7 are about 33 pixels long.
    assert 1.7 < thickness < 4.8


def test_uneven_light_and_texture_change_little():
    plain = seven(ink=60).astype(float)
    random = np.random.default_rng(0)
    light = np.linspace(0.45, 1, 120) * np.linspace(1, 0.8, 120)[:, np.newaxis]
    picture = np.clip(plain * light + random.normal(0, 2, plain.shape), 0, 255)
    assert difference(frame(plain), frame(picture.astype(np.uint8))) < 0.2


def test_edge_of_a_shadow_is_no_ink():
    picture = seven(ink=40).astype(float)
    picture *= np.interp(np.arange(120), [22, 30], [0.6, 1])
    assert difference(frame(seven(ink=40)), frame(picture.astype(np.uint8))) < 0.2


@pytest.mark.parametrize("level", [90, 170])
@pytest.mark.parametrize("kind", ["ruled", "squared", "box"])
def test_lines_are_removed_and_strokes_kept(kind, level):
    picture = seven(ink=20).copy()
    places = {"ruled": [50, 100], "squared": [15, 60, 105], "box": [3, 116]}[kind]
    lines = np.zeros(picture.shape, bool)
    for place in places:
        lines[place : place + 2] = True
        if kind != "ruled":
            lines[:, place : place + 2] = True
    picture[lines] = np.minimum(picture[lines], level)
    assert difference(frame(seven(ink=20)), frame(picture)) < 0.3


@pytest.mark.parametrize("width", [40, 100])
@pytest.mark.parametrize("thickness", [2, 3, 4, 5, 8])
def test_a_one_cut_to_its_ink_is_no_ruled_line(thickness, width):
    picture = np.full((100, width), 230, np.uint8)
    picture[:, width // 2 - thickness // 2 :][:, :thickness] = 40
    height, width = box(frame(picture))
    # Thin strokes are thickened, at their ends as well.
    assert height - 2 * (thickness < 4) in (19, 20, 21)
    assert width == 3


def test_a_line_from_edge_to_edge_beside_the_middle_is_no_one():
    picture = np.full((100, 100), 230, np.uint8)
    picture[:, 20:23] = 40
    assert not frame(picture, blank="zeros").any()


def test_specks_and_neighbours_are_left_out():
    picture = seven().copy()
    picture[20:23, 100:103] = 0  # A speck,
    picture[50:80, :4] = 0  # and what belongs to the digit before.
    assert difference(frame(seven()), frame(picture)) < 0.05


def test_broken_strokes_stay_together():
    picture = seven().copy()
    picture[60:63] = 255
    assert_allclose(box(frame(picture)), box(frame(seven())), atol=1)


def test_mnist_like_images_stay_nearly_as_they_are():
    once = DigitFramer().transform(written()[0][:20])
    again = DigitFramer().transform(once.reshape(-1, 28, 28))
    # An image of 28x28 pixels is known to half a pixel, which is a fifth of a stroke.
    assert np.abs(once.astype(float) - again).mean() < 0.35 * once.mean()


def test_all_kinds_of_pictures_give_the_same(tmp_path):
    grey = seven(ink=30)
    colour = np.repeat(grey[:, :, np.newaxis], 3, axis=2)
    path = tmp_path / "seven.png"
    Image.fromarray(grey).save(path)
    pictures = [grey, colour, grey / 255, Image.fromarray(grey), path, str(path)]
    frames = DigitFramer().transform(pictures)
    assert_array_equal(frames, np.repeat(frames[:1], len(frames), axis=0))
    assert_array_equal(DigitFramer().transform(np.array([grey, grey])), frames[:2])
    assert_array_equal(DigitFramer().transform(iter([grey])), frames[:1])


@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_pictures(level):
    blank = np.full((40, 40), level, np.uint8)
    with pytest.raises(ValueError, match=r"X\[1\] is blank"):
        DigitFramer().transform([seven(), blank])
    assert not DigitFramer(blank="zeros").transform([seven(), blank])[1].any()


def test_textured_paper_is_blank():
    paper = np.random.default_rng(0).normal(200, 4, (100, 100)).astype(np.uint8)
    assert not frame(paper, blank="zeros").any()


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (seven(), "array of shape"),
        ("seven.png", "'seven.png'"),
        ([], "at least one picture"),
        (None, "got None"),
        ([np.zeros((2, 2, 2, 2))], r"X\[0\]: an image must be"),
        ([np.array([["a"]])], r"X\[0\]: an image must be"),
        ([seven(), np.full((5, 5), np.nan)], r"^X\[1\]: .*NaN"),
        ([np.full((5, 5), -1.0)], r"^X\[0\]: .*-1"),
    ],
)
def test_bad_input_is_named(X, message):
    with pytest.raises(ValueError, match=message):
        DigitFramer().transform(X)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.png"):
        DigitFramer().transform([tmp_path / "absent.png"])


@pytest.mark.parametrize("method", ["fit", "transform"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("blank", "ignore"),
        ("border_width", -0.01),
        ("border_width", 0.5),
        ("min_contrast", 0.0),
        ("min_contrast", 1.01),
    ],
)
def test_bad_parameter_is_named(method, name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter"):
        getattr(DigitFramer(**{name: value}), method)([seven()])


@pytest.mark.parametrize("name", ["border_width", "min_contrast"])
@pytest.mark.parametrize("method", ["fit", "transform"])
def test_limits_of_parameters_are_allowed(method, name):
    limit = {"border_width": 0, "min_contrast": 1}[name]
    getattr(DigitFramer(blank="zeros", **{name: limit}), method)([seven()])


@pytest.mark.parametrize("method", ["fit", "transform"])
def test_missing_pillow_is_named(method, monkeypatch):
    pictures = [seven()]
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match="DigitFramer needs Pillow"):
        getattr(DigitFramer(), method)(pictures)


def test_it_needs_no_fit_and_takes_pictures_but_no_rows():
    check_is_fitted(DigitFramer())
    tags = get_tags(DigitFramer())
    assert not tags.requires_fit
    assert tags.input_tags.three_d_array
    assert tags.input_tags.string
    assert not tags.input_tags.two_d_array


def test_pipeline_and_search():
    images, labels = written()
    pipeline = make_pipeline(
        DigitFramer(blank="zeros"), PixelScaler((0, 255)), KNeighborsClassifier(1)
    )
    search = GridSearchCV(pipeline, {"digitframer__blank": ["zeros"]}, cv=2)
    assert search.fit(images[:100], labels[:100]).best_score_ > 0.7


def test_output_may_be_a_data_frame():
    framed = clone(DigitFramer()).set_output(transform="pandas").fit_transform([seven()])
    assert list(framed.columns[[0, -1]]) == ["pixel0", "pixel783"]
