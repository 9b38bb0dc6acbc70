"""The digits read on a photo."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from math import prod
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from skdigits.ink.box import Box
from skdigits.reading._plotted import Plotted

UNSURE = "?"


class _ReadDigit(NamedTuple):
    label: str
    probability: float
    box: Box
    line: int
    best: str


class ReadDigit(_ReadDigit):
    """A digit found on a photo.

    Parameters
    ----------
    label : str
        The digit, or "?" if the classifier is unsure.
    probability : float
        Probability of the likeliest digit, in [0, 1].
    box : Box
        Its box on the photo, in pixels of the file.
    line : int
        Index of its line.
    best : str or None, default=None
        The likeliest digit, even if the label is "?". None is `label`.

    Examples
    --------
    >>> from skdigits.reading import Box, ReadDigit
    >>> ReadDigit("7", 0.98, Box(10, 20, 30, 60), line=0).best
    '7'
    >>> ReadDigit("?", 0.4, Box(10, 20, 30, 60), line=0, best="1")
    ReadDigit(label='?', probability=0.4, box=Box(left=10, top=20, right=30, bottom=60), line=0, best='1')
    """  # noqa: E501

    __slots__ = ()

    def __new__(
        cls, label: str, probability: float, box: Box, line: int, best: str | None = None
    ) -> Self:
        return super().__new__(cls, label, probability, box, line, label if best is None else best)


@dataclass(frozen=True, eq=False)
class Reading(Plotted):
    """The digits on a photo, in reading order.

    Parameters
    ----------
    digits : list of ReadDigit
        Each digit with its `label`, "?" if the classifier is unsure; the `probability` of the
        likeliest digit; its `box` on the photo; the index of its `line`; and the likeliest digit
        itself, `best`.
    photo : ndarray of shape (height, width)
        Grey levels of the photo, upright, possibly smaller than the file.
    scale : float, default=1.0
        Pixels of the file per pixel of `photo`.
    rotation : int, default=0
        Degrees by which the photo was turned clockwise, in addition to its EXIF orientation.
    n_digits_seen : int or None, default=None
        Number of digits that the ink looks like, if it is not the one that was passed to
        :meth:`DigitReader.read_field`, so that digits are left out or made up.
    line_confidences : list of float or None, default=None
        Probability that all digits of a line, as in `best`, are correct, per line. None is the
        product of the probabilities of the digits.

    Raises
    ------
    ValueError
        If `line_confidences` does not hold one probability per line.

    Notes
    -----
    A notebook displays a reading as the photo with its digits, which requires Matplotlib:
    ``pip install "skdigits[plot]"``.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.reading import Box, ReadDigit, Reading
    >>> digits = [ReadDigit("4", 0.99, Box(5, 5, 20, 40), 0), ReadDigit("2", 0.9, Box(30, 5, 50, 40), 0)]
    >>> reading = Reading(digits, photo=np.full((50, 60), 255, np.uint8))
    >>> reading.text
    '42'
    >>> reading.to_dict()["digits"][1]["probability"]
    0.9
    >>> round(reading.confidence, 3)
    0.891
    """  # noqa: E501

    digits: list[ReadDigit]
    photo: NDArray[np.uint8] = field(repr=False)
    scale: float = 1.0
    rotation: int = 0
    n_digits_seen: int | None = None
    line_confidences: list[float] | None = None

    def __post_init__(self) -> None:
        lines = self._digits_by_line()
        if self.line_confidences is None:
            confidences = [prod(digit.probability for digit in line) for line in lines]
            object.__setattr__(self, "line_confidences", confidences)
        elif len(self.line_confidences) != len(lines):
            raise ValueError(
                f"line_confidences must hold one probability for each of {len(lines)} lines, got "
                f"{len(self.line_confidences)}."
            )

    def _digits_by_line(self) -> list[list[ReadDigit]]:
        numbers = sorted({digit.line for digit in self.digits})
        return [[digit for digit in self.digits if digit.line == number] for number in numbers]

    @property
    def lines(self) -> list[str]:
        """The text of each line, from the top down."""
        return ["".join(digit.label for digit in line) for line in self._digits_by_line()]

    @property
    def text(self) -> str:
        """The lines, separated by line breaks."""
        return "\n".join(self.lines)

    @property
    def confidence(self) -> float:
        """The probability that all lines are read correctly; 0 if no digit was found."""
        return prod(self.line_confidences or [0.0])

    def to_dict(self) -> dict[str, Any]:
        """Convert the reading to a dictionary for JSON.

        Returns
        -------
        reading : dict
            "text", "lines", "confidence", "line_confidences", "rotation", "n_digits_seen", and
            "digits": each with "label", "best", "probability", "line" and "box" (left, top, right,
            bottom).
        """
        return {
            "text": self.text,
            "lines": self.lines,
            "confidence": round(self.confidence, 4),
            "line_confidences": [round(each, 4) for each in self.line_confidences or []],
            "rotation": self.rotation,
            "n_digits_seen": self.n_digits_seen,
            "digits": [
                {**digit._asdict(), "probability": round(digit.probability, 4),
                 "box": list(digit.box)}
                for digit in self.digits
            ],
        }  # fmt: skip

    def _repr_html_(self) -> str:
        """Show the photo with its digits in a notebook, or the text if Matplotlib is absent."""
        try:
            picture = f'<img alt="{escape(self._description())}" src="{self._picture()}">'
        except ImportError:
            picture = ""
        sure = f"<p>Confidence: {self.confidence:.1%}</p>" if self.digits else ""
        caption = f"<figcaption><pre>{escape(self.text)}</pre>{sure}</figcaption>"
        return f"<figure>{picture}{caption}</figure>"

    def _description(self) -> str:
        """Describe the picture for readers who cannot see it."""
        if not self.digits:
            return "A photo on which no digits were found."
        unsure = " A question mark is a digit that the classifier is unsure of."
        lines = ", ".join(self.lines)
        return (
            f"A photo with a box around each digit. Read, line by line: {lines}."
            f"{unsure if UNSURE in lines else ''}"
        )

    def _picture(self) -> str:
        """Draw the photo and its digits, as a PNG in a data URL."""
        from matplotlib.figure import Figure

        from skdigits.plotting._reading_display import size_of_picture

        # pyplot would show the figure once more, and keep it.
        figure = Figure(figsize=size_of_picture(self.photo))
        self.plot(ax=figure.add_axes((0, 0, 1, 1)))
        file = BytesIO()
        figure.savefig(file, format="png")
        return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"
