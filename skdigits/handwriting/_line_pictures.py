"""Pictures of written lines: paper, print, light and camera."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from skdigits.handwriting._drawings import Random
from skdigits.handwriting._line_writing import Line
from skdigits.handwriting._printed_paper import Print, draw_pattern, draw_rule

Picture = NDArray[np.float32]  # (height, width), grey levels

_PATTERNED, _INVERTED, _COMPRESSED = 0.5, 0.1, 0.6  # shares of the pictures
_LARGE_PIXELS = 0.06
_MOST_CUT, _MOST_OF_INK = 0.1, 0.25  # at an edge: heights of a digit, share of the line


def picture_of(line: Line, random: Random) -> NDArray[np.uint8]:
    """Take a picture of a line on a random kind of paper."""
    ink, foot, columns = _cut_out(line, random)
    if random.uniform() < _LARGE_PIXELS:
        ink = _in_large_pixels(ink, line.height, random)
    printed = _printed(ink.shape, foot, columns, line.height, random)
    picture = _lit(_inked(ink, printed, random), random)
    return _photographed(picture, line.height, random)


def _cut_out(line: Line, random: Random) -> tuple[Print, float, NDArray[np.float64]]:
    """Leave some paper around a line, or cut off a little of it."""
    sides = random.uniform(0, 0.55, 4) * random.uniform(0.1, 1) * line.height
    wide = random.uniform(size=4) < 0.08
    sides[wide] += line.height * random.uniform(0.2, 1.2)
    is_cut = random.uniform(size=4) < 0.06
    sides[is_cut] = -random.uniform(0, _MOST_CUT) * line.height
    height, width = line.ink.shape
    # A single 1 may be narrow.
    sides = np.maximum(sides, -_MOST_OF_INK * np.array([height, height, width, width]))
    top, bottom, left, right = np.round(sides).astype(int)
    kept = line.ink[max(0, -top) : height + min(0, bottom), max(0, -left) : width + min(0, right)]
    padded = np.pad(kept, ((max(0, top), max(0, bottom)), (max(0, left), max(0, right))))
    return padded, line.foot + top, np.array(line.columns, float) + left


def _in_large_pixels(ink: Print, digit: float, random: Random) -> Print:
    """Enlarge a coarse picture of the ink: a digit is 6 to 14 pixels high."""
    side = max(1, round(digit / random.uniform(6, 14)))
    height, width = ink.shape
    whole = np.pad(ink, ((0, -height % side), (0, -width % side)))
    coarse = whole.reshape(len(whole) // side, side, -1, side).mean(axis=(1, 3))
    return np.kron(coarse, np.ones((side, side), np.float32))[:height, :width]


def _printed(
    shape: tuple[int, int], foot: float, columns: NDArray[np.float64], digit: float, random: Random
) -> Print:
    """Print patterns, rules and boxes, from 0 (paper) to 1 (as dark as the ink)."""
    printed = np.zeros(shape, np.float32)
    if random.uniform() < _PATTERNED:
        printed += random.triangular(0.05, 0.25, 0.7) * draw_pattern(shape, random)
    for draw in (_rules, _boxes):
        np.maximum(printed, draw(shape, foot, columns, digit, random), out=printed)
    return printed


def _rules(
    shape: tuple[int, int], foot: float, columns: NDArray[np.float64], digit: float, random: Random
) -> Print:
    """Print rules below, above and through the digits."""
    printed = np.zeros(shape, np.float32)
    slope = random.normal(0, 0.012)
    thickness = random.uniform(0.8, 1 + 0.06 * digit)
    strength = random.uniform(0.25, 1.2)
    rows = []
    if random.uniform() < 0.4:
        rows.append(foot + digit * random.uniform(-0.1, 0.4))
    if random.uniform() < 0.1:
        rows.append(foot - digit * random.uniform(0.9, 1.4))
    if random.uniform() < 0.04:
        rows.append(foot - digit * random.uniform(0.1, 0.9))
    if random.uniform() < 0.08:  # squared or lined paper
        spacing = digit * random.uniform(0.4, 1.6)
        rows += list(np.arange(random.uniform(0, spacing), shape[0], spacing))
        strength *= 0.6
    for row in rows:
        rule = draw_rule(shape, row - slope * shape[1] / 2, slope, thickness, random)
        np.maximum(printed, strength * rule, out=printed)
        if random.uniform() < 0.15:
            rule = draw_rule(
                shape, row + digit * random.uniform(0.06, 0.2), slope, thickness, random
            )
            np.maximum(printed, strength * rule, out=printed)
    return printed


def _boxes(
    shape: tuple[int, int], foot: float, columns: NDArray[np.float64], digit: float, random: Random
) -> Print:
    """Print the sides of boxes: around the line, or around each digit."""
    printed = np.zeros(shape, np.float32)
    thickness, slope = random.uniform(0.8, 1 + 0.06 * digit), random.normal(0, 0.01)
    strength = random.uniform(0.25, 1.1)
    kind = random.uniform()
    uprights: list[float] = []
    if kind < 0.12:
        uprights = [random.uniform(-1, 0.12 * digit), shape[1] - random.uniform(0, 0.12 * digit)]
        uprights = uprights if random.uniform() < 0.4 else uprights[: 1 + random.randint(2)][-1:]
    elif kind < 0.2:
        uprights = [column - digit * random.uniform(0.02, 0.12) for column in columns[:-1]]
        uprights.append(float(columns[-1]) + digit * random.uniform(0.02, 0.12))
    for column in uprights:
        side = draw_rule(shape, column, slope, thickness, random, upright=True)
        np.maximum(printed, strength * side, out=printed)
    if 0.06 < kind < 0.2:
        for row in foot + digit * np.array(
            [random.uniform(0.05, 0.3), random.uniform(-1.3, -1.05)]
        ):
            rule = draw_rule(shape, row, slope, thickness, random)
            np.maximum(printed, strength * rule, out=printed)
    return printed


def _inked(ink: Print, printed: Print, random: Random) -> Picture:
    """Lay print and ink on paper."""
    paper = random.uniform(110, 255) if random.uniform() < 0.6 else random.uniform(200, 255)
    darkness = random.triangular(0.3, 0.8, 0.95)
    level = paper * (1 - darkness)
    if random.uniform() < 0.3:  # a pen that does not cover evenly
        blotches = ndimage.zoom(random.uniform(0.6, 1, (3, max(2, ink.shape[1] // 16))), 4, order=1)
        rows = np.linspace(0, len(blotches) - 1, len(ink)).astype(int)
        across = np.linspace(0, blotches.shape[1] - 1, ink.shape[1]).astype(int)
        ink = ink * blotches[rows][:, across].astype(np.float32)
    picture = paper - (paper - level) * np.clip(printed, 0, 1.2)
    return (picture + (level - picture) * ink).astype(np.float32)


def _lit(picture: Picture, random: Random) -> Picture:
    """Darken a picture towards one side, and sometimes beyond an edge."""
    rows, columns = np.ogrid[-0.5 : 0.5 : len(picture) * 1j, -0.5 : 0.5 : picture.shape[1] * 1j]
    direction = random.uniform(0, 2 * np.pi)
    along = np.sin(direction) * rows + np.cos(direction) * columns
    light = 1 + random.uniform(-0.2, 0.2) * along
    if random.uniform() < 0.12:
        edge = (along - random.uniform(-0.5, 0.5)) / random.uniform(0.005, 0.15)
        light = light * (1 - random.uniform(0.1, 0.4) / (1 + np.exp(-np.clip(edge, -50, 50))))
    return np.asarray(picture * light, np.float32)


def _photographed(picture: Picture, digit: float, random: Random) -> NDArray[np.uint8]:
    """Blur, add noise, coarsen, compress and invert a picture."""
    from PIL import Image

    blur = random.uniform(0.3, 0.5 + 0.03 * digit) * random.uniform(0.4, 1)
    picture = ndimage.gaussian_filter(picture, blur, mode="nearest")
    noise = random.uniform(0, 10) if random.uniform() < 0.5 else random.uniform(0, 3)
    grain = random.standard_normal(picture.shape)
    if random.uniform() < 0.3:
        grain = 1.5 * ndimage.uniform_filter(grain, 2)
    grey = np.clip(picture + noise * grain, 0, 255).astype(np.uint8)
    if random.uniform() < _INVERTED:
        grey = 255 - grey
    image = Image.fromarray(grey)
    if random.uniform() < 0.2 and digit > 20:
        share = random.uniform(14, digit) / digit
        size = (max(8, round(image.width * share)), max(8, round(image.height * share)))
        image = image.resize(size, Image.Resampling.BILINEAR)
    if random.uniform() < _COMPRESSED:
        stream = BytesIO()
        image.save(stream, "JPEG", quality=int(random.randint(25, 96)))
        image = Image.open(stream)
    return np.array(image, np.uint8)
