"""Pictures of the lines of a photo, and their transcripts by a recognizer."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np

from skdigits.ink.box import box_around
from skdigits.ink.perspective import mapped, rectangle
from skdigits.reading._confirmation import Opinion
from skdigits.reading._digit_string_recognizer import DigitStringRecognizer
from skdigits.reading._lines import Line, lines_of, pieces_of
from skdigits.reading._page import Page, page_on
from skdigits.reading._read_lines import ReadLine
from skdigits.reading._reading import UNSURE, ReadDigit
from skdigits.reading._transcript import DIGITS, SeenLine, Transcript, seen_lines
from skdigits.reading._view import View, is_strip, sheet_of

_BESIDE, _ABOVE = 0.35, 0.15  # paper around a line, in heights of a digit
_WIDE_ASPECT = 2.0  # width / height from which a higher picture than a strip may be a line, too
_SURE = 0.5  # probability of the text of a strip from which its ink is not searched
_LEGIBLE = 0.1  # probability of the text of a strip without ink from which it is not blank
_CLEAR = 0.9  # probability of a line's text from which its strokes alone are not read, too
_CERTAIN = 0.99  # probability of a text of which no second opinion is asked


class LinePicture(NamedTuple):
    """A part of a photo with one line, its frames, and its most probable text."""

    view: View
    seen: SeenLine
    transcript: Transcript
    page: Page | None = None  # the ink of the photo, if it has been searched

    def of_length(self, n_digits: int, opinion: Opinion) -> Transcript:
        """Find the most probable text of `n_digits` digits."""
        transcript = self.seen.transcript(n_characters=n_digits, allowed=DIGITS)
        return self._confirmed(transcript, opinion, self.page)

    def confirmed(self, opinion: Opinion, page: Page) -> LinePicture:
        """Ask for a second opinion on the text."""
        transcript = self._confirmed(self.transcript, opinion, page)
        return self._replace(transcript=transcript, page=page)

    def _confirmed(self, transcript: Transcript, opinion: Opinion, page: Page | None) -> Transcript:
        if transcript.probability >= _CERTAIN:
            return transcript
        return opinion.on(transcript, self.seen.characters, self.view, page or page_on(self.view))

    def read(self, transcript: Transcript, min_confidence: float) -> ReadLine:
        """Return the characters of a transcript as digits, with their boxes on the photo."""
        known = [it for it in DIGITS if it in self.seen.characters]
        columns = np.searchsorted(self.seen.characters, known)
        digits, confidence = [], transcript.probability
        for character, row, box in zip(
            transcript.text, transcript.character_probabilities, transcript.boxes, strict=True
        ):
            best = int(row[columns].argmax())
            probability = float(row[columns[best]])
            if character not in DIGITS:
                confidence *= probability / row[np.searchsorted(self.seen.characters, character)]
            is_sure = character in DIGITS and probability >= min_confidence
            left, top, right, bottom = box
            corners = rectangle(right - left, bottom - top) + np.array([left, top])
            label = known[best] if is_sure else UNSURE
            place = self.view.box_on_photo(corners)
            digits.append(ReadDigit(label, probability, place, line=0, best=known[best]))
        return ReadLine(digits, min(1.0, float(confidence)))

    @property
    def probability(self) -> float:
        """The probability of the text; 0 if it has no digit."""
        return self.transcript.probability if set(self.transcript.text) & set(DIGITS) else 0.0


def lines_on(
    view: View,
    recognizer: DigitStringRecognizer,
    opinion: Opinion,
    *,
    may_lie_on_table: bool = False,
) -> list[LinePicture]:
    """Find the lines on a view; a strip or a wide picture may itself be a line."""
    is_low = is_strip(view)
    height, width = view.grey.shape
    may_be_line = is_low or width >= _WIDE_ASPECT * height
    strip = _seen([view], recognizer) if may_be_line else []
    if strip and strip[0].probability >= _CERTAIN:
        return strip
    page = page_on(sheet_of(view) if may_lie_on_table and not is_low else view)
    strip = [line.confirmed(opinion, page) for line in strip]
    if is_low and strip[0].probability >= _SURE:
        return strip
    found = _found(view, page, recognizer, opinion)
    of_found = prod(line.probability for line in found) if found else _LEGIBLE
    return strip if strip and strip[0].probability > of_found else found


def _found(
    view: View, page: Page, recognizer: DigitStringRecognizer, opinion: Opinion
) -> list[LinePicture]:
    """Find the lines by their ink; read a doubtful one without what is printed, too."""
    lines = lines_of(pieces_of(page.ink, page.edge)[0])
    found = [
        line.confirmed(opinion, page)
        for line in _seen([_cut_out(view, page, line) for line in lines], recognizer)
    ]
    doubtful = [i for i, line in enumerate(found) if line.probability < _CLEAR]
    if not doubtful:
        return found
    strokes = View(page.photo, page.scale, 255 * (1 - page.ink), page.to_file)
    others = _seen([_cut_out(strokes, page, lines[i]) for i in doubtful], recognizer)
    for i, line in zip(doubtful, others, strict=True):
        other = line.confirmed(opinion, page)
        if other.probability > found[i].probability:
            found[i] = other
    return found


def probabilities_on(lines: list[LinePicture]) -> list[float]:
    """List the probabilities of all characters, 0 for what is no digit."""
    return [
        float(row.max()) if character in DIGITS else 0.0
        for line in lines
        for character, row in zip(
            line.transcript.text, line.transcript.character_probabilities, strict=True
        )
    ]


def _cut_out(view: View, page: Page, line: Line) -> View:
    """Cut out a line with the paper around it."""
    left, top, right, bottom = box_around(piece.box for piece in line.pieces)
    beside, above = _BESIDE * line.digit_height, _ABOVE * line.digit_height
    corners = rectangle(right - left + 2 * beside, bottom - top + 2 * above)
    to_view = np.asarray(np.linalg.solve(view.to_file, page.to_file), np.float64)
    return view.part(mapped(to_view, corners + np.array([left - beside, top - above])))


def _seen(views: list[View], recognizer: DigitStringRecognizer) -> list[LinePicture]:
    """Compute the frames and the transcripts of all lines at once."""
    pictures = [np.clip(view.grey, 0, 255).astype(np.uint8) for view in views]
    seen = seen_lines(recognizer.weights_, recognizer.characters_, pictures)
    return [LinePicture(view, one, one.transcript()) for view, one in zip(views, seen, strict=True)]
