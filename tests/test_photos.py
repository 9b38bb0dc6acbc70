"""The photos that the arguments of a command name."""

import os
from pathlib import Path

import pytest

from skdigits.commands._photos import photos_of


def folder_with(tmp_path, names):
    for name in names:
        (tmp_path / name).touch()
    return str(tmp_path)


def names_of(photos):
    return [Path(photo).name for photo in photos]


def test_files_stay_as_they_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder_with(tmp_path, ["b.png", "a.any"])
    assert photos_of(["b.png", "a.any", "b.png"]) == ["b.png", "a.any", "b.png"]


def test_folders_are_in_natural_order(tmp_path):
    names = ["IMG_2.jpg", "IMG_10.jpg", "img_1.JPEG", "IMG_002.jpg", "7.heic", "a.tif", "10.webp"]
    folder = folder_with(tmp_path, names)
    assert names_of(photos_of([folder])) == [
        "7.heic", "10.webp", "a.tif", "img_1.JPEG", "IMG_002.jpg", "IMG_2.jpg", "IMG_10.jpg",
    ]  # fmt: skip


def test_others_are_skipped_with_one_line(tmp_path, capsys):
    others = [f"{i}.txt" for i in range(7)] + ["x\x1b[2J.eps"]
    folder = folder_with(tmp_path, ["1.png", ".hidden.png", *others])
    (tmp_path / "folder.png").mkdir()
    assert names_of(photos_of([folder])) == ["1.png"]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        f"skdigits: warning: {folder}: skipped files that are not pictures: 0.txt, "
    )
    assert line.endswith(", ...")
    assert line.isprintable()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names need Unix")
def test_pipes_in_folders_are_skipped(tmp_path):
    folder = folder_with(tmp_path, ["1.png"])
    os.mkfifo(tmp_path / "2.png")
    assert names_of(photos_of([folder])) == ["1.png"]


def test_a_folder_without_pictures_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no pictures in the folder"):
        photos_of([folder_with(tmp_path, ["notes.txt"])])


def test_what_is_missing_is_named_at_once(tmp_path):
    folder = folder_with(tmp_path, ["1.png"])
    with pytest.raises(FileNotFoundError, match=r"no such file: .*absent"):
        photos_of([folder, str(tmp_path / "absent")])
