"""The fields of a form: found, read, and shown."""

import json
import warnings

import numpy as np
import pytest
from small_readers import photo_of, small_reader, text_of
from test_cells import seen_from_the_side

from skdigits.reading import DigitReader, Form, FormField

ROWS = [[10, 11, 12, 13], [25, 26, 15]]
FORM = Form(
    100,
    80,
    [
        FormField("number", (5, 8, 95, 36), n_digits=4),
        FormField("date", (5, 44, 95, 72), pattern="#.##"),
    ],
)


def form_photo():
    """Write one field below the other, on a sheet of 400x320 pixels."""
    sheet = np.full((320, 400), 235, np.uint8)
    for row, top in zip(ROWS, (40, 180), strict=True):
        field = photo_of([row], margin=20)
        sheet[top : top + field.shape[0], 30 : 30 + field.shape[1]] = field
    return sheet


def expected():
    number, date = text_of(ROWS).split()
    return {"number": number, "date": f"{date[0]}.{date[1:]}"}


def test_fields_are_read_by_name():
    fields = small_reader(rotation=0).read_fields(form_photo(), FORM)
    assert fields.texts == expected()
    assert [digit.line for digit in fields.digits] == [0] * 4 + [1] * 3


def test_a_form_on_a_table_from_the_side():
    photo = seen_from_the_side(form_photo(), 60)
    fields = DigitReader(rotation=0).read_fields(photo, FORM)
    assert fields.texts == expected()
    assert all(digit.box.right <= photo.shape[1] for digit in fields.digits)
    upper, lower = (reading.digits for reading in fields.readings.values())
    assert max(digit.box.top for digit in upper) < min(digit.box.top for digit in lower)


@pytest.mark.parametrize("factor", [1, 8])
def test_boxes_are_in_pixels_of_the_file(factor):
    photo = np.kron(form_photo(), np.ones((factor, factor), np.uint8))
    digit = small_reader(rotation=0).read_fields(photo, FORM).digits[1]
    assert 110 <= digit.box.left / factor < digit.box.right / factor <= 180
    assert 55 <= digit.box.top / factor < digit.box.bottom / factor <= 120


@pytest.mark.parametrize("n_quarters", range(4))
def test_turned_forms_are_turned_back(n_quarters):
    fields = DigitReader().read_fields(np.rot90(form_photo(), n_quarters), FORM)
    assert fields.texts == expected()
    assert fields.rotation == fields.to_dict()["rotation"] == 90 * n_quarters


def test_a_field_of_another_length_is_named():
    form = Form(100, 80, [FormField("number", (5, 8, 95, 36), n_digits=3)])
    with pytest.warns(UserWarning, match="field 'number': 3 digits were asked for") as caught:
        fields = small_reader(rotation=0).read_fields(form_photo(), form)
    assert [warning.filename for warning in caught] == [__file__]
    assert fields.readings["number"].n_digits_seen == 4


def test_blank_fields_and_fields_of_unknown_length():
    form = Form(
        100,
        80,
        [FormField("any", (5, 8, 95, 36)), FormField("blank", (90, 37, 99, 43), pattern="##/##")],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fields = small_reader(rotation=0).read_fields(form_photo(), form)
    assert fields.texts == {"any": expected()["number"], "blank": ""}
    assert fields.text.splitlines()[2].split() == ["blank"]


@pytest.fixture(scope="module")
def fields():
    return small_reader(rotation=0).read_fields(form_photo(), FORM)


def test_text_is_a_table(fields):
    rows = [line.split() for line in str(fields).splitlines()]
    assert rows[0] == ["field", "text", "confidence"]
    confidence = fields.readings["number"].confidence
    assert rows[1] == ["number", expected()["number"], f"{confidence:.3f}"]


def test_fields_are_json(fields):
    restored = json.loads(json.dumps(fields.to_dict()))
    assert restored["fields"]["date"]["text"] == expected()["date"]
    assert len(restored["fields"]["date"]["digits"]) == 3


def test_fields_show_themselves_as_a_table(fields):
    assert fields._repr_html_().count("<td") == 6


def test_plot_marks_all_digits(fields, pyplot):
    assert len(fields.plot().patches) == 7


@pytest.mark.parametrize("form", ["fields.json", None, [FORM]])
def test_what_is_no_form_is_named(form):
    with pytest.raises(ValueError, match=r"form must be a Form, got .*read_form"):
        small_reader().read_fields(form_photo(), form)
