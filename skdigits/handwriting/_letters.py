"""Letters that cannot be mistaken for digits."""

from __future__ import annotations

PRINTED_LETTERS = "AaCcdEeFfHhKkLMmNnPpRrTtUuVvWwXxY"

# A handwritten letter is its strokes on a grid of 5 columns and 7 rows: "04 00 40" goes from column
# 0 and row 4 to column 0 and row 0, and on to column 4 and row 0. Three points form a bend.
_STROKES = {
    "A": "06 20|20 46|14 34",
    "E": "00 06|00 40|03 33|06 46",
    "F": "00 06|00 40|03 33",
    "H": "00 06|40 46|03 43",
    "K": "00 06|40 03|03 46",
    "M": "06 00|00 23|23 40|40 46",
    "N": "06 00|00 46|46 40",
    "P": "00 06|00 50 34|34 03",
    "R": "00 06|00 50 33|33 03|13 46",
    "T": "00 40|20 26",
    "U": "00 08 24|24 48 40",
    "V": "00 26|26 40",
    "W": "00 16|16 22|22 36|36 40",
    "X": "00 46|40 06",
    "d": "33 -14 26|26 46 43|40 46",
    "f": "40 10 13|13 16|03 33",
    "h": "00 06|03 43 46",
    "k": "00 06|32 04|04 36",
    "m": "02 06|03 22 26|23 42 46",
    "n": "02 06|03 42 46",
    "p": "02 08|03 44 06|02 42 34",
    "r": "02 06|04 12 32",
    "w": "02 16|16 23|23 36|36 42",
    "x": "02 46|42 06",
}


def _points(stroke: str) -> list[tuple[int, int]]:
    return [(int(place[:-1]), int(place[-1])) for place in stroke.split()]


LETTERS = [[_points(stroke) for stroke in strokes.split("|")] for strokes in _STROKES.values()]
