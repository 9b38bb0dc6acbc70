"""What was read on a photo."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits.ink.box import Box

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNSURE = "?"


class ReadDigit(NamedTuple):
    """A digit that was found on a photo.

    Parameters
    ----------
    label : str
        The digit, or "?" where the classifier is unsure.
    probability : float
        Probability of the likeliest digit, in [0, 1].
    box : Box
        Where it is.
    line : int
        Number of its line, from 0.

    Examples
    --------
    >>> from skdigits.reading import Box, ReadDigit
    >>> ReadDigit("7", 0.98, Box(10, 20, 30, 60), line=0).label
    '7'
    """

    label: str
    probability: float
    box: Box
    line: int


@dataclass(frozen=True, eq=False)
class Reading:
    """The digits on a photo, in reading order.

    Parameters
    ----------
    digits : list of ReadDigit
        Each digit with its `label`, "?" where the classifier is unsure; the `probability` of the
        likeliest digit; its `box` on the photo; and the number of its `line`, from 0.
    photo : ndarray of shape (height, width)
        Grey levels of the photo, upright, maybe smaller than the file.
    scale : float, default=1.0
        Pixels of the file per pixel of `photo`.
    rotation : int, default=0
        By how many degrees the photo was turned clockwise, beyond what its EXIF orientation asks.
    n_digits_seen : int or None, default=None
        How many digits the ink looks like, if that is another number than
        :meth:`DigitReader.read_field` was asked for: then digits were left out or made up.

    Notes
    -----
    In a notebook, a reading shows itself as the photo with its digits, which needs Matplotlib:
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
    """  # noqa: E501

    digits: list[ReadDigit]
    photo: NDArray[np.uint8] = field(repr=False)
    scale: float = 1.0
    rotation: int = 0
    n_digits_seen: int | None = None

    @property
    def lines(self) -> list[str]:
        """The text of each line, from the top down."""
        numbers = sorted({digit.line for digit in self.digits})
        return [
            "".join(digit.label for digit in self.digits if digit.line == number)
            for number in numbers
        ]

    @property
    def text(self) -> str:
        """The lines, separated by line breaks."""
        return "\n".join(self.lines)

    def to_dict(self) -> dict[str, Any]:
        """Give what JSON can hold.

        Returns
        -------
        reading : dict
            "text", "lines", "rotation", "n_digits_seen", and "digits": each with "label",
            "probability", "line" and "box" (left, top, right, bottom).
        """
        return {
            "text": self.text,
            "lines": self.lines,
            "rotation": self.rotation,
            "n_digits_seen": self.n_digits_seen,
            "digits": [
                {**digit._asdict(), "probability": round(digit.probability, 4),
                 "box": list(digit.box)}
                for digit in self.digits
            ],
        }  # fmt: skip

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the photo, with a box and a label for each digit.

        The same as :meth:`~skdigits.plotting.ReadingDisplay.from_reading`, for the axes alone.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; by default on a figure of its own.

        Returns
        -------
        ax : matplotlib.axes.Axes
            The axes.
        """
        from skdigits.plotting import ReadingDisplay

        return ReadingDisplay.from_reading(self, ax=ax).ax_

    def _repr_html_(self) -> str:
        """Show the photo with its digits in a notebook, or the text if Matplotlib is absent."""
        try:
            picture = f'<img alt="{escape(self._description())}" src="{self._picture()}">'
        except ImportError:
            picture = ""
        return f"<figure>{picture}<figcaption><pre>{escape(self.text)}</pre></figcaption></figure>"

    def _description(self) -> str:
        """Say what the picture shows, for those who do not see it."""
        if not self.digits:
            return "A photo on which no digits were found."
        unsure = " A question mark is a digit that the classifier is unsure of."
        lines = ", ".join(self.lines)
        return (
            f"A photo with a box around each digit. Read, line by line: {lines}."
            f"{unsure if UNSURE in lines else ''}"
        )

    def _picture(self) -> str:
        """Draw the photo and its digits, as a PNG within an address."""
        from matplotlib.figure import Figure

        from skdigits.plotting._reading_display import size_of_picture

        # pyplot would show the figure once more, and keep it.
        figure = Figure(figsize=size_of_picture(self.photo))
        self.plot(ax=figure.add_axes((0, 0, 1, 1)))
        file = BytesIO()
        figure.savefig(file, format="png")
        return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"
