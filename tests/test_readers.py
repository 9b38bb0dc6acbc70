"""commands/_readers: labelled images from files and folders, and what is no such thing."""

import io
import os
import warnings
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from skdigits.__main__ import main
from skdigits.commands import _readers
from skdigits.commands._data import load_data
from skdigits.commands._labelled_images import LabelledImages

images, labels = load_digits().images[:300].astype(np.uint8), load_digits().target[:300]


def refusal(source):
    with pytest.raises(ValueError, match=r"\w+") as caught:
        load_data(str(source))
    return str(caught.value)


def test_data_are_described():
    assert str(LabelledImages(images, labels)) == "300 images of 8 x 8 pixels, 10 classes"
    assert str(LabelledImages(images[:2], np.zeros(2))) == "2 images of 8 x 8 pixels, 1 class"


class TestNpz:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "it.npz"

    @pytest.mark.parametrize(
        "names",
        [("X", "Y"), ("x", "y"), ("data", "target"), ("images", "labels"), ("y", "x", "writer")],
    )
    def test_layouts(self, names, path):
        arrays = {name: labels if name.lower() in "y target labels" else images for name in names}
        np.savez(path, **arrays)
        data = load_data(str(path))
        np.testing.assert_array_equal(data.images, images)
        np.testing.assert_array_equal(data.labels, labels)
        assert data.n_train is None

    def test_compressed_strings_and_a_published_split(self, path):
        names = labels.astype(str)
        np.savez_compressed(
            path, x_train=images[:9], y_train=names[:9], x_test=images[9:], y_test=names[9:]
        )
        data = load_data(str(path))
        np.testing.assert_array_equal(data.images, images)
        np.testing.assert_array_equal(data.labels, names)
        assert data.n_train == 9

    def test_channels_come_last(self, path):
        np.savez(path, X=images[:, np.newaxis], y=labels)
        assert refusal(path).endswith("channels come last: pass np.moveaxis(X, 1, -1).")
        np.savez(path, X=images[..., np.newaxis], y=labels)
        assert load_data(str(path)).images.shape == (300, 8, 8, 1)

    def test_unknown_arrays_are_named(self, path):
        np.savez(path, pictures=images, digits=labels)
        assert "it.npz holds the arrays pictures, digits; expected x_train" in refusal(path)

    def test_no_arrays(self, path):
        np.savez(path)
        assert "holds the arrays (none); expected" in refusal(path)

    @pytest.mark.parametrize(
        ("X", "y", "message"),
        [
            (images, labels[:-1], "labels of shape (299,)"),
            (images[0, 0], labels[:8], "images of shape (8,)"),
            (images, np.eye(10)[labels], "labels of shape (300, 10)"),
            (np.array([[None]]), labels[:1], "the array 'x' holds Python objects"),
            (images[:1], np.array(["7"], dtype=object), "y.astype(str)"),
            (images[:0], labels[:0], "holds no images: their shape is (0, 8, 8)"),
            (images[:, :0], labels, "holds no images: their shape is (300, 0, 8)"),
            (images.astype(str), labels, "pixels must be numbers, got dtype <U"),
        ],
        ids=[
            *["short labels", "no images", "one-hot labels", "images of objects"],
            *["labels of objects", "no rows", "no pixels", "text"],
        ],
    )
    def test_bad_arrays(self, X, y, message, path):
        np.savez(path, X=X, y=y)
        assert message in refusal(path)

    def test_parts_of_two_shapes(self, path):
        np.savez(path, x_train=images, y_train=labels, x_test=images[:, :4], y_test=labels)
        assert "training images of shape (8, 8) and test images of shape (4, 8)" in refusal(path)

    def test_what_is_no_npz(self, path):
        path.write_text("0,1,2\n")
        assert refusal(path) == (
            f"{path} is neither a .npz file, as numpy.savez writes them, nor called .csv"
        )
        path.write_bytes(b"")
        assert "is neither a .npz file" in refusal(path)

    def test_damaged(self, path):
        np.savez(path, X=images, y=labels)
        content = bytearray(path.read_bytes())
        content[1000] ^= 255
        path.write_bytes(content)
        assert "is damaged" in refusal(path)

    def test_size_that_is_declared_is_bounded(self, path):
        """Nothing is reserved: a header is a line of text, which says what it likes."""
        header = io.BytesIO()
        description = {"descr": "<f8", "fortran_order": False, "shape": (10**12, 64)}
        np.lib.format.write_array_header_1_0(header, description)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("X.npy", header.getvalue())
            archive.writestr("y.npy", header.getvalue())
        assert "more than the 4,294,967,296 read" in refusal(path)

    def test_tables_are_refused(self, path):
        table = np.zeros(9, dtype=[("像素", float)])
        with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # NumPy: only newer versions read it.
            for name, array in (("X.npy", table), ("y.npy", labels[:9])):
                with archive.open(name, "w") as stream:
                    np.lib.format.write_array(stream, array)
        assert "the array 'x' does not hold numbers" in refusal(path)

    def test_size_that_is_inflated_is_bounded(self, path, monkeypatch):
        np.savez_compressed(path, X=np.zeros((1000, 1000)), y=np.zeros(1000))
        assert path.stat().st_size < 20_000
        monkeypatch.setattr(_readers, "_MAX_BYTES", 1_000_000)
        assert "holds 8,008,000 bytes, more than the 1,000,000 read" in refusal(path)


