"""Lines read with a recognizer of strings: as a whole, without segmentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from skdigits.reading._confirmation import Opinion
from skdigits.reading._digit_string_recognizer import DigitStringRecognizer
from skdigits.reading._form import Form
from skdigits.reading._judged_form import field_views, form_view
from skdigits.reading._line_pictures import (
    LinePicture,
    certainty,
    is_sure_strip,
    lies_flat,
    lines_on,
)
from skdigits.reading._read_lines import (
    UnreadLines,
    Upright,
    field_of,
    lines_of_digits,
    reading_of,
)
from skdigits.reading._reading import Reading
from skdigits.reading._rotation import N_QUARTERS
from skdigits.reading._transcript import DIGITS
from skdigits.reading._view import View, view_of

_READS_WELL = 0.85  # mean probability of the digits from which no other turn is tried
_LEGIBLE, _LEAST_LEAD = 0.7, 0.1  # the same of a turned photo, and how much more than upright
_BLANK = 0.9  # probability of the empty text from which a field is blank

Found = TypeVar("Found")


class ByRecognizer(NamedTuple):
    """Reader of lines with a recognizer of strings, and a second opinion on their digits."""

    recognizer: DigitStringRecognizer
    opinion: Opinion
    min_confidence: float

    def of_photo(self, photo: Any, n_quarters: int | None) -> RecognizedLines:
        """Find the lines of a photo; None for `n_quarters` finds the best turn."""

        def turned(view: View) -> list[LinePicture]:
            return lines_on(view, self.recognizer, self.opinion, may_lie_on_table=True)

        def reads_well(lines: list[LinePicture]) -> bool:
            return is_sure_strip(lines) or certainty(lines) >= _READS_WELL

        view, turn, lines = _upright(photo, n_quarters, turned, reads_well, certainty)
        return self._lines(view, turn, lines)

    def of_form(
        self, photo: Any, form: Form, n_quarters: int | None
    ) -> tuple[View, int, Sequence[UnreadLines]]:
        """Find the lines of each field of a form."""

        def turned(view: View) -> list[list[LinePicture]]:
            parts = field_views(form_view(view, form), form)
            return [lines_on(part, self.recognizer, self.opinion) for part in parts]

        def certainty_of_all(fields: list[list[LinePicture]]) -> float:
            return certainty([line for lines in fields for line in lines])

        def read_well(fields: list[list[LinePicture]]) -> bool:
            return certainty_of_all(fields) >= _READS_WELL

        view, turn, fields = _upright(photo, n_quarters, turned, read_well, certainty_of_all)
        return form_view(view, form), turn, [self._lines(view, turn, lines) for lines in fields]

    def _lines(self, view: View, n_quarters: int, lines: list[LinePicture]) -> RecognizedLines:
        upright = Upright(view.photo, view.scale, n_quarters)
        return RecognizedLines(upright, lines, self.opinion, self.min_confidence)


def _upright(
    photo: Any,
    n_quarters: int | None,
    find: Callable[[View], Found],
    reads_well: Callable[[Found], bool],
    certainty_of: Callable[[Found], float],
) -> tuple[View, int, Found]:
    """Find lines on a photo as it is, and after the other turns if it does not read well."""
    view = view_of(photo, n_quarters=n_quarters or 0)
    upright = view, n_quarters or 0, find(view)
    if n_quarters is not None or reads_well(upright[2]):
        return upright
    turns = [N_QUARTERS // 2] if lies_flat(view) else range(1, N_QUARTERS)
    others = [view_of(view.photo, n_quarters=turn, scale=view.scale) for turn in turns]
    turned = [(other, turn, find(other)) for turn, other in zip(turns, others, strict=True)]
    best = max(turned, key=lambda one: certainty_of(one[2]))
    probability = certainty_of(best[2])
    is_better = probability - certainty_of(upright[2]) >= _LEAST_LEAD
    return best if is_better and probability >= _LEGIBLE else upright


class RecognizedLines(NamedTuple):
    """The lines of a photo or of a field, found but not yet read."""

    upright: Upright
    lines: list[LinePicture]
    opinion: Opinion
    min_confidence: float

    def text(self) -> Reading:
        """Read all lines."""
        read = [line.read(line.transcript, self.min_confidence) for line in self.lines]
        return reading_of(lines_of_digits(read, self.upright), self.upright)

    def field(self, n_digits: int) -> Reading:
        """Read the most probable line of `n_digits` digits."""
        transcripts = [line.of_length(n_digits, self.opinion) for line in self.lines]
        if not transcripts:
            return reading_of([], self.upright, n_digits_seen=0)
        best = max(range(len(transcripts)), key=lambda i: transcripts[i].probability)
        line, transcript = self.lines[best], transcripts[best]
        free = line.seen.transcript(allowed=DIGITS)
        if not free.text and free.probability >= _BLANK:
            return reading_of([], self.upright, n_digits_seen=0)
        read = line.read(transcript, self.min_confidence)
        return field_of(read, self.upright, n_digits, len(free.text))
