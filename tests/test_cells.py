"""The cells of a grid: found, read, and shown."""

import json

import numpy as np
import pytest
from PIL import Image
from small_readers import small_reader, unsure_classifier, written

from skdigits.ink.perspective import homography, rectangle, warped
from skdigits.reading import Cells, DigitReader

SIDE, LEFT, TOP = 80, 50, 40
NUMBERS = [[10, None, 12, 13], [None, 26, 25, None], [37, 38, None, 31]]


def grid_photo(numbers=NUMBERS, *, paper=235, ink=30, line=120):
    """Lay digits, given by their numbers, into the cells of a grid; None leaves one blank."""
    images, _ = written()
    n_rows, n_columns = len(numbers), len(numbers[0])
    photo = np.full((n_rows * SIDE + 2 * TOP, n_columns * SIDE + 2 * LEFT), paper, np.float32)
    for i in range(n_rows + 1):
        photo[TOP + i * SIDE : TOP + i * SIDE + 3, LEFT : LEFT + n_columns * SIDE + 3] = line
    for j in range(n_columns + 1):
        photo[TOP : TOP + n_rows * SIDE + 3, LEFT + j * SIDE : LEFT + j * SIDE + 3] = line
    for i, row in enumerate(numbers):
        for j, number in enumerate(row):
            if number is not None:
                top, left = TOP + i * SIDE + 13, LEFT + j * SIDE + 13
                place = photo[top : top + 56, left : left + 56]
                place -= (paper - ink) * (images[number] / np.float32(255))
    return photo.astype(np.uint8)


def labels_of(numbers=NUMBERS):
    _, labels = written()
    return [["" if number is None else str(labels[number]) for number in row] for row in numbers]


def test_cells_are_read_in_their_places():
    cells = small_reader().read_cells(grid_photo())
    assert isinstance(cells, Cells)
    assert cells.shape == (3, 4)
    assert cells.labels.tolist() == cells.best.tolist() == labels_of()
    assert ((cells.probabilities == 0) == (cells.labels == "")).all()
    assert (cells.probabilities[cells.labels != ""] == 1).all()


@pytest.mark.parametrize("factor", [1, 8])
def test_boxes_are_those_of_the_cells_in_the_file(factor):
    photo = np.kron(grid_photo(), np.ones((factor, factor), np.uint8))
    boxes = small_reader(rotation=0).read_cells(photo).boxes
    for i, j in np.ndindex(3, 4):
        left, top = LEFT + j * SIDE + 1.5, TOP + i * SIDE + 1.5
        expected = np.array([left, top, left + SIDE, top + SIDE])
        assert np.abs(boxes[i, j] / factor - expected).max() < 3


def seen_from_the_side(photo, table):
    height, width = photo.shape
    seen = rectangle(width, height) + np.array([[70, 50], [0, 20], [90, 70], [30, 90]])
    size = width + 120, height + 120
    to_flat = homography(seen, rectangle(width, height))
    picture = warped(photo, to_flat, *size)
    sheet = Image.new("L", photo.shape[::-1], 255)
    mask = sheet.transform(
        size, Image.Transform.PERSPECTIVE, tuple((to_flat / to_flat[2, 2]).ravel()[:8])
    )
    return np.where(np.asarray(mask) > 127, picture, table).astype(np.uint8)


@pytest.mark.parametrize("table", [60, 235])
def test_a_grid_from_the_side(table):
    cells = DigitReader(rotation=0).read_cells(seen_from_the_side(grid_photo(), table))
    assert cells.labels.tolist() == labels_of()


@pytest.mark.parametrize("n_quarters", range(4))
@pytest.mark.parametrize("rotation", ["auto", "given"])
def test_turned_grids_are_turned_back(n_quarters, rotation):
    degrees = 90 * n_quarters
    reader = DigitReader(rotation=degrees if rotation == "given" else "auto")
    cells = reader.read_cells(np.rot90(grid_photo(), n_quarters))
    assert cells.labels.tolist() == labels_of()
    assert cells.rotation == cells.to_dict()["rotation"] == degrees


def test_blank_grids_are_blank():
    cells = small_reader().read_cells(grid_photo([[None] * 4] * 3))
    assert (cells.labels == "").all()
    assert cells.digits == []


def test_unsure_digits_keep_their_best_guess():
    cells = DigitReader(unsure_classifier(), rotation=0).read_cells(grid_photo())
    assert set(cells.labels.ravel()) == {"", "?"}
    assert ((cells.best == "") == (cells.labels == "")).all()
    assert "?" not in cells.best
    assert [digit.best for digit in cells.digits] == cells.best[cells.best != ""].tolist()
    assert cells.text.splitlines()[0] == "? . ? ?"


def test_no_grid_is_told():
    with pytest.raises(ValueError, match="no grid was found"):
        small_reader().read_cells(np.full((200, 300), 220, np.uint8))


@pytest.fixture(scope="module")
def cells():
    return small_reader().read_cells(grid_photo())


def test_text_has_a_point_for_a_blank_cell(cells):
    rows = [" ".join(label or "." for label in row) for row in labels_of()]
    assert cells.text == str(cells) == "\n".join(rows)


def test_digits_have_the_row_for_a_line(cells):
    assert [digit.line for digit in cells.digits] == [0] * 3 + [1] * 2 + [2] * 3
    assert tuple(cells.digits[1].box) == tuple(cells.boxes[0, 2])


def test_cells_are_json(cells):
    restored = json.loads(json.dumps(cells.to_dict()))
    assert restored["labels"] == labels_of()
    assert restored["boxes"][1][2] == cells.boxes[1, 2].tolist()
    assert np.shape(restored["probabilities"]) == (3, 4)


def test_cells_show_themselves_as_a_table(cells):
    html = cells._repr_html_()
    assert html.startswith("<table>")
    assert html.count("<td") == 3 * 5


def test_plot_marks_the_cells_that_are_not_blank(cells, pyplot):
    axes = cells.plot()
    assert [text.get_text() for text in axes.texts] == [digit.label for digit in cells.digits]