class TestCsv:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "it.csv"

    def write(self, path, header, columns, fmt="%d"):
        np.savetxt(path, columns, fmt, delimiter=",", header=header, comments="")

    def test_size_is_bounded(self, path, monkeypatch):
        self.write(path, "", self.label_first)
        monkeypatch.setattr(_readers, "_MAX_BYTES", 1_000)
        assert "it.csv is larger than the 1,000 bytes that are read" in refusal(path)

    @property
    def label_first(self):
        return np.column_stack([labels, images.reshape(300, 64)])

    @property
    def label_last(self):
        return np.column_stack([images.reshape(300, 64), labels])

    def check(self, path):
        data = load_data(str(path))
        np.testing.assert_array_equal(data.images, images.reshape(300, 64), strict=True)
        np.testing.assert_array_equal(data.labels, labels, strict=True)
        assert data.n_train is None

    def test_as_kaggle_writes_it(self, path):
        pixels = ",".join(f"pixel{i}" for i in range(64))
        self.write(path, f"label,{pixels}", self.label_first)
        self.check(path)

    @pytest.mark.parametrize("name", ["class", "Label", '"target"', "digit"])
    def test_label_in_the_last_column(self, path, name):
        pixels = ",".join(f"pixel{i}" for i in range(64))
        self.write(path, f"{pixels},{name}", self.label_last)
        self.check(path)

    @pytest.mark.parametrize("index", ["", "Unnamed: 0", "id", "INDEX", '"Id"'])
    @pytest.mark.parametrize("is_first", [True, False])
    def test_numbers_of_lines_are_left_out(self, index, is_first, path, capsys):
        columns = np.insert(self.label_first, 0 if is_first else 65, np.arange(300), axis=1)
        pixels = ",".join(f"pixel{i}" for i in range(64))
        names = f"label,{pixels}"
        self.write(path, f"{index},{names}" if is_first else f"{names},{index}", columns)
        self.check(path)
        name = index.strip('"')
        assert f"it.csv: the column '{name}' holds row numbers" in capsys.readouterr().err

    @pytest.mark.parametrize("label", ["label", "y"])
    def test_what_pandas_writes(self, label, path, capsys):
        frame = pd.DataFrame(images.reshape(300, 64))
        frame.insert(0 if label == "label" else 64, label, labels)
        for index in (True, False):
            frame.to_csv(path, index=index)
            self.check(path)
        assert capsys.readouterr().err.count("left out") == 1

    def test_pixels_that_are_no_square_are_told(self, path, capsys):
        self.write(path, "label,number," + ",".join("p" * 64), np.insert(self.label_first, 1, 7, 1))
        assert load_data(str(path)).images.shape == (300, 65)
        assert "65 pixels per line, which is not a square number" in capsys.readouterr().err

    def test_without_a_header_the_label_is_first(self, path):
        np.savetxt(path, self.label_first, "%d", delimiter=",")
        self.check(path)

    def test_floats_that_are_whole_and_a_byte_order_mark(self, path):
        self.write(path, "", self.label_first, fmt="%.1f")
        path.write_text(path.read_text().lstrip(), encoding="utf-8-sig")
        self.check(path)

    def test_fractions_and_strings_are_kept(self, path):
        path.write_text("label,a,b\nzero,0,0.25\none,1,-0.5\n")
        data = load_data(str(path))
        np.testing.assert_array_equal(data.images, np.array([[0, 0.25], [1, -0.5]], np.float32))
        assert data.labels.tolist() == ["zero", "one"]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "does not begin with a label and at least one pixel"),
            ("5\n", "does not begin with a label and at least one pixel"),
            ("label;pixel0\n5;0\n", "separated by commas"),
            ("pixel0,pixel1\n0,1\n", "does not have a column of labels"),
            ("label,pixel0\n", "does not contain any images"),
            ("id,label\n1,5\n", "has no columns of pixels: its columns are id, label"),
            ("label,a,b\n5,0,1\n6,0\n", "is not a valid CSV file"),
            ("label,a,b\n5,0,\n", "is not a valid CSV file"),
            ("5,0,1\n5,0,x\n", "is not a valid CSV file"),
            ("5,0,nan\n", "NaN or infinite"),
            (b"\xff\xfe5,0,1\n", "is not a CSV file"),
        ],
    )
    def test_what_is_no_such_file(self, path, content, message):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        assert message in refusal(path)
        assert path.name in refusal(path)

    def test_line_without_an_end(self, path, monkeypatch):
        monkeypatch.setattr(_readers, "_LONGEST_LINE", 100)
        path.write_text("0," * 200)
        assert "its first line does not end" in refusal(path)


