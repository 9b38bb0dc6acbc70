"""Forms: where their fields are, and how they are read from a file."""

import json

import numpy as np
import pytest

from skdigits.reading import Form, FormField, read_form

GOOD = {
    "size": [210, 297],
    "fields": [
        {"name": "zip", "box": [20, 50, 75, 60], "pattern": "#####-####"},
        {"name": "amount", "box": [120, 50.5, 180, 60], "n_digits": 4},
        {"name": "remark", "box": [20, 80, 180, 100]},
    ],
}


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "fields.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_a_form_is_read(file):
    form = read_form(file(GOOD))
    assert (form.width, form.height) == (210, 297)
    assert form.fields == (
        FormField("zip", (20, 50, 75, 60), pattern="#####-####"),
        FormField("amount", (120, 50.5, 180, 60), 4),
        FormField("remark", (20, 80, 180, 100)),
    )
    assert [field.n_places for field in form.fields] == [9, 4, None]


@pytest.mark.parametrize(
    ("digits", "text"),
    [("24122026", "24.12.2026"), ("2412?026", "24.12.?026"), ("241220", "241220"), ("", "")],
)
def test_digits_are_put_into_the_pattern(digits, text):
    assert FormField("date", (0, 0, 1, 1), pattern="##.##.####").written(digits) == text


def test_without_a_pattern_digits_stay_as_they_are():
    assert FormField("zip", (0, 0, 1, 1), n_digits=5).written("12345") == "12345"


def changed(**entries):
    return {**GOOD, "fields": [{**GOOD["fields"][2], **entries}]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "fields.json is not a form: Expecting property name"),
        ("[" * 100_000, "nested too deeply"),
        ("[1]", "the file must be an object with size, fields"),
        ({"size": [210, 297]}, "has no 'fields'"),
        ({**GOOD, "unit": "mm"}, "unknown entry 'unit'; the known ones are 'size', 'fields'"),
        ({**GOOD, "size": [210]}, r'"size" must be \[width, height\]'),
        ({**GOOD, "size": [210, -1]}, "above 0"),
        ({**GOOD, "size": [210, True]}, '"size" must be'),
        ({**GOOD, "fields": {}}, '"fields" must be a list'),
        ({**GOOD, "fields": []}, "at least one field"),
        ({**GOOD, "fields": ["zip"]}, r'"fields"\[0\] must be an object'),
        ({**GOOD, "fields": [{"name": "zip"}]}, r"\"fields\"\[0\] has no 'box'"),
        (changed(n_digit=5), "unknown entry 'n_digit'"),
        (changed(name=""), "not empty"),
        (changed(box=[1, 2, 3]), "left, top, right and bottom"),
        (changed(box="1 2 3 4"), "left, top, right and bottom"),
        (changed(box=[30, 2, 20, 4]), "left < right"),
        (changed(box=[1, 2, 300, 4]), "within the form, whose size is 210 x 297"),
        (changed(box=[float("nan"), 2, 3, 4]), "left, top, right and bottom"),
        (changed(n_digits=0), "whole number from 1 to 100, got 0"),
        (changed(n_digits=2.5), "whole number"),
        (changed(n_digits=True), "whole number"),
        (changed(n_digits=2, pattern="##"), "not both"),
        (changed(pattern="12345"), "pattern of the field 'remark' must have a '#'"),
        (changed(pattern=5), "must have a '#'"),
        ({**GOOD, "fields": 2 * GOOD["fields"][:1]}, "different names, got 'zip' again"),
    ],
)
def test_what_is_no_form_is_named(content, message, file):
    with pytest.raises(ValueError, match=message):
        read_form(file(content))


def test_size_is_bounded(tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(10_000_001)
    with pytest.raises(ValueError, match=r"large\.json has more than the 10,000,000 bytes"):
        read_form(path)


def test_only_regular_files_are_read(tmp_path):
    with pytest.raises(OSError, match="absent"):
        read_form(tmp_path / "absent.json")


def test_numbers_may_be_those_of_numpy():
    box = np.array([0, 0, 5, 5])
    form = Form(np.int64(10), np.float32(10), [FormField("a", box, n_digits=np.int64(5))])
    assert form.fields == (FormField("a", (0, 0, 5, 5), 5),)
    assert FormField("a", tuple(box)) == FormField("a", (0, 0, 5, 5))
    with pytest.raises(ValueError, match="left, top, right and bottom"):
        FormField("a", box[:3])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (None, "fields must be a sequence of FormField, got None"),
        (FormField("a", (0, 0, 5, 5)), r"sequence of FormField, got FormField\(name='a'"),
        (GOOD["fields"], r"fields\[0\] must be a FormField, got \{'name': 'zip'"),
    ],
)
def test_other_fields_are_named(fields, message):
    with pytest.raises(ValueError, match=message):
        Form(210, 297, fields)


def test_fields_may_be_a_list():
    form = Form(10, 10, [FormField("a", (0, 0, 5, 5))])
    assert isinstance(form.fields, tuple)
