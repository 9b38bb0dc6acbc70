import json

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from small_readers import (
    framed,
    photo_of,
    small_classifier,
    small_reader,
    text_of,
    unsure_classifier,
    written,
)

from skdigits.preprocessing import PixelScaler
from skdigits.reading import DigitReader, DigitStringRecognizer

PIXELS = np.eye(2, 784)
ROWS = [[10, 11, 12, 13], [24, 25, 26], [37, 38, 39, 30]]


def test_lines_are_read_in_order():
    reading = small_reader().read(photo_of(ROWS))
    assert reading.text == text_of(ROWS)
    assert [digit.line for digit in reading.digits] == [0] * 4 + [1] * 3 + [2] * 4
    assert all(digit.probability == 1 for digit in reading.digits)


def test_boxes_hold_the_digits():
    reading = small_reader().read(photo_of(ROWS[:1]))
    for place, digit in enumerate(reading.digits):
        left, top, right, bottom = digit.box
        assert 30 + 68 * place - 3 <= left < right <= 30 + 68 * place + 59
        assert 27 <= top < bottom <= 89


def test_boxes_are_in_pixels_of_the_file():
    small = photo_of(ROWS[:1])
    large = np.asarray(Image.fromarray(small).resize((small.shape[1] * 10, small.shape[0] * 10)))
    boxes = [small_reader().read(photo).digits[2].box for photo in (small, large)]
    assert np.abs(np.array(boxes[1]) / 10 - boxes[0]).max() < 4


@pytest.mark.parametrize("angle", [-7, 5])
def test_small_skew_is_straightened(angle):
    photo = ndimage.rotate(photo_of(ROWS), angle, cval=235)
    read = "".join(small_reader().read(photo).lines)
    expected = "".join(text_of(ROWS).split())
    assert len(read) == len(expected)
    assert sum(a == b for a, b in zip(read, expected, strict=True)) >= len(expected) - 1


def test_polarity_and_shadows_do_not_matter():
    photo = photo_of(ROWS).astype(float)
    light = np.linspace(1, 0.5, photo.shape[1])
    for other in (255 - photo, photo * light):
        assert small_reader().read(other.astype(np.uint8)).text == text_of(ROWS)


@pytest.mark.parametrize("border", [10, 60, 100])
def test_paper_on_a_dark_table_is_paper(border):
    assert small_reader().read(np.pad(photo_of(ROWS[:1]), border)).text == text_of(ROWS[:1])


def test_lines_close_to_the_edge_are_read():
    assert small_reader().read(photo_of(ROWS, margin=6)[:-24]).text == text_of(ROWS)


def test_an_image_is_left_as_it_was(tmp_path):
    path = tmp_path / "photo.jpg"
    large = Image.fromarray(photo_of(ROWS)).resize((2800, 2500))
    large.save(path, quality=95)
    with Image.open(path) as image:
        first, again = (small_reader().read(image) for _ in range(2))
        assert image.size == large.size
    assert [digit.box for digit in first.digits] == [digit.box for digit in again.digits]


def test_a_page_of_print_is_refused():
    dots = np.full((1000, 1000), 255, np.uint8)
    random = np.random.default_rng(0)
    for row, column in random.integers(0, 990, (9000, 2)):
        dots[row : row + 3, column : column + 3] = 0
    with pytest.raises(ValueError, match="cut out the part"):
        small_reader().read(dots)


def test_scores_of_pairs_of_classes_are_refused():
    labels = written()[1]
    pairs = SVC(decision_function_shape="ovo")
    pairs.fit(framed()[:60], labels[:60])
    with pytest.raises(ValueError, match="decision_function_shape"):
        DigitReader(pairs).read(photo_of(ROWS[:1]))


def test_ruled_lines_are_not_read():
    photo = photo_of(ROWS)
    for row in range(20, len(photo), 40):
        photo[row : row + 2] = np.minimum(photo[row : row + 2], 170)
    reading = small_reader().read(photo)
    assert [len(line) for line in reading.lines] == [4, 3, 4]


def test_specks_are_not_read():
    photo = photo_of(ROWS)
    random = np.random.default_rng(0)
    for row, column in random.integers(0, 180, (20, 2)):
        photo[row : row + 2, column : column + 2] = 60
    assert [len(line) for line in small_reader().read(photo).lines] == [4, 3, 4]


def test_unsure_digits_read_as_question_marks():
    unsure = unsure_classifier()
    photo = photo_of(ROWS[:1])
    assert DigitReader(unsure, min_confidence=0).read(photo).text.isdigit()
    assert set(DigitReader(unsure).read_field(photo, n_digits=4).text) == {"?"}
    # A line of them is no line of digits.
    assert DigitReader(unsure).read(photo).text == ""


