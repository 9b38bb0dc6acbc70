"""Files of corrected readings."""

import json

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from skdigits.commands._corrections import Corrections, read_corrections


@pytest.fixture
def photo(tmp_path):
    photo = tmp_path / "a.png"
    photo.write_bytes(b"")
    return str(photo)


def test_reads_what_read_json_prints(tmp_path, photo):
    file = tmp_path / "read.json"
    line = {"photo": photo, "text": "0123", "confidence": 0.9}
    file.write_text(f"{json.dumps(line)}\n\n{json.dumps({**line, 'rotation': 180})}\n")
    found = read_corrections(str(file))
    assert [str(path) for path in found.photos] == [photo, photo]
    assert found.rotations == [0, 180]
    assert found.texts == ["0123", "0123"]


def test_pictures_are_upright(tmp_path):
    line = np.arange(6, dtype=np.uint8).reshape(2, 3)
    found = Corrections([], [], [])
    for n_quarters in range(4):
        found.photos.append(tmp_path / f"{n_quarters}.png")
        Image.fromarray(np.rot90(line, n_quarters)).save(found.photos[-1])
        found.rotations.append(90 * n_quarters)
    for picture in found.pictures():
        assert_array_equal(picture, line)


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
        ('{"photo": "PHOTO", "text": "1", "rotation": 45}', "rotation must be 0, 90, 180 or 270"),
        ('{"photo": "PHOTO", "text": "1", "rotation": "90"}', "270, got '90'"),
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
