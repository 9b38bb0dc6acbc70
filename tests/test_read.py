"""The command `read`."""

import json
import re

import pytest
from PIL import Image
from small_lines import line_pictures, small_recognizer
from small_readers import photo_of, small_classifier, text_of
from test_cells import grid_photo, labels_of

from skdigits.__main__ import main
from skdigits.persistence import save_estimator

ROWS = [[10, 11, 12, 13], [24, 25, 26]]


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(photo_of(ROWS)).save(path)
    return str(path)


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.skops"
    save_estimator(small_classifier(), path)
    return str(path)


def test_prints_the_text(photo, model, capsys):
    assert main(["read", photo, "--model", model]) == 0
    assert capsys.readouterr().out == text_of(ROWS) + "\n"


def test_several_photos_have_headings(photo, model, capsys):
    assert main(["read", photo, photo, "--model", model]) == 0
    assert capsys.readouterr().out == 2 * f"{photo}:\n{text_of(ROWS)}\n"


def test_json_has_one_line_a_photo(photo, model, capsys):
    assert main(["read", photo, photo, "--model", model, "--json"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == second
    assert first["photo"] == photo
    assert first["lines"] == text_of(ROWS).split()
    assert len(first["digits"]) == 7
    assert len(first["line_confidences"]) == 2
    assert 0 < first["confidence"] <= min(first["line_confidences"]) <= 1
    assert [digit["best"] for digit in first["digits"]] == [d["label"] for d in first["digits"]]


def test_field(tmp_path, model, capsys):
    path = tmp_path / "field.png"
    Image.fromarray(photo_of(ROWS[:1])).save(path)
    assert main(["read", str(path), "--model", model, "--n-digits", "4"]) == 0
    assert capsys.readouterr().out == text_of(ROWS[:1]) + "\n"


def test_pictures_are_saved(photo, model, tmp_path, pyplot, capsys):
    file = tmp_path / "read.png"
    assert main(["read", photo, "--model", model, "--plot", str(file)]) == 0
    assert file.read_bytes().startswith(b"\x89PNG")
    assert main(["read", photo, photo, "--model", model, "--plot", str(file)]) == 0
    assert (tmp_path / "read-1.png").exists()
    assert (tmp_path / "read-2.png").exists()
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("option", ["--plot", "--save-plot"])
def test_the_picture_has_one_option(option, photo, model, tmp_path, pyplot):
    file = tmp_path / "read.svg"
    assert main(["read", photo, "--model", model, option, str(file)]) == 0
    assert file.read_bytes().startswith(b"<?xml")


def test_help_names_one_option_for_the_picture(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["read", "--help"])
    told = capsys.readouterr().out
    assert "--plot FILE" in told
    assert "--save-plot" not in told


def test_another_number_of_digits_is_told(tmp_path, model, capsys):
    paths = [tmp_path / f"{name}.png" for name in ("one", "two")]
    for path in paths:
        Image.fromarray(photo_of([[10, 11, 12, 13, 14, 15]])).save(path)
    arguments = ["--model", model, "--n-digits", "5", "--json"]
    assert main(["read", *map(str, paths), *arguments]) == 0
    captured = capsys.readouterr()
    assert [json.loads(line)["n_digits_seen"] for line in captured.out.splitlines()] == [6, 6]
    told = captured.err.splitlines()
    assert len(told) == 2
    for path, line in zip(paths, told, strict=True):
        assert f"skdigits: warning: {path}: 5 digits were asked for" in line
        assert "looks like 6" in line


@pytest.mark.parametrize("rotation", ["auto", "90"])
def test_turned_photos(rotation, tmp_path, capsys):
    path = tmp_path / "photo.png"
    Image.fromarray(photo_of(ROWS)).rotate(90, expand=True).save(path)
    assert main(["read", str(path), "--rotation", rotation, "--json"]) == 0
    reading = json.loads(capsys.readouterr().out)
    assert reading["lines"] == text_of(ROWS).split()
    assert reading["rotation"] == 90


def test_folders_of_photos(photo, model, tmp_path, capsys):
    folder = tmp_path / "photos"
    folder.mkdir()
    for i, name in enumerate(["2.png", "10.PNG", "1.jpg"]):
        Image.fromarray(photo_of(ROWS[i % 2 :])).save(folder / name)
    (folder / "notes.txt").write_text("no image")
    assert main(["read", str(folder), photo, "--model", model]) == 0
    captured = capsys.readouterr()
    headings = [line[:-1] for line in captured.out.splitlines() if line.endswith(":")]
    assert headings == [*(str(folder / name) for name in ("1.jpg", "2.png", "10.PNG")), photo]
    assert "notes.txt" in captured.err
    assert len(captured.err.splitlines()) == 1


def test_names_of_photos_are_printable(model, tmp_path, capsys):
    for name in ("a\x1b[2J.png", "b\n.png"):
        (tmp_path / name).write_text("no image")
    assert main(["read", str(tmp_path), "--model", model]) == 1
    told = capsys.readouterr().err
    assert r"a\x1b[2J.png is not an image" in told
    assert r"b\n.png is not an image" in told
    assert "\x1b" not in told


def test_blank_photo(tmp_path, model, capsys):
    path = tmp_path / "blank.png"
    Image.new("L", (100, 100), 200).save(path)
    assert main(["read", str(path), "--model", model]) == 0
    captured = capsys.readouterr()
    assert captured.out == "\n"
    assert "no digits found" in captured.err


def test_a_bad_photo_does_not_keep_others_from_being_read(photo, model, tmp_path, capsys):
    path = tmp_path / "text.png"
    path.write_text("no image")
    assert main(["read", str(path), photo, "--model", model]) == 1
    captured = capsys.readouterr()
    assert captured.out == f"{photo}:\n{text_of(ROWS)}\n"
    assert "text.png is not an image" in captured.err
    assert "1 of 2 photos could not be read" in captured.err


def test_a_photo_is_named_once(photo, model, tmp_path, capsys):
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"no image")
    assert main(["read", str(path), photo, "--model", model]) == 1
    (line,) = [it for it in capsys.readouterr().err.splitlines() if "broken.jpg" in it]
    assert line.count(str(path)) == 1
    assert "it is damaged, or is not one of JPEG" in line


@pytest.mark.parametrize(
    "options", [["--min-confidence", "2"], ["--min-confidence", "nan"], ["--n-digits", "0"]]
)
def test_bad_values_are_wrong_usage(options, photo, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["read", photo, *options])
    assert f"argument {options[0]}: must be at least" in capsys.readouterr().err


def test_folder_of_the_picture_is_checked_before_the_work(photo, model, tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["read", photo, "--model", model, "--plot", str(tmp_path / "absent" / "x.png")])
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["photo", "model"])
def test_missing_files_are_named(missing, photo, model, tmp_path, capsys):
    paths = {"photo": photo, "model": model, missing: str(tmp_path / "absent")}
    assert main(["read", paths["photo"], "--model", paths["model"]]) == 1
    assert f"no such file: {paths[missing]}" in capsys.readouterr().err


