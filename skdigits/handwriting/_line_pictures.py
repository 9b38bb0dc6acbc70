"""Pictures of written lines: paper, print, light and camera."""

from __future__ import annotations

from collections.abc import Sequence
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
# Shares of the lines with a box around each digit: of those whose digits lie apart, and of others.
_BOXED_APART, _BOXED = 0.5, 0.08
_APART = 0.35  # heights of a digit between digits
_DOUBLE = 0.4  # share of the boxes that do not share their sides
_BOXED_AS_A_WHOLE = 0.12
_MOST_CUT, _MOST_OF_INK = 0.1, 0.25  # at an edge: heights of a digit, share of the line


def picture_of(line: Line, random: Random) -> NDArray[np.uint8]:
    """Take a picture of a line on a random kind of paper."""
    ink, foot, spans = _cut_out(line, random)
    if random.uniform() < _LARGE_PIXELS:
        ink = _in_large_pixels(ink, line.height, random)
    printed = _printed(ink.shape, foot, spans, line.height, random)
    picture = _lit(_inked(ink, printed, random), random)
    return _photographed(picture, line.height, random)


def _cut_out(line: Line, random: Random) -> tuple[Print, float, NDArray[np.float64]]:
    """Leave some paper around a line, or cut off a little of it."""
    sides = random.uniform(0, 0.55, 4) * random.uniform(0.1, 1) * line.height
    wide = random.uniform(size=4) < 0.12
    sides[wide] += line.height * random.uniform(0.2, 1.2)
    is_cut = random.uniform(size=4) < 0.06
    sides[is_cut] = -random.uniform(0, _MOST_CUT) * line.height
    height, width = line.ink.shape
    # A single 1 may be narrow.
    sides = np.maximum(sides, -_MOST_OF_INK * np.array([height, height, width, width]))
    top, bottom, left, right = np.round(sides).astype(int)
    kept = line.ink[max(0, -top) : height + min(0, bottom), max(0, -left) : width + min(0, right)]
    padded = np.pad(kept, ((max(0, top), max(0, bottom)), (max(0, left), max(0, right))))
    return padded, line.foot + top, np.array(line.spans, float).reshape(-1, 2) + left


def _in_large_pixels(ink: Print, digit: float, random: Random) -> Print:
    """Enlarge a coarse picture of the ink: a digit is 6 to 14 pixels high."""
    side = max(1, round(digit / random.uniform(6, 14)))
    height, width = ink.shape
    whole = np.pad(ink, ((0, -height % side), (0, -width % side)))
    coarse = whole.reshape(len(whole) // side, side, -1, side).mean(axis=(1, 3))
    return np.kron(coarse, np.ones((side, side), np.float32))[:height, :width]


def _printed(
    shape: tuple[int, int], foot: float, spans: NDArray[np.float64], digit: float, random: Random
) -> Print:
    """Print patterns, rules and boxes, from 0 (paper) to 1 (as dark as the ink)."""
    printed = np.zeros(shape, np.float32)
    if random.uniform() < _PATTERNED:
        printed += random.triangular(0.05, 0.25, 0.7) * draw_pattern(shape, random)
    np.maximum(printed, _rules(shape, foot, digit, random), out=printed)
    np.maximum(printed, _boxes(shape, foot, spans, digit, random), out=printed)
    return printed


def _rules(shape: tuple[int, int], foot: float, digit: float, random: Random) -> Print:
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
    shape: tuple[int, int], foot: float, spans: NDArray[np.float64], digit: float, random: Random
) -> Print:
    """Print the sides of boxes: around each digit, or around the line."""
    gaps = spans[1:, 0] - spans[:-1, 1]
    is_apart = np.median(gaps) > _APART * digit if len(gaps) else False
    if random.uniform() < (_BOXED_APART if is_apart else _BOXED):
        return _box_per_digit(shape, foot, spans, digit, random)
    if random.uniform() < _BOXED_AS_A_WHOLE:
        uprights = [random.uniform(-1, 0.12 * digit), shape[1] - random.uniform(0, 0.12 * digit)]
        chosen = uprights if random.uniform() < 0.4 else [uprights[random.randint(2)]]
        rows = [0.05, -1.05] + random.uniform(0, 0.25, 2) * [1, -1]
        has_rows = random.uniform() < 0.5
        return _sides(shape, chosen, foot + digit * rows if has_rows else [], digit, random)
    return np.zeros(shape, np.float32)


def _box_per_digit(
    shape: tuple[int, int], foot: float, spans: NDArray[np.float64], digit: float, random: Random
) -> Print:
    """Print boxes around digits, which share their sides or lie apart from one another."""
    if not len(spans):
        return np.zeros(shape, np.float32)
    rights = np.array([spans[0, 0] - digit * random.uniform(0.05, 0.8), *spans[:, 1]])
    lefts = np.array([*spans[:, 0], spans[-1, 1] + digit * random.uniform(0.05, 0.8)])
    gaps = np.maximum(0, lefts - rights)
    middles = (rights + lefts) / 2 + random.uniform(-0.3, 0.3, len(gaps)) * gaps
    between = np.zeros(len(gaps))
    if random.uniform() < _DOUBLE:
        between[1:-1] = np.minimum(random.uniform(0.03, 0.3) * digit, 0.5 * gaps[1:-1])
    rows = foot + digit * np.array([random.uniform(0.05, 0.5), random.uniform(-1.7, -1.05)])
    uprights = np.unique([middles - between / 2, middles + between / 2])
    printed = _sides(shape, uprights, rows, digit, random)
    columns = np.arange(shape[1])[:, np.newaxis]
    printed[:, (np.abs(columns - middles) < between / 2 - 1).any(axis=1)] = 0
    return printed


def _sides(
    shape: tuple[int, int],
    uprights: Sequence[float] | NDArray[np.float64],
    rows: Sequence[float] | NDArray[np.float64],
    digit: float,
    random: Random,
) -> Print:
    """Print the sides of boxes, upright and across."""
    printed = np.zeros(shape, np.float32)
    thickness, slope = random.uniform(0.8, 1 + 0.08 * digit), random.normal(0, 0.012)
    strength = random.uniform(0.25, 1.1)
    for places, upright, tilt in ((uprights, True, -slope), (rows, False, slope)):
        for place in places:
            side = draw_rule(shape, float(place), tilt, thickness, random, upright=upright)
            np.maximum(printed, strength * side, out=printed)
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
