"""Print on paper: rules, boxes and security patterns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from skdigits.handwriting._drawings import Random

Print = NDArray[np.float32]  # (height, width), from 0 (paper) to 1 (printed)
Shape = tuple[int, int]


def draw_pattern(shape: Shape, random: Random) -> Print:
    """Print one to three security patterns over each other."""
    pattern = np.zeros(shape, np.float32)
    for _ in range(random.randint(1, 4)):
        kind = _PATTERNS[random.randint(len(_PATTERNS))]
        np.maximum(pattern, random.uniform(0.3, 1) * kind(shape, random), out=pattern)
    if random.uniform() < 0.3:  # only on a part of the paper
        pattern *= _one_side(shape, random)
    return pattern


def _grid(shape: Shape) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return rows.astype(np.float32), columns.astype(np.float32)


def _guilloche(shape: Shape, random: Random) -> Print:
    """Draw parallel waves."""
    rows, columns = _grid(shape)
    period = random.uniform(3.5, 14)
    angle = random.normal(0, 0.25) if random.uniform() < 0.7 else random.uniform(0, np.pi)
    across = np.cos(angle) * rows - np.sin(angle) * columns
    along = np.sin(angle) * rows + np.cos(angle) * columns
    for _ in range(random.randint(1, 3)):
        wave_length = random.uniform(15, 200)
        phase = random.uniform(0, 2 * np.pi)
        height = random.uniform(0, 1.5) * min(period, 0.12 * wave_length)
        across = across + height * np.sin(2 * np.pi / wave_length * along + phase)
    return _lines(across, period, random.uniform(0.7, 2))


def _fan(shape: Shape, random: Random) -> Print:
    """Draw circles or rays about a point on or beside the paper."""
    rows, columns = _grid(shape)
    rows = rows - random.uniform(-2, 3) * shape[0]
    columns = columns - random.uniform(-0.3, 1.3) * shape[1]
    if random.uniform() < 0.6:
        return _lines(np.hypot(rows, columns), random.uniform(4, 14), random.uniform(0.7, 2))
    return _lines(np.arctan2(rows, columns), np.pi / random.randint(20, 90), 0.02)


def _lines(across: NDArray[np.float32], period: float, width: float) -> Print:
    """Draw lines where a coordinate is a multiple of a period."""
    distance = np.abs((across / period + 0.5) % 1 - 0.5) * period
    return np.asarray(np.clip(1 - distance / width, 0, 1), np.float32)


def _dots(shape: Shape, random: Random) -> Print:
    rows, columns = _grid(shape)
    period, angle = random.uniform(2.5, 7), random.uniform(0, np.pi / 2)
    first = np.cos(angle) * rows - np.sin(angle) * columns
    second = np.sin(angle) * rows + np.cos(angle) * columns
    waves = np.cos(2 * np.pi / period * first) + np.cos(2 * np.pi / period * second)
    return np.asarray(np.clip(waves - random.uniform(-0.5, 1.2), 0, 1), np.float32)


def _grain(shape: Shape, random: Random) -> Print:
    grain = random.uniform(size=shape)
    return np.asarray(np.clip(3 * (grain - random.uniform(0.4, 0.9)), 0, 1), np.float32)


def _one_side(shape: Shape, random: Random) -> Print:
    rows, columns = _grid(shape)
    slope = random.normal(0, 0.3)
    middle = random.uniform(0, 1, 2) * shape
    if random.uniform() < 0.5:
        side = rows - middle[0] + slope * (columns - middle[1])
    else:
        side = columns - middle[1] + slope * (rows - middle[0])
    return np.asarray(np.clip(random.choice([-1, 1]) * side, 0, 1), np.float32)


_PATTERNS: tuple[Callable[[Shape, Random], Print], ...] = (
    _guilloche,
    _guilloche,
    _guilloche,
    _fan,
    _dots,
    _grain,
)


def draw_rule(
    shape: Shape,
    start: float,
    slope: float,
    thickness: float,
    random: Random,
    *,
    upright: bool = False,
) -> Print:
    """Print a line across the paper, sometimes dotted or interrupted."""
    rows, columns = _grid(shape)
    across, along = (columns, rows) if upright else (rows, columns)
    bend = random.normal(0, 0.3) * np.sin(along / (20 + 100 * random.uniform()))
    distance = np.abs(across - start - slope * along - bend)
    rule: Print = np.clip(thickness / 2 + 0.5 - distance, 0, 1).astype(np.float32)
    if random.uniform() < 0.15:
        period = thickness * random.uniform(2, 6) + 1
        rule *= ((along / period) % 1 < random.uniform(0.4, 0.8)).astype(np.float32)
    if random.uniform() < 0.15:
        ends = np.sort(random.uniform(-0.2, 1.2, 2)) * (shape[0] if upright else shape[1])
        rule *= ((along >= ends[0]) & (along <= ends[1])).astype(np.float32)
    return rule