class TestFolder:
    @staticmethod
    def write(folder, rows):
        for row in rows:
            file = folder / str(labels[row]) / f"{row:03}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(images[row] * 15).save(file)

    def test_folder_per_label(self, tmp_path):
        self.write(tmp_path, range(40))
        (tmp_path / ".hidden").mkdir()
        (tmp_path / "0" / ".DS_Store").write_text("not a picture")
        data = load_data(str(tmp_path))
        order = np.argsort(labels[:40], kind="stable")
        np.testing.assert_array_equal(data.images, images[order] * 15, strict=True)
        np.testing.assert_array_equal(data.labels, labels[order], strict=True)
        assert data.n_train is None

    @pytest.mark.parametrize("names", [("train", "test"), ("Training", "Testing")])
    def test_published_split(self, tmp_path, names):
        self.write(tmp_path / names[0], range(30))
        self.write(tmp_path / names[1], range(30, 40))
        data = load_data(str(tmp_path))
        assert data.n_train == 30
        assert sorted(data.labels[:30]) == sorted(labels[:30])
        assert sorted(data.labels[30:]) == sorted(labels[30:40])

    def test_other_names_are_labels(self, tmp_path):
        for name in ("seven", "four"):
            (tmp_path / name).mkdir()
            Image.fromarray(images[0]).save(tmp_path / name / "it.png")
        assert load_data(str(tmp_path)).labels.tolist() == ["four", "seven"]

    def test_no_pictures(self, tmp_path):
        assert "does not contain any pictures in subfolders, one per label" in refusal(tmp_path)
        (tmp_path / "it.png").write_bytes(b"")
        assert "does not contain any pictures in subfolders" in refusal(tmp_path)

    def test_what_is_no_picture_is_named(self, tmp_path):
        self.write(tmp_path, range(3))
        (tmp_path / "0" / "notes.txt").write_text("seven")
        assert "notes.txt" in refusal(tmp_path)

    def test_sizes_must_agree(self, tmp_path):
        self.write(tmp_path, range(3))
        Image.new("L", (9, 8)).save(tmp_path / "1" / "wide.png")
        assert "wide.png has 8 x 9 pixels, but the first picture has 8 x 8" in refusal(tmp_path)
        Image.new("L", (600, 600)).save(tmp_path / "1" / "wide.png")
        assert "wide.png is longer than the 512 pixels" in refusal(tmp_path)

    def test_all_together_are_bounded(self, tmp_path, monkeypatch):
        self.write(tmp_path, range(3))
        monkeypatch.setattr(_readers, "_MAX_BYTES", 2 * 64)
        assert "002.png take more than 128 bytes" in refusal(tmp_path)


@pytest.mark.parametrize("suffix", ["", ".npz", ".csv"])
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices of POSIX")
def test_what_has_no_end_is_refused(suffix, tmp_path, capsys):
    os.symlink("/dev/zero", tmp_path / f"zero{suffix}")
    os.mkfifo(tmp_path / f"pipe{suffix}")
    for name in ("zero", "pipe"):
        assert main(["compare", "--data", str(tmp_path / f"{name}{suffix}")]) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "is not a regular file" in captured.err
