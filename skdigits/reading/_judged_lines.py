"""Lines read with a classifier of single digits: cut into parts, and classified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from skdigits.reading._chain import Chain
from skdigits.reading._confidence import confidence_of, evidence_of
from skdigits.reading._form import Form
from skdigits.reading._form_views import field_views, form_view
from skdigits.reading._judgement import JudgedLine, chain_of_digits, chain_of_text, judge
from skdigits.reading._page import Page, page_on
from skdigits.reading._read_lines import (
    ReadLine,
    UnreadLines,
    Upright,
    field_of,
    lines_of_digits,
    reading_of,
)
from skdigits.reading._reading import UNSURE, ReadDigit, Reading
from skdigits.reading._rotation import turned_upright
from skdigits.reading._view import View, sheet_of

_READS_WELL, _LEGIBLE = 0.85, 0.9  # mean probability of the digits, upright and turned


class ByClassifier(NamedTuple):
    """Reader of lines with a classifier of single digits, and the labels of its classes."""

    classifier: Any
    labels: Sequence[str]
    min_confidence: float

    def of_photo(self, photo: Any, n_quarters: int | None) -> JudgedLines:
        """Find and classify the lines of a photo; None for `n_quarters` finds the best turn."""

        def find(view: View) -> JudgedPage:
            return self._judged(sheet_of(view))

        view, turn, found = turned_upright(
            photo, n_quarters, find, _probabilities, well=_READS_WELL, legible=_LEGIBLE
        )
        return self._lines(view, turn, found)

    def of_form(
        self, photo: Any, form: Form, n_quarters: int | None
    ) -> tuple[View, int, Sequence[UnreadLines]]:
        """Find and classify the lines of each field of a form."""

        def find(view: View) -> list[JudgedPage]:
            return [self._judged(part) for part in field_views(form_view(view, form), form)]

        def probabilities_of(fields: list[JudgedPage]) -> list[float]:
            return [it for found in fields for it in _probabilities(found)]

        view, turn, fields = turned_upright(
            photo, n_quarters, find, probabilities_of, well=_READS_WELL, legible=_LEGIBLE
        )
        return form_view(view, form), turn, [self._lines(view, turn, found) for found in fields]

    def _judged(self, view: View) -> JudgedPage:
        page = page_on(view)
        return JudgedPage(page, judge(page, self.classifier))

    def _lines(self, view: View, n_quarters: int, found: JudgedPage) -> JudgedLines:
        return JudgedLines(self, Upright(view.photo, view.scale, n_quarters), *found)


class JudgedPage(NamedTuple):
    """The ink of a photo or of a field, and its lines with classified candidates."""

    page: Page
    judged: list[JudgedLine]


def _probabilities(found: JudgedPage) -> list[float]:
    return [
        float(line.probabilities[i])
        for line in found.judged
        for i in chain_of_digits(line).candidates
    ]


class JudgedLines(NamedTuple):
    """The lines of a photo or of a field, classified but not yet read."""

    by: ByClassifier
    upright: Upright
    page: Page
    judged: list[JudgedLine]

    def text(self) -> Reading:
        """Read all lines."""
        lines = [self._line(one, chain_of_text(one)) for one in self.judged]
        return reading_of(lines_of_digits(lines, self.upright), self.upright)

    def field(self, n_digits: int) -> Reading:
        """Read the most probable line of `n_digits` digits."""
        if not self.judged:
            return reading_of([], self.upright, n_digits_seen=0)
        chains = [chain_of_digits(one, n_digits) for one in self.judged]
        # Other lines may be the shadow of an edge, or a stroke of the next field.
        best = max(
            range(len(chains)),
            key=lambda i: self.judged[i].probabilities[chains[i].candidates].sum(),
        )
        n_seen = len(chain_of_digits(self.judged[best]).candidates)
        return field_of(self._line(self.judged[best], chains[best]), self.upright, n_digits, n_seen)

    def _line(self, judged: JudgedLine, chain: Chain) -> ReadLine:
        digits = []
        for i in chain.candidates:
            probability = float(judged.probabilities[i])
            place = judged.line.box
            box = self.page.box_on_photo(judged.candidates[i].box.moved(place.left, place.top))
            best = self.by.labels[judged.classes[i]]
            label = best if probability >= self.by.min_confidence else UNSURE
            digits.append(ReadDigit(label, probability, box, line=0, best=best))
        return ReadLine(digits, confidence_of(evidence_of(judged, chain)))
