"""Files of corrected readings."""

import json

import pytest

from skdigits.commands._corrections import read_corrections


@pytest.fixture
def photo(tmp_path):
    photo = tmp_path / "a.png"
    photo.write_bytes(b"")
    return str(photo)


def test_reads_what_read_json_prints(tmp_path, photo):
    file = tmp_path / "read.json"
    line = json.dumps({"photo": photo, "text": "0123", "confidence": 0.9})
    file.write_text(f"{line}\n\n{line}\n")
    found = read_corrections(str(file))
    assert [str(path) for path in found.photos] == [photo, photo]
    assert found.texts == ["0123", "0123"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "holds no corrected line"),
        ("{}", 'line 1 must be an object with "photo" and "text"'),
        ("7", "line 1 must be an object"),
        ("[" * 100_000, "line 1 must be an object"),
        ('\n{"photo": "PHOTO", "text": "12\\n34"}', r"line 2: text must be the digits of one line"),
        ('{"photo": "PHOTO", "text": "1?"}', r"got '1\?'. Correct it, or delete the line"),
        ('{"photo": "PHOTO", "text": ""}', "text must be the digits"),
    ],
)
def test_wrong_lines_are_named(tmp_path, photo, content, told):
    file = tmp_path / "read.json"
    file.write_text(content.replace("PHOTO", photo))
    with pytest.raises(ValueError, match=told):
        read_corrections(str(file))


def test_missing_photos_are_named(tmp_path):
    file = tmp_path / "read.json"
    file.write_text('{"photo": "none.png", "text": "1"}')
    with pytest.raises(FileNotFoundError, match=r"line 1: no such photo: none\.png"):
        read_corrections(str(file))
