"""Lines read with a recognizer of strings: as a whole, without segmentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from skdigits.reading._confidence import confidence_of, evidence_of_text
from skdigits.reading._confirmation import Opinion
from skdigits.reading._digit_string_recognizer import DigitStringRecognizer
from skdigits.reading._form import Form
from skdigits.reading._form_views import field_views, form_view
from skdigits.reading._line_pictures import LinePicture, lines_on, probabilities_on
from skdigits.reading._read_lines import (
    ReadLine,
    UnreadLines,
    Upright,
    field_of,
    lines_of_digits,
    reading_of,
)
from skdigits.reading._reading import Reading
from skdigits.reading._rotation import turned_upright
from skdigits.reading._transcript import DIGITS, Transcript
from skdigits.reading._view import View

_READS_WELL, _LEGIBLE = 0.85, 0.7  # mean probability of the digits, upright and turned
_BLANK = 0.9  # probability of the empty text from which a field is blank


class ByRecognizer(NamedTuple):
    """Reader of lines with a recognizer of strings, and a second opinion on their digits."""

    recognizer: DigitStringRecognizer
    opinion: Opinion
    min_confidence: float

    def of_photo(self, photo: Any, n_quarters: int | None) -> RecognizedLines:
        """Find the lines of a photo; None for `n_quarters` finds the best turn."""

        def find(view: View) -> list[LinePicture]:
            return lines_on(view, self.recognizer, self.opinion, may_lie_on_table=True)

        view, turn, lines = turned_upright(
            photo, n_quarters, find, probabilities_on, well=_READS_WELL, legible=_LEGIBLE
        )
        return self._lines(view, turn, lines)

    def of_form(
        self, photo: Any, form: Form, n_quarters: int | None
    ) -> tuple[View, int, Sequence[UnreadLines]]:
        """Find the lines of each field of a form."""

        def find(view: View) -> list[list[LinePicture]]:
            parts = field_views(form_view(view, form), form)
            return [lines_on(part, self.recognizer, self.opinion) for part in parts]

        def probabilities_of(fields: list[list[LinePicture]]) -> list[float]:
            return [it for lines in fields for it in probabilities_on(lines)]

        view, turn, fields = turned_upright(
            photo, n_quarters, find, probabilities_of, well=_READS_WELL, legible=_LEGIBLE
        )
        return form_view(view, form), turn, [self._lines(view, turn, lines) for lines in fields]

    def _lines(self, view: View, n_quarters: int, lines: list[LinePicture]) -> RecognizedLines:
        upright = Upright(view.photo, view.scale, n_quarters)
        return RecognizedLines(upright, lines, self.opinion, self.min_confidence)


class RecognizedLines(NamedTuple):
    """The lines of a photo or of a field, found but not yet read."""

    upright: Upright
    lines: list[LinePicture]
    opinion: Opinion
    min_confidence: float

    def text(self) -> Reading:
        """Read all lines."""
        read = [self._read(line, line.transcript, is_number_known=False) for line in self.lines]
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
        read = self._read(line, transcript, is_number_known=True)
        return field_of(read, self.upright, n_digits, len(free.text))

    def _read(
        self, line: LinePicture, transcript: Transcript, *, is_number_known: bool
    ) -> ReadLine:
        read = line.read(transcript, self.min_confidence)
        evidence = evidence_of_text(read.confidence, is_number_known=is_number_known)
        return read._replace(confidence=confidence_of(evidence))
