"""Forms: the places of their fields, described once, and their numbers of digits."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from skdigits._files import opened_regular
from skdigits._printable import printable
from skdigits._skdigits_estimator import is_count

_PLACE = "#"
_MOST_BYTES = 10_000_000
_MOST_DIGITS = 100


@dataclass(frozen=True)
class FormField:
    """A field of a form: its place and its number of digits.

    Parameters
    ----------
    name : str
        Name of the field.
    box : tuple of (float, float, float, float)
        Left, top, right and bottom, in the unit of the form's size.
    n_digits : int or None, default=None
        Number of digits of the field; None if it is not known.
    pattern : str or None, default=None
        A pattern instead of `n_digits`: a "#" for each digit, and the characters printed between
        them, such as "#####-####" or "##.##.####".

    Raises
    ------
    ValueError
        If a parameter is invalid.

    Examples
    --------
    >>> from skdigits.reading import FormField
    >>> field = FormField("date", (100, 40, 300, 80), pattern="##.##.####")
    >>> field.n_places
    8
    >>> field.written("24122026")
    '24.12.2026'
    """

    name: str
    box: tuple[float, float, float, float]
    n_digits: int | None = None
    pattern: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ValueError(f"name must be a string that is not empty, got {self.name!r}.")
        box = self.box
        if not _are_numbers(box, 4) or not (box[0] < box[2] and box[1] < box[3]):
            raise ValueError(
                f"box of the field {self.name!r} must be left, top, right and bottom, with left < "
                f"right and top < bottom, got {box!r}."
            )
        object.__setattr__(self, "box", tuple(box))
        if self.n_digits is not None and self.pattern is not None:
            raise ValueError(f"the field {self.name!r} must have n_digits or a pattern, not both.")
        n_digits = self.n_digits
        if n_digits is not None and not (is_count(n_digits) and 1 <= n_digits <= _MOST_DIGITS):
            raise ValueError(
                f"n_digits of the field {self.name!r} must be a whole number from 1 to "
                f"{_MOST_DIGITS}, got {n_digits!r}."
            )
        pattern = self.pattern
        if pattern is not None and (
            not isinstance(pattern, str) or not 1 <= pattern.count(_PLACE) <= _MOST_DIGITS
        ):
            raise ValueError(
                f"pattern of the field {self.name!r} must have a {_PLACE!r} for each of 1 to "
                f"{_MOST_DIGITS} digits, got {pattern!r}."
            )

    @property
    def n_places(self) -> int | None:
        """Number of digits of the field, or None if it is not known."""
        return self.n_digits if self.pattern is None else self.pattern.count(_PLACE)

    def written(self, digits: str) -> str:
        """Insert digits into the pattern.

        Parameters
        ----------
        digits : str
            The digits read, in any number.

        Returns
        -------
        text : str
            The pattern with the digits in place of "#"; the digits alone if there is no pattern, or
            if it has another number of "#".
        """
        if self.pattern is None or len(digits) != self.n_places:
            return digits
        rest = iter(digits)
        return "".join(next(rest) if letter == _PLACE else letter for letter in self.pattern)


@dataclass(frozen=True)
class Form:
    """A form: its size and its fields.

    Parameters
    ----------
    width : float
        Width of the sheet, or of a scan of it, in any unit: millimetres, or pixels.
    height : float
        Height, in the same unit.
    fields : tuple of FormField
        The fields, in the same unit.

    Raises
    ------
    ValueError
        If a field is not within the form, or two fields have the same name.

    See Also
    --------
    read_form : Reads a form from a file.
    DigitReader.read_fields : Reads the fields of a form.

    Examples
    --------
    >>> from skdigits.reading import Form, FormField
    >>> form = Form(210, 297, [FormField("zip", (20, 50, 60, 60), n_digits=5)])
    >>> form.fields[0].name
    'zip'
    """

    width: float
    height: float
    fields: tuple[FormField, ...]

    def __post_init__(self) -> None:
        if not _are_numbers((self.width, self.height), 2) or min(self.width, self.height) <= 0:
            raise ValueError(
                f"width and height must be numbers above 0, got {self.width!r} and {self.height!r}."
            )
        if not isinstance(self.fields, Iterable):
            raise ValueError(f"fields must be a sequence of FormField, got {self.fields!r}.")
        object.__setattr__(self, "fields", tuple(self.fields))
        for i, field in enumerate(self.fields):
            if not isinstance(field, FormField):
                raise ValueError(f"fields[{i}] must be a FormField, got {field!r}.")
        if not self.fields:
            raise ValueError("fields must hold at least one field, got none.")
        names = [field.name for field in self.fields]
        for field in self.fields:
            left, top, right, bottom = field.box
            if left < 0 or top < 0 or right > self.width or bottom > self.height:
                raise ValueError(
                    f"box of the field {field.name!r} must be within the form, whose size is "
                    f"{self.width} x {self.height}, got {field.box!r}."
                )
            if names.count(field.name) > 1:
                raise ValueError(f"fields must have different names, got {field.name!r} again.")


def read_form(path: str | os.PathLike[str]) -> Form:
    """Read a form from a JSON file.

    The file holds an object with "size", [width, height], and "fields", a list of objects with
    "name", "box", [left, top, right, bottom] in the same unit, and optionally "n_digits" or
    "pattern":

    .. code-block:: json

        {"size": [210, 297],
         "fields": [{"name": "zip", "box": [20, 50, 75, 60], "pattern": "#####-####"},
                    {"name": "amount", "box": [120, 50, 180, 60]}]}

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    form : Form
        The form.

    Raises
    ------
    ValueError
        If the content of the file is invalid; the message names the cause.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skdigits.reading import read_form
    >>> text = '{"size": [210, 297], "fields": [{"name": "zip", "box": [20, 50, 75, 60]}]}'
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "fields.json"
    ...     size = path.write_text(text)
    ...     form = read_form(path)
    >>> form.fields[0].box
    (20, 50, 75, 60)
    """
    name = printable(Path(path))
    with opened_regular(path) as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"{name} has more than the {_MOST_BYTES:,} bytes that are read.")
    try:
        return _form_of(json.loads(content))
    except RecursionError:
        raise ValueError(f"{name} is not a form: its lists are nested too deeply.") from None
    except ValueError as error:  # Includes those of JSON and of UTF-8.
        raise ValueError(f"{name} is not a form: {printable(error)}") from error


def _form_of(content: Any) -> Form:
    size, fields = _entries(content, "the file", ("size", "fields"), ())
    if not _are_numbers(size, 2):
        raise ValueError(f'"size" must be [width, height], got {size!r}.')
    if not isinstance(fields, list):
        raise ValueError(f'"fields" must be a list, got {fields!r}.')
    return Form(size[0], size[1], tuple(_field_of(i, field) for i, field in enumerate(fields)))


def _field_of(i: int, content: Any) -> FormField:
    where = f'"fields"[{i}]'
    name, box, n_digits, pattern = _entries(
        content, where, ("name", "box"), ("n_digits", "pattern")
    )
    try:
        return FormField(name, tuple(box) if isinstance(box, list) else box, n_digits, pattern)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _entries(
    content: Any, where: str, needed: tuple[str, ...], allowed: tuple[str, ...]
) -> list[Any]:
    """Return the entries of an object; raise an error for others, which may be misspelt."""
    if not isinstance(content, dict):
        raise ValueError(f"{where} must be an object with {', '.join(needed)}, got {content!r}.")
    for name in needed:
        if name not in content:
            raise ValueError(f"{where} has no {name!r}.")
    for name in content:
        if name not in needed + allowed:
            known = ", ".join(map(repr, needed + allowed))
            raise ValueError(f"{where} has the unknown entry {name!r}; the known ones are {known}.")
    return [content.get(name) for name in needed + allowed]


def _are_numbers(values: Any, n_values: int) -> bool:
    """Check whether `values` are `n_values` finite numbers."""
    is_vector = isinstance(values, np.ndarray) and values.ndim == 1
    return (
        (is_vector or isinstance(values, list | tuple))
        and len(values) == n_values
        and all(map(_is_number, values))
    )


def _is_number(value: Any) -> bool:
    is_real = isinstance(value, Real) and not isinstance(value, bool)
    return is_real and bool(abs(value) < 1e9)