def test_what_is_no_image_is_named(tmp_path, model, capsys):
    path = tmp_path / "text.png"
    path.write_text("no image")
    assert main(["read", str(path), "--model", model]) == 1
    assert "text.png is not an image" in capsys.readouterr().err


def test_package_reader_needs_no_model(photo, capsys):
    assert main(["read", photo, "--min-confidence", "0"]) == 0
    assert [len(line) for line in capsys.readouterr().out.split()] == [4, 3]


def test_grid(tmp_path, model, pyplot, capsys):
    path, plot = tmp_path / "grid.png", tmp_path / "read.png"
    Image.fromarray(grid_photo()).save(path)
    asked = ["read", str(path), "--model", model, "--grid"]
    assert main([*asked, "--plot", str(plot)]) == 0
    rows = [" ".join(label or "." for label in row) for row in labels_of()]
    assert capsys.readouterr().out == "\n".join(rows) + "\n"
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert main([*asked, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["labels"] == labels_of()


def test_a_photo_without_a_grid(photo, model, capsys):
    assert main(["read", photo, "--model", model, "--grid"]) == 1
    assert "no grid was found" in capsys.readouterr().err


def test_photos_without_a_grid_are_named(photo, tmp_path, model, capsys):
    path = tmp_path / "grid.png"
    Image.fromarray(grid_photo()).save(path)
    assert main(["read", photo, str(path), "--model", model, "--grid"]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith(f"{path}:\n")
    assert re.search(rf"{re.escape(photo)}: .*no grid was found", captured.err)


def test_fields(tmp_path, photo, model, capsys):
    form = tmp_path / "fields.json"
    first = {"name": "first", "box": [0, 0, 332, 105], "pattern": "##/##"}
    form.write_text(json.dumps({"size": [332, 220], "fields": [first]}))
    asked = ["read", photo, "--model", model, "--rotation", "0", "--fields", str(form)]
    assert main(asked) == 0
    text = text_of(ROWS[:1])
    assert f"first  {text[:2]}/{text[2:]}" in capsys.readouterr().out
    assert main([*asked, "--json"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert read["photo"] == photo
    assert read["fields"]["first"]["text"] == f"{text[:2]}/{text[2:]}"


def test_bad_fields_are_named_before_photos_are_read(tmp_path, photo, model, capsys):
    form = tmp_path / "fields.json"
    form.write_text('{"size": [10, 10], "fields": [{"name": "a"}]}')
    assert main(["read", photo, photo, "--model", model, "--fields", str(form)]) == 1
    captured = capsys.readouterr()
    assert captured.err.count("has no 'box'") == 1
    assert captured.out == ""


@pytest.mark.parametrize("other", [["--grid"], ["--n-digits", "5"]])
def test_a_photo_shows_one_thing(other, photo, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["read", photo, "--fields", "fields.json", *other])
    assert "not allowed with" in capsys.readouterr().err


def test_a_model_may_be_a_recognizer_of_lines(tmp_path, capsys):
    file, photo = tmp_path / "lines.skops", tmp_path / "photo.png"
    save_estimator(small_recognizer(), file)
    images, _ = line_pictures(1, seed=1)
    Image.fromarray(images[0]).save(photo)
    command = ["read", str(photo), "--model", str(file), "--min-confidence", "0"]
    assert main([*command, "--rotation", "0"]) == 0
    assert capsys.readouterr().out == f"{small_recognizer().predict(images)[0]}\n"
