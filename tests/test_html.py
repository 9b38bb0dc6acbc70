"""export/_html: what a page computes, in Node, against the classifier that it was made of."""

import copy
import json
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image, ImageDraw
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from small_networks import SMALL_ARCHITECTURES, build, small

from skdigits import PixelScaler
from skdigits.architectures import MLP, Architecture, layers
from skdigits.datasets import fetch_mnist
from skdigits.export import to_html
from skdigits.preprocessing import DigitFramer
from skdigits.programs._numpy._activations import ACTIVATIONS
from skdigits.reading import load_reader

NODE = shutil.which("node")
RUN = Path(__file__).parent / "run_page.cjs"
needs_node = pytest.mark.skipif(NODE is None, reason="needs Node")


def run(page, **request):
    finished = subprocess.run(
        [NODE, RUN, page], input=json.dumps(request), capture_output=True, text=True, check=True
    )
    return json.loads(finished.stdout)


@needs_node
@pytest.mark.parametrize("name", SMALL_ARCHITECTURES)
def test_probabilities_are_those_of_the_classifier(name, X, y, tmp_path):
    classifier = small(architecture=SMALL_ARCHITECTURES[name]).fit(X, y)
    to_html(classifier, tmp_path / "page.html")
    found = run(tmp_path / "page.html", images=X.tolist())["probabilities"]
    assert_allclose(found, classifier.predict_proba(X), rtol=0, atol=1e-3)


@needs_node
@pytest.mark.parametrize(
    "make",
    [
        lambda: make_pipeline(PixelScaler((0, 255)), small()),
        lambda: make_pipeline(MinMaxScaler(), small()),
        lambda: make_pipeline(PixelScaler((0, 255), (-1, 1)), small()),
        lambda: small(pixel_range=(0, 255)),
        lambda: GridSearchCV(
            make_pipeline(PixelScaler((0, 255)), small()),
            {"pixelscaler__feature_range": [(0, 2)]},
            cv=2,
        ),
    ],
    ids=["scaler", "by pixel", "range", "classifier", "search"],
)
def test_scaling_is_part_of_the_page(make, X, y, tmp_path):
    grey = np.rint(255 * X)
    grey[0], grey[1] = 0, 255  # All pixels take the whole range.
    classifier = make().fit(grey, y)
    to_html(classifier, tmp_path / "page.html")
    found = run(tmp_path / "page.html", images=(grey / 255).tolist())["probabilities"]
    assert_allclose(found, classifier.predict_proba(grey), rtol=0, atol=1e-3)


@needs_node
@pytest.mark.mnist
def test_the_reader_of_the_package_is_the_same_on_test_images(tmp_path):
    images = fetch_mnist(subset="test").data[:1000]
    to_html(load_reader(), tmp_path / "page.html")
    found = run(tmp_path / "page.html", images=(images / 255).tolist())["probabilities"]
    assert_allclose(found, load_reader().predict_proba(images), rtol=0, atol=1e-3)