@pytest.mark.parametrize("n_digits", [1, 4])
def test_field_has_the_number_of_digits_asked_for(n_digits):
    photo = photo_of([ROWS[0][:n_digits]])
    reading = small_reader().read_field(photo, n_digits=n_digits)
    assert reading.text == text_of([ROWS[0][:n_digits]])


@pytest.mark.parametrize("gap", [(slice(57, 59), slice(98, 154)), (slice(None), slice(120, 122))])
def test_broken_digits_are_joined(gap):
    photo = photo_of([[15, 12, 13]])
    photo[gap] = 235
    reader = DigitReader()
    assert reader.read(photo).text == "523"
    assert reader.read_field(photo, n_digits=3).text == "523"


def test_words_are_no_digits():
    page = Image.fromarray(photo_of([*ROWS, []]))
    font = ImageFont.load_default(50)
    ImageDraw.Draw(page).text((30, 270), "E X A k R", fill=30, font=font)
    assert DigitReader().read(np.asarray(page)).lines == text_of(ROWS).split()


def test_two_classes_without_probabilities():
    rows, is_one = framed()[:2], written()[1][:2]
    reader = DigitReader(RidgeClassifier().fit(rows, is_one), min_confidence=0)
    assert reader.read(photo_of([[1, 0, 0, 1]])).text == "1001"


def test_field_is_not_the_line_above_it():
    photo = photo_of([ROWS[0]])
    photo[3:11, 100:104] = 30
    assert small_reader().read_field(photo, n_digits=4).text == text_of([ROWS[0]])


@pytest.mark.parametrize("level", [0, 200, 255])
def test_blank_photo_has_no_digits(level):
    blank = np.full((200, 300), level, np.uint8)
    for reading in (small_reader().read(blank), small_reader().read_field(blank)):
        assert reading.text == ""
        assert reading.digits == []
        assert reading.rotation == 0
    assert reading.n_digits_seen == 0


@pytest.mark.parametrize(
    ("n_digits", "message"),
    [(5, "looks like 6: some were left out"), (30, "looks like 6: some were made up")],
)
def test_another_number_of_digits_is_told(n_digits, message):
    photo = photo_of([[10, 11, 12, 13, 14, 15]])
    with pytest.warns(UserWarning, match=message) as caught:
        reading = small_reader().read_field(photo, n_digits=n_digits)
    assert [warning.filename for warning in caught] == [__file__]
    assert reading.n_digits_seen == 6
    assert reading.to_dict()["n_digits_seen"] == 6
    assert len(reading.text) != 6


def test_fewer_digits_than_asked_are_told():
    bar = np.full((80, 60), 235, np.uint8)
    bar[20:60, 27:33] = 30
    with pytest.warns(
        UserWarning, match="2 digits were asked for and 1 were read.*no ink for more"
    ):
        reading = small_reader(min_confidence=0).read_field(bar, n_digits=2)
    assert reading.n_digits_seen == 1


def test_the_number_of_digits_asked_for_is_silent():
    assert small_reader().read_field(photo_of(ROWS[:1]), n_digits=4).n_digits_seen is None
    assert small_reader().read(photo_of(ROWS[:1])).n_digits_seen is None


@pytest.fixture(scope="module")
def upright():
    return DigitReader(rotation=0).read(photo_of(ROWS))


@pytest.mark.parametrize("n_quarters", range(4))
@pytest.mark.parametrize("rotation", ["auto", "given"])
def test_turned_photos_are_turned_back(n_quarters, rotation, upright):
    photo = photo_of(ROWS)
    degrees = 90 * n_quarters
    reader = DigitReader(rotation=degrees if rotation == "given" else "auto")
    reading = reader.read(np.rot90(photo, n_quarters))
    assert reading.text == upright.text == text_of(ROWS)
    assert reading.rotation == reading.to_dict()["rotation"] == degrees
    assert np.array_equal(reading.photo, upright.photo)
    assert [digit.box for digit in reading.digits] == [digit.box for digit in upright.digits]


def test_turned_fields_are_turned_back():
    row = [[*ROWS[0], *ROWS[1]]]
    reading = DigitReader().read_field(np.rot90(photo_of(row), 2), n_digits=7)
    assert (reading.text, reading.rotation) == (text_of(row), 180)


