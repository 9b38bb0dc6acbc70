"""Marks between and beside digits, such as points and dashes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from skdigits.handwriting._drawings import Random

Stroke = NDArray[
    np.float64
]  # (n_points, 2): columns and rows, in heights of a digit, 1 at its foot


def _point(random: Random) -> list[Stroke]:
    return [_unsteady([(0, 0.97), (random.uniform(0, 0.06), 0.97)], random)]


def _comma(random: Random) -> list[Stroke]:
    length = random.uniform(0.1, 0.28)
    return [_unsteady([(0.5 * length, 0.95), (0, 0.95 + length)], random)]


def _apostrophe(random: Random) -> list[Stroke]:
    return [_unsteady([(0.06, -0.1), (0, random.uniform(0, 0.15))], random)]


def _dash(random: Random) -> list[Stroke]:
    length, row = random.uniform(0.25, 1.0), random.uniform(0.35, 0.75)
    return [_unsteady([(0, row), (length, row - random.uniform(-0.08, 0.15))], random)]


def _double_dash(random: Random) -> list[Stroke]:
    gap = random.uniform(0.15, 0.3)
    upper = _dash(random)[0]
    lower = upper + np.array([random.uniform(-0.1, 0.1), gap])
    lower[-1, 0] += random.uniform(-0.2, 0.2)
    return [upper, lower]


def _flourish(random: Random) -> list[Stroke]:
    """Cross out the rest of a line with a straight or a wavy stroke."""
    length, row = random.uniform(1, 3), random.uniform(0.35, 0.8)
    columns = np.linspace(0, length, 16)
    waves = random.choice([0, 0, 1]) * random.uniform(0.03, 0.12)
    rows = row + waves * np.sin(columns * random.uniform(4, 10)) - columns * random.normal(0, 0.04)
    return [np.column_stack([columns, rows])]


def _dollar(random: Random) -> list[Stroke]:
    angles = np.linspace(-0.2, 1.5 * np.pi, 10)
    upper = np.column_stack([0.25 + 0.22 * np.cos(angles), 0.27 - 0.22 * np.sin(angles)])
    snake = np.concatenate([upper, [0.5, 1.0] - upper[::-1]])
    columns = (0.25,) if random.uniform() < 0.6 else (0.18, 0.32)
    bars = [_unsteady([(column, -0.12), (column, 1.12)], random) for column in columns]
    return [snake, *bars]


def _hash(random: Random) -> list[Stroke]:
    bars = [[(0.2, 0.05), (0.1, 0.95)], [(0.5, 0.05), (0.4, 0.95)]]
    bars += [[(0.0, 0.35), (0.6, 0.32)], [(0.0, 0.68), (0.6, 0.65)]]
    return [_unsteady(bar, random) for bar in bars]


def noughts(n_noughts: int, random: Random) -> list[Stroke]:
    """Write noughts in one stroke: connected loops, some with a tail."""
    width, height = random.uniform(0.35, 0.75), random.uniform(0.45, 1.0)
    step = width * random.uniform(0.85, 1.5)
    start = random.uniform(0.3, 0.7) * np.pi
    turns = np.linspace(
        0, 2 * np.pi * (n_noughts - 1) + random.uniform(1.9, 2.3) * np.pi, 18 * n_noughts
    )
    # The pen moves on while it is at the top.
    moves = turns - random.uniform(0.6, 1) * np.sin(turns)
    columns = width / 2 * np.cos(start + turns) + step * np.clip(
        moves / (2 * np.pi), 0, n_noughts - 1
    )
    rows = 1 - height / 2 - height / 2 * np.sin(start + turns)
    sizes = 1 + random.normal(0, 0.08) * columns
    loops = np.column_stack([columns, 1 + (rows - 1) * np.clip(sizes, 0.7, 1.3)])
    return [loops + random.normal(0, 0.008, loops.shape)]


def _unsteady(points: list[tuple[float, float]], random: Random) -> Stroke:
    return np.array(points) + random.normal(0, 0.02, (len(points), 2))


MARKS: dict[str, Callable[[Random], list[Stroke]]] = {
    ".": _point,
    ",": _comma,
    "'": _apostrophe,
    "-": _dash,
    "=": _double_dash,
    "~": _flourish,
    "$": _dollar,
    "#": _hash,
}
