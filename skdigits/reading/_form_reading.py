"""The digits read in the fields of a form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits._table import format_html, format_table
from skdigits.reading._plotted import Plotted
from skdigits.reading._reading import ReadDigit, Reading

_HEADER = ("field", "text", "confidence")


@dataclass(frozen=True, eq=False)
class FormReading(Plotted):
    """The digits in the fields of a form.

    Parameters
    ----------
    texts : dict of str to str
        Text of each field: its digits, in its pattern if it has one; "" if it is blank. Spaces
        separate the lines of a field of several lines.
    readings : dict of str to Reading
        The reading of each field, with the boxes of its digits on the photo.
    photo : ndarray of shape (height, width)
        Grey levels of the photo, upright, possibly smaller than the file.
    scale : float, default=1.0
        Pixels of the file per pixel of `photo`.
    rotation : int, default=0
        Degrees by which the photo was turned clockwise, in addition to its EXIF orientation.

    See Also
    --------
    DigitReader.read_fields : Reads the fields.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.reading import Box, FormReading, ReadDigit, Reading
    >>> photo = np.full((50, 60), 255, np.uint8)
    >>> reading = Reading([ReadDigit("4", 0.99, Box(5, 5, 20, 40), 0)], photo)
    >>> form = FormReading({"floor": "4"}, {"floor": reading}, photo)
    >>> print(form.text)
    field  text  confidence
    floor  4          0.990
    """

    texts: dict[str, str]
    readings: dict[str, Reading] = field(repr=False)
    photo: NDArray[np.uint8] = field(repr=False)
    scale: float = 1.0
    rotation: int = 0

    @property
    def digits(self) -> list[ReadDigit]:
        """The digits of all fields; `line` is the index of the field."""
        return [
            digit._replace(line=i)
            for i, reading in enumerate(self.readings.values())
            for digit in reading.digits
        ]

    @property
    def text(self) -> str:
        """A table with one row per field: its name, its text and its confidence."""
        return format_table([_HEADER, *self._rows()], n_left=2)

    def _rows(self) -> list[tuple[str, str, str]]:
        rows = []
        for name, reading in self.readings.items():
            shown = f"{reading.confidence:.3f}" if reading.digits else ""
            rows.append((name, self.texts[name], shown))
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Convert the reading to a dictionary for JSON.

        Returns
        -------
        form : dict
            "rotation", and "fields": for each name the result of :meth:`Reading.to_dict`, with the
            text in its pattern.
        """
        return {
            "rotation": self.rotation,
            "fields": {
                name: {**reading.to_dict(), "text": self.texts[name]}
                for name, reading in self.readings.items()
            },
        }

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        """Show the fields as a table in a notebook."""
        return format_html([_HEADER, *self._rows()], n_left=2)