def test_photos_that_read_both_ways_stay():
    """Upside down, 0, 1 and 8 are themselves, and 6 and 9 are one another."""
    _, labels = written()
    by_label = {label: int(np.flatnonzero(labels == label)[1]) for label in (0, 6, 8, 9)}
    photo = photo_of([[by_label[label] for label in (6, 0, 8, 9, 6, 0)]])
    for turned in (photo, np.rot90(photo, 2)):
        assert DigitReader().read(turned).rotation == 0


def test_turned_photos_keep_the_scale_of_their_file():
    photo = np.kron(photo_of(ROWS), np.ones((8, 8), np.uint8))
    boxes = [
        np.array([digit.box for digit in DigitReader().read(picture).digits])
        for picture in (photo, np.rot90(photo))
    ]
    assert np.abs(boxes[0] - boxes[1]).max() <= 16


@pytest.mark.parametrize("rotation", [45, "upright", -90, None, 360])
def test_bad_rotation_is_named(rotation):
    with pytest.raises(ValueError, match="rotation must be one of 'auto', 0, 90, 180, 270"):
        DigitReader(small_classifier(), rotation=rotation)


@pytest.mark.parametrize(
    "classifier",
    [
        LogisticRegression(max_iter=1000),
        RidgeClassifier(),
        VotingClassifier(
            [("one", KNeighborsClassifier(1)), ("five", KNeighborsClassifier(5))], voting="soft"
        ),
    ],
    ids=lambda classifier: type(classifier).__name__,
)
@pytest.mark.parametrize("as_text", [False, True])
def test_any_classifier_will_do(classifier, as_text):
    labels = written()[1]
    pipeline = make_pipeline(PixelScaler((0, 255)), classifier)
    pipeline.fit(framed(), labels.astype(str) if as_text else labels)
    reader = DigitReader(pipeline, min_confidence=0)
    assert reader.read_field(photo_of(ROWS[:1]), n_digits=4).text == text_of(ROWS[:1])


def test_files_are_read_upright(tmp_path):
    path = tmp_path / "photo.png"
    image = Image.fromarray(photo_of(ROWS))
    exif = Image.Exif()
    exif[0x0112] = 8  # Taken with the camera on its side.
    image.rotate(-90, expand=True).save(path, exif=exif)
    assert small_reader().read(path).text == text_of(ROWS)


def test_repr_names_the_parameters():
    assert repr(small_reader()).startswith("DigitReader(KNeighborsClassifier(")


@pytest.mark.parametrize(
    ("classifier", "error", "message"),
    [
        ("reader.skops", ValueError, "predict_proba or decision_function, got 'reader.skops'"),
        (LogisticRegression, ValueError, "predict_proba or decision_function, got <class"),
        (DigitStringRecognizer(), ValueError, "Pass a recognizer of lines as recognizer"),
        (LogisticRegression(), ValueError, "not fitted"),
        (KNeighborsClassifier(1).fit(np.eye(2), [0, 1]), ValueError, "fitted on 2"),
        (KNeighborsClassifier(1).fit(PIXELS, ["a", "b"]), ValueError, "digits from 0 to 9"),
        (LinearRegression().fit(PIXELS, [0, 1]), ValueError, "predict_proba or decision_function"),
        (
            VotingClassifier([("one", KNeighborsClassifier(1))]).fit(PIXELS, [0, 1]),
            ValueError,
            "predict_proba or decision_function",
        ),
    ],
)
def test_bad_classifiers_are_named(classifier, error, message):
    with pytest.raises(error, match=message):
        DigitReader(classifier)


@pytest.mark.parametrize("min_confidence", [-0.1, 1.5, "high"])
def test_bad_confidence_is_named(min_confidence):
    with pytest.raises(ValueError, match="min_confidence"):
        DigitReader(small_classifier(), min_confidence=min_confidence)


@pytest.mark.parametrize("n_digits", [0, 2.5, True])
def test_bad_number_of_digits_is_named(n_digits):
    with pytest.raises(ValueError, match="n_digits"):
        small_reader().read_field(photo_of(ROWS[:1]), n_digits=n_digits)


def test_reading_is_json():
    reading = small_reader().read(photo_of(ROWS[:1]))
    restored = json.loads(json.dumps(reading.to_dict()))
    assert restored["text"] == text_of(ROWS[:1])
    assert restored["digits"][0]["box"] == list(reading.digits[0].box)


def test_thick_blots_are_not_read():
    image = Image.fromarray(photo_of(ROWS))
    ImageDraw.Draw(image).ellipse((240, 130, 300, 175), fill=30)
    assert small_reader().read(np.asarray(image)).lines[0] == text_of(ROWS[:1])