@needs_node
def test_strokes_are_framed_as_digits_are(tmp_path):
    drawing = Image.new("L", (800, 480))
    pen = ImageDraw.Draw(drawing)
    pen.line([(120, 90), (330, 90), (200, 400)], fill=255, width=36, joint="curve")
    pen.ellipse((480, 80, 680, 400), outline=255, width=30)
    strokes = np.asarray(drawing.resize((200, 120), Image.Resampling.BOX)) / 255
    picture = {"width": 200, "height": 120, "data": strokes.ravel().tolist()}
    to_html(load_reader(), tmp_path / "page.html")
    answer = run(tmp_path / "page.html", pictures=[picture])
    halves = [255 * (1 - half) for half in np.split(strokes, 2, axis=1)]
    expected = DigitFramer(polarity="dark").fit_transform(halves)
    differences = np.abs(np.reshape(answer["frames"], (2, 784)) - expected.astype(float))
    assert differences.mean() < 2
    assert [int(np.argmax(row)) for row in answer["read"][0]] == [7, 0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LogisticRegression(), "Expected a KerasDigitClassifier"),
        (lambda: make_pipeline(PixelScaler(), LogisticRegression()), "Expected a KerasDigit"),
        (lambda: make_pipeline(MinMaxScaler(clip=True), small()), r"got MinMaxScaler\(clip=True\)"),
        (lambda: small(image_shape=(1, 64)), r"images of shape \(height, width, 1\)"),
    ],
)
def test_what_is_no_page_is_named(make, message, X, y, tmp_path):
    with pytest.raises(ValueError, match=message):
        to_html(make().fit(X, y), tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_too_many_weights_are_refused(y, tmp_path):
    classifier = small(architecture=MLP((2000,)), epochs=1).fit(np.zeros((60, 784)), y)
    with pytest.raises(ValueError, match="which do not fit a page of 1 MB"):
        to_html(classifier, tmp_path / "page.html")


def test_functions_of_the_user_are_pages_if_their_layers_have_records(X, y, tmp_path):
    to_html(small(architecture=build).fit(X, y), tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size < 1_000_000


def test_a_page_asks_for_nothing_else(tmp_path):
    to_html(load_reader(), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "default-src 'none'" in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


class Averaged(Architecture):
    """The layers that no architecture of the package has."""

    def __init__(self, activation="relu"):
        self.activation = activation

    def layers(self, image_shape):
        yield layers.Rescaling(2, -1)
        yield layers.Conv2D(3, (2, 3), strides=(1, 2), padding="same", activation=self.activation)
        yield layers.AveragePooling2D((2, 1))
        yield layers.BatchNormalization()
        yield layers.LayerNormalization()
        yield layers.Conv2D(4, 2)
        yield layers.Activation(self.activation)
        yield layers.GlobalAveragePooling2D()


@pytest.fixture(scope="module")
def averaged(X, y):
    return small(architecture=Averaged()).fit(X, y)


@needs_node
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_all_other_layers_and_activations(activation, averaged, X, tmp_path):
    # The weights fit each of the activations, and need not be good ones.
    classifier, architecture = copy.copy(averaged), Averaged(activation)
    classifier.architecture_ = architecture
    classifier._network_ = architecture.network((8, 8, 1), 10)
    if activation not in ("relu", "relu6"):
        differences = classifier.predict_proba(X) - averaged.predict_proba(X)
        assert abs(differences).max() > 1e-3
    to_html(classifier, tmp_path / "page.html")
    found = run(tmp_path / "page.html", images=X.tolist())["probabilities"]
    assert_allclose(found, classifier.predict_proba(X), rtol=0, atol=1e-3)


def drawn(points, width=16):
    """A stroke with soft edges on 240x240 pixels, from 0 (paper) to 1 (ink)."""
    y, x = np.mgrid[:240, :240] + 0.5
    distance = np.full((240, 240), np.inf)
    for start, stop in pairwise(points):
        along = np.subtract(stop, start)
        share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / (along @ along)
        share = np.clip(share, 0, 1)
        near = np.hypot(x - start[0] - share * along[0], y - start[1] - share * along[1])
        distance = np.minimum(distance, near)
    return np.clip(width / 2 + 0.5 - distance, 0, 1)


def as_picture(levels, **kind):
    height, width = levels.shape
    return {"height": height, "width": width, "data": levels.ravel().tolist(), **kind}


@needs_node
def test_any_stroke_is_framed_as_by_the_framer(tmp_path):
    random = np.random.RandomState(0)
    strokes = [
        drawn(random.uniform(50, 190, (random.randint(2, 6), 2)), random.choice([8, 16, 30]))
        for _ in range(30)
    ]
    framer = DigitFramer(polarity="dark", remove_lines=False)
    expected = framer.transform([np.rint(255 * (1 - it)).astype(np.uint8) for it in strokes])
    to_html(load_reader(), tmp_path / "page.html")
    frames = run(tmp_path / "page.html", pictures=list(map(as_picture, strokes)))["frames"]
    assert [len(digits) for digits in frames] == [1] * len(strokes)
    differences = np.abs(np.squeeze(frames) - expected.astype(int))
    # Sums of another precision may be rounded to the next grey level, or put a place of a pixel on
    # the other side of an edge.
    assert (differences <= 1).mean() > 0.999
    assert differences.max() <= 32


@needs_node
def test_digits_in_a_row_and_on_pictures(tmp_path):
    seven = drawn([(60, 50), (170, 50), (100, 190)])
    five = drawn([(110, 50), (105, 110), (180, 130), (180, 180), (100, 200)])
    five_of_two_pieces = np.maximum(five, drawn([(110, 20), (200, 20)]))
    row = np.hstack([seven, drawn([(120, 40), (120, 200)]), five_of_two_pieces])
    shade = np.linspace(230, 130, row.shape[1])
    pictures = [
        as_picture(row),
        as_picture(shade * (1 - 0.8 * row), grey=True),
        as_picture(255 * row, grey=True),
        as_picture(np.zeros((240, 240))),
    ]
    to_html(load_reader(), tmp_path / "page.html")
    read = run(tmp_path / "page.html", pictures=pictures)["read"]
    texts = ["".join(str(np.argmax(digit)) for digit in digits) for digits in read]
    assert texts == ["715", "715", "715", ""]


def test_labels_cannot_end_the_data(X, y, tmp_path):
    to_html(small().fit(X, np.where(y > 4, "</script><b>", "$data")), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(data)["classes"] == ["$data", "</script><b>"]


def test_many_weights_take_fewer_bits(y, tmp_path):
    classifier = small(architecture=MLP((600,)), epochs=1).fit(np.zeros((60, 784)), y)
    to_html(classifier, tmp_path / "page.html")
    assert '"bits":11' in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert 900_000 < (tmp_path / "page.html").stat().st_size <= 1_000_000
