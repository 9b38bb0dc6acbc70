"""Handwriting styles that MNIST lacks, drawn stroke by stroke.

Points are columns and rows in a digit of height 1 and about the same width, from its upper left
corner. A stroke is a smooth curve through its points; a corner is where two strokes meet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline

from skdigits.handwriting._drawings import MIDDLE, SIDE, Random, draw_stroke, pen_width

if TYPE_CHECKING:
    from PIL import Image

Stroke = NDArray[np.float64]  # (n_points, 2)
Style = Callable[[Random], list[Stroke]]

_HEIGHT, _WIDTH = 80, 96  # pixels of the drawing, at most
_UNSTEADY = 0.02  # standard deviation of a point, in heights
_N_POINTS = 24  # of a curve


def draw_style(style: Style, random: Random) -> Image.Image:
    """Write a digit in a style, with one pen."""
    from PIL import Image

    drawing = Image.new("L", (SIDE, SIDE))
    width = pen_width(random)
    strokes = [_curve(stroke, random) for stroke in style(random)]
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = min(np.array([_WIDTH, _HEIGHT]) / (high - low))
    for stroke in strokes:
        draw_stroke(drawing, MIDDLE + scale * (stroke - (low + high) / 2), width)
    return drawing


def _curve(stroke: Stroke, random: Random) -> Stroke:
    """Draw a curve through points that are moved a little at random."""
    points = stroke + random.normal(0, _UNSTEADY, stroke.shape)
    way = np.concatenate([[0], np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1)).cumsum()])
    spline = make_interp_spline(way, points, k=min(2, len(points) - 1))
    curve: Stroke = spline(np.linspace(0, way[-1], _N_POINTS))
    return curve


def _stroke(*points: tuple[float, float]) -> Stroke:
    return np.array(points, dtype=float)


def _arc(
    middle: tuple[float, float], radii: tuple[float, float], start: float, stop: float
) -> Stroke:
    """Return an arc of an ellipse; degrees start at its right end and increase over its top."""
    angles = np.radians(np.linspace(start, stop, max(4, int(abs(stop - start) // 30))))
    circle: Stroke = np.column_stack([np.cos(angles), -np.sin(angles)])
    return np.array(middle) + np.array(radii) * circle


def _wide_zero(random: Random) -> list[Stroke]:
    """Write a 0 that is about as wide as high, or wider, and not always closed."""
    start = random.uniform(20, 150)
    turn = random.choice([-1, 1]) * random.uniform(340, 390)
    radii = 0.5 * random.uniform(0.8, 1.45), 0.5
    return [_arc((0.5, 0.5), radii, start, start + turn)]


def _one_with_up_stroke(random: Random) -> list[Stroke]:
    """Write a 1 whose up-stroke may be as long as its stem, sometimes with a foot."""
    top = random.uniform(-0.05, 0.12)  # of the stem, right of its foot
    length = random.uniform(0.25, 1.0)
    # A long and flat up-stroke would make it a 7.
    angle = random.uniform(0.2, 1.2 if length < 0.5 else 0.7)
    reach, depth = length * np.sin(angle), length * np.cos(angle)
    bend = random.normal(0.0, 0.05)
    start = (top - reach, depth)
    strokes = [
        _stroke(start, (top - reach / 2 + bend, depth / 2 + bend), (top, 0)),
        _stroke((top, 0), (0, 1)),
    ]
    if random.uniform() < 0.15:
        half = random.uniform(0.1, 0.3)
        strokes.append(_stroke((-half, 1), (half, 1)))
    return strokes


def _open_four(random: Random) -> list[Stroke]:
    """Write a 4 as a bent stroke and a stem that do not meet at the top."""
    width = random.uniform(0.45, 0.8)
    bar = random.uniform(0.45, 0.7)
    corner = (random.uniform(-0.08, 0.1), bar)
    start = (random.uniform(-0.02, 0.4) * width, random.uniform(-0.05, 0.15))
    end = (width * random.uniform(1.0, 1.45), bar + random.uniform(-0.08, 0.05))
    bent = [_stroke(start, corner), _stroke(corner, end)]
    if random.uniform() < 0.4:  # in one curve
        near = (corner[0] + 0.02, bar - 0.18), (corner[0] + 0.16, bar + 0.03)
        bent = [_stroke(start, *near, end)]
    column = width * random.uniform(0.75, 1.0)
    # The more the left stroke leans, the lower the stem begins, so that the 4 stays open.
    gap = (column - start[0]) / width
    top = random.uniform(-0.1, 0.25) + max(0.0, 0.35 * (0.75 - gap))
    stem = _stroke((column, top), (column - random.uniform(-0.05, 0.15), 1))
    return [*bent, stem]


def _crossed_seven(random: Random) -> list[Stroke]:
    """Write a 7 with a bar through its stem, sometimes with a wavy top and a serif."""
    width = random.uniform(0.45, 0.85)
    left = (0.0, random.uniform(-0.03, 0.12))
    right = (width, random.uniform(-0.06, 0.04))
    foot = (random.uniform(0.0, 0.45) * width, 1.0)
    bend = random.uniform(-0.02, 0.1)
    wave = random.uniform(0, 0.08)
    middle = ((right[0] + foot[0]) / 2 - bend, 0.5)
    top = _stroke(left, (0.3 * width, -wave), (0.7 * width, 0.5 * wave), right)
    place = random.uniform(0.4, 0.62)
    across = right[0] + (foot[0] - right[0]) * place - bend
    half = random.uniform(0.14, 0.36)
    tilt = random.uniform(-0.35, 0.7) * half / 2
    bar = _stroke(
        (across - half * random.uniform(0.7, 1.1), place + tilt), (across + half, place - tilt)
    )
    strokes = [top, _stroke(right, middle, foot), bar]
    if random.uniform() < 0.3:
        serif = (random.uniform(-0.06, 0.04), left[1] + random.uniform(0.1, 0.22))
        strokes.append(_stroke(left, serif))
    return strokes


def _nine(random: Random) -> tuple[Stroke, tuple[float, float], float]:
    """Return the loop of a 9, the point where the stem begins, and the height of the loop."""
    height = random.uniform(0.4, 0.55)
    radii = random.uniform(0.2, 0.32), height / 2
    loop = _arc((0.0, height / 2), radii, random.uniform(5, 60), random.uniform(350, 400))
    return loop, (radii[0] * random.uniform(0.9, 1.05), random.uniform(0.05, 0.2)), height


def _curled_nine(random: Random) -> list[Stroke]:
    """Write a 9 whose stem ends in a wide curve to the left, or in a curl."""
    loop, start, height = _nine(random)
    right = start[0]
    reach = random.uniform(0.35, 0.75)
    curl = random.uniform(0.0, 0.28)
    lowest = (right - 0.45 * reach, 1.0)
    stem = _stroke(
        start,
        (right + random.uniform(-0.02, 0.04), (height + 0.7) / 2),
        (right - random.uniform(0.02, 0.1), 0.86),
        lowest,
        (right - reach, 0.97 - curl),
    )
    return [loop, stem]


def _footed_nine(random: Random) -> list[Stroke]:
    """Write a 9 whose straight stem has a foot, or ends in a stroke to the right."""
    loop, (right, top), _ = _nine(random)
    end = (right - random.uniform(-0.03, 0.2), 1.0)
    left = random.choice([0.0, 1.0]) * random.uniform(0.08, 0.25)
    foot = _stroke(
        (end[0] - left, 1.0), (end[0] + random.uniform(0.1, 0.3), 1 - random.uniform(-0.02, 0.1))
    )
    return [loop, _stroke((right, top), end), foot]


def _curled_two(random: Random) -> list[Stroke]:
    """Write a 2 that begins with a wide curl, and ends in a loop or a wave."""
    width = random.uniform(0.5, 0.8)
    curl = random.uniform(0.12, 0.45)  # how far the curl extends down and back
    top = [
        (width * random.uniform(0.2, 0.5), curl + random.uniform(-0.05, 0.05)),
        (width * random.uniform(0.02, 0.12), 0.6 * curl + 0.05),
        (width * 0.3, random.uniform(0.0, 0.06)),
        (width * 0.7, random.uniform(-0.02, 0.06)),
        (width * random.uniform(0.8, 0.95), 0.27),
        (width * 0.6, 0.6),
        (width * 0.2, 0.92),
    ]
    wave = random.uniform(0.0, 0.16)  # height of a loop at the foot
    foot = [
        (width * random.uniform(-0.1, 0.05), 0.99),
        (width * random.uniform(-0.05, 0.1), 0.97 - wave),
        (width * 0.45, 0.95 - 0.2 * wave),
        (width * random.uniform(0.95, 1.3), random.uniform(0.9, 1.04)),
    ]
    return [_stroke(*top, *foot)]


def _curved_five(random: Random) -> list[Stroke]:
    """Write a 5 in one stroke, like an s: its top is a curve without a corner."""
    width = random.uniform(0.4, 0.75)
    waist = random.uniform(0.36, 0.48)
    return [
        _stroke(
            (width * random.uniform(0.85, 1.4), random.uniform(-0.06, 0.08)),
            (width * 0.45, random.uniform(0.0, 0.06)),
            (width * random.uniform(0.15, 0.3), 0.5 * waist),
            (width * 0.45, waist),
            (width * random.uniform(0.8, 1.0), 0.5 * (1 + waist)),
            (width * 0.55, 0.98),
            (width * random.uniform(-0.2, 0.1), random.uniform(0.86, 1.0)),
        )
    ]


def _open_eight(random: Random) -> list[Stroke]:
    """Write an 8 that does not close at the top."""
    width = random.uniform(0.45, 0.75)
    waist = random.uniform(0.4, 0.5)
    return [
        _stroke(
            (width * random.uniform(0.6, 0.85), random.uniform(0.04, 0.16)),
            (width * 0.45, random.uniform(0.0, 0.06)),
            (width * random.uniform(0.08, 0.2), 0.5 * waist),
            (width * 0.5, waist),
            (width * random.uniform(0.8, 1.0), 0.5 * (1 + waist)),
            (width * 0.45, 1.0),
            (width * random.uniform(0.0, 0.15), 0.5 * (1 + waist)),
            (width * 0.5, waist),
            (width * random.uniform(0.9, 1.25), random.uniform(-0.12, 0.18)),
        )
    ]


STYLES: dict[int, tuple[tuple[Style, float], ...]] = {
    0: ((_wide_zero, 0.2),),
    1: ((_one_with_up_stroke, 0.25),),
    2: ((_curled_two, 0.25),),
    4: ((_open_four, 0.3),),
    5: ((_curved_five, 0.12),),
    7: ((_crossed_seven, 0.2),),
    8: ((_open_eight, 0.12),),
    9: ((_curled_nine, 0.15), (_footed_nine, 0.1)),
}
