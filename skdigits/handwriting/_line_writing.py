"""Lines in the hand of one writer."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from skdigits.handwriting._drawings import Random, draw_stroke
from skdigits.handwriting._marks import MARKS, Stroke, noughts

Ink = NDArray[np.float32]  # (height, width), from 0 to 1

_DETAIL = 40  # pixels: side to which a digit is enlarged before its strokes are measured
_OVERSAMPLING = 3  # of drawn strokes
_FAR = -8.0  # pixels: beyond the ink


class Characters(NamedTuple):
    """Images to write with: those of a character are at `places[character]`."""

    images: NDArray[np.uint8]  # (n_images, 28, 28)
    places: dict[str, NDArray[np.int64]]


class Hand(NamedTuple):
    """The hand of a writer. Lengths are in heights of a digit."""

    height: float  # of a digit, in pixels
    slant: float
    stretch: float
    pen: float  # half the thickness of a stroke
    spacing: float
    touching: float  # share of the digits that touch the one before
    unsteadiness: float  # variation of the digits in size and place
    drift: float  # slope of the line
    favours: float  # share of the digits that repeat the image of the same digit before
    joins: bool  # noughts in one stroke
    nought: float  # height of a 0


class Line(NamedTuple):
    """A written line."""

    ink: Ink
    height: float  # of its digits, in pixels
    foot: float  # row of the feet of its digits
    columns: list[int]  # the left end of each character, and the right end of the last one


def draw_hand(random: Random) -> Hand:
    """Draw the hand of a writer at random."""
    return Hand(
        height=float(np.exp(random.uniform(np.log(12), np.log(52)))),
        slant=random.normal(0.08, 0.2),
        stretch=float(np.exp(random.normal(0, 0.13))),
        pen=random.triangular(0.02, 0.05, 0.1),
        spacing=random.uniform(0.02, 0.4) if random.uniform() < 0.85 else random.uniform(0.4, 1.0),
        touching=random.choice([0, 0, 0.15, 0.4]),
        unsteadiness=random.uniform(0.2, 1.0),
        drift=random.normal(0, 0.03),
        favours=random.choice([0, 0.8]),
        joins=random.uniform() < 0.25,
        nought=random.uniform(0.5, 1) if random.uniform() < 0.15 else 1,
    )


def write_line(text: str, characters: Characters, hand: Hand, random: Random) -> Line:
    """Write the characters of a text side by side."""
    room = round(1.5 * hand.height)  # above the feet
    sheet_height = round(2.5 * hand.height)
    rights = np.full(sheet_height, -np.inf)  # where the ink of each row ends
    placed: list[tuple[Ink, int, int]] = []
    columns: list[int] = []
    known: dict[str, NDArray[np.uint8]] = {}
    right = gap = 0.0
    for character, run in groupby(text):
        n_times = len(list(run))
        if character == " ":
            gap += hand.height * random.uniform(0.3, 0.8)
            continue
        is_joined = character == "0" and n_times > 1 and hand.joins
        for _ in range(1 if is_joined else n_times):
            if is_joined:
                ink, foot = _drawn(noughts(n_times, random), hand)
            elif character in MARKS:
                ink, foot = _drawn(MARKS[character](random), hand)
            else:
                image = known.get(character)
                if image is None or random.uniform() >= hand.favours:
                    image = characters.images[random.choice(characters.places[character])]
                    known[character] = image
                ink = _written(image, hand, hand.nought if character == "0" else 1, random)
                foot = len(ink) - random.normal(0, 0.05 * hand.unsteadiness) * hand.height
            if not ink.size:
                continue
            drop = hand.drift * right if placed else 0
            top = int(np.clip(room - foot + drop, 0, sheet_height - len(ink)))
            left = _place(rights, ink, top, gap + _gap(hand, random), right) if placed else 0
            _note(rights, ink, top, left)
            placed.append((ink, top, left))
            columns += [left + i * ink.shape[1] // (n_times if is_joined else 1)
                        for i in range(n_times if is_joined else 1)]  # fmt: skip
            right, gap = max(right, left + ink.shape[1]), 0.0
    sheet = np.zeros((sheet_height, max(1, int(right))), np.float32)
    for ink, top, left in placed:
        place = sheet[top : top + len(ink), left : left + ink.shape[1]]
        np.maximum(place, ink, out=place)
    rows = np.flatnonzero(sheet.max(axis=1) > 0.3)
    first, last = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, sheet_height)
    return Line(sheet[first:last], hand.height, room - first, [*columns, int(right)])


def _gap(hand: Hand, random: Random) -> float:
    if random.uniform() < hand.touching:
        return -hand.height * random.uniform(0, 0.12)
    return hand.height * max(0.02, hand.spacing + random.normal(0, 0.08) * hand.unsteadiness)


def _place(rights: NDArray[np.float64], ink: Ink, top: int, gap: float, right: float) -> int:
    """Find the column at which the ink of a character is `gap` away from the ink before it."""
    is_inked = ink > 0.3
    rows = is_inked.any(axis=1)
    near = ndimage.maximum_filter1d(rights, 5)[top : top + len(ink)]
    nearest = (near - is_inked.argmax(axis=1))[rows].max(initial=-np.inf)
    # A character does not move far below or above the one before it.
    return int(max(nearest + gap, right - 0.4 * ink.shape[1], 0))


def _note(rights: NDArray[np.float64], ink: Ink, top: int, left: int) -> None:
    is_inked = ink > 0.3
    ends = np.where(
        is_inked.any(axis=1), left + ink.shape[1] - is_inked[:, ::-1].argmax(axis=1), -np.inf
    )
    rows = rights[top : top + len(ink)]
    np.maximum(rows, ends, out=rows)


def _written(image: NDArray[np.uint8], hand: Hand, size: float, random: Random) -> Ink:
    """Write the digit of an image with the slant, size and pen of a hand."""
    from PIL import Image

    large = Image.fromarray(image).resize((_DETAIL, _DETAIL), Image.Resampling.BICUBIC)
    mask = np.asarray(large) > 127
    inside = ndimage.distance_transform_edt(mask)
    distance = (inside - ndimage.distance_transform_edt(~mask)).astype(np.float32)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    size *= hand.height * np.exp(random.normal(0, 0.07 * hand.unsteadiness))
    scale = size / max(height, 0.7 * width)
    slant = hand.slant + random.normal(0, 0.06 * hand.unsteadiness)
    stretch = hand.stretch * np.exp(random.normal(0, 0.06 * hand.unsteadiness))
    angle = random.normal(0, 0.04 * hand.unsteadiness)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = scale * turn @ np.array([[stretch, -slant], [0, 1]])
    middle = np.array([columns[0] + columns[-1], rows[0] + rows[-1]]) / 2 + 0.5
    sides = np.abs(matrix) @ [width, height] + 0.3 * size + 4
    inverse = np.linalg.inv(matrix)
    x, y = middle - inverse @ (sides / 2)
    place = Image.fromarray(distance).transform(
        (int(sides[0]), int(sides[1])),
        Image.Transform.AFFINE,
        (*inverse[0], x, *inverse[1], y),
        Image.Resampling.BILINEAR,
        fillcolor=_FAR,
    )
    half = 2 * scale * float(inside[mask].mean())  # half the thickness of a stroke
    grown = np.clip(hand.pen * hand.height - half, -0.45 * half, 1.2 * half)
    coverage = scale * np.asarray(place) + grown + 0.5
    return _trimmed(np.clip(coverage, 0, 1).astype(np.float32))


def _drawn(strokes: list[Stroke], hand: Hand) -> tuple[Ink, float]:
    """Draw strokes; return the drawing, and its row of the feet of digits."""
    from PIL import Image

    shear = np.array([[hand.stretch, 0], [-hand.slant, 1]])
    pen = max(hand.pen * hand.height, 0.5)
    paths = [hand.height * stroke @ shear for stroke in strokes]
    points = np.concatenate(paths)
    low, high = points.min(axis=0) - pen - 1, points.max(axis=0) + pen + 1
    low = np.floor(low)
    columns, rows = np.ceil(high - low).astype(int)
    drawing = Image.new("L", (_OVERSAMPLING * columns, _OVERSAMPLING * rows))
    for path in paths:
        draw_stroke(drawing, _OVERSAMPLING * (path - low), 2 * pen * _OVERSAMPLING)
    ink: Ink = np.asarray(drawing.reduce(_OVERSAMPLING), np.float32) / np.float32(255)
    inked = np.flatnonzero((ink > 0.3).any(axis=1))
    trimmed = _trimmed(ink)
    first = inked[0] if len(inked) else 0
    return trimmed, float(hand.height - low[1] - first)


def _trimmed(ink: Ink) -> Ink:
    is_inked = ink > 0.3
    rows, columns = np.flatnonzero(is_inked.any(axis=1)), np.flatnonzero(is_inked.any(axis=0))
    if not len(rows):
        return ink[:0, :0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
