"""Lines read with a classifier of single digits: cut into parts, and classified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from skdigits.reading._chain import Chain
from skdigits.reading._confidence import confidence_of, evidence_of
from skdigits.reading._form import Form
from skdigits.reading._judged_form import judge_form
from skdigits.reading._judgement import JudgedLine, chain_of_digits, chain_of_text, judge
from skdigits.reading._page import Page, page_of
from skdigits.reading._read_lines import (
    ReadLine,
    UnreadLines,
    Upright,
    field_of,
    lines_of_digits,
    reading_of,
)
from skdigits.reading._reading import UNSURE, ReadDigit, Reading
from skdigits.reading._rotation import likeliest_turn, reads_better
from skdigits.reading._view import View


class ByClassifier(NamedTuple):
    """Reader of lines with a classifier of single digits, and the labels of its classes."""

    classifier: Any
    labels: Sequence[str]
    min_confidence: float

    def of_photo(self, photo: Any, n_quarters: int | None) -> JudgedLines:
        """Find and classify the lines of a photo; None for `n_quarters` finds the best turn."""
        page = page_of(photo, n_quarters=n_quarters or 0)
        judged = judge(page, self.classifier)
        if n_quarters is not None:
            return self._lines(page, n_quarters, judged)
        turn = likeliest_turn(judged, self.classifier)
        if turn:
            turned = page.turned(turn)
            judged_again = judge(turned, self.classifier)
            if reads_better(judged_again, judged):
                return self._lines(turned, turn, judged_again)
        return self._lines(page, 0, judged)

    def of_form(
        self, photo: Any, form: Form, n_quarters: int | None
    ) -> tuple[View, int, Sequence[UnreadLines]]:
        """Find and classify the lines of each field of a form."""
        judged = judge_form(photo, form, self.classifier, n_quarters)
        fields = [self._lines(page, judged.n_quarters, lines) for page, lines in judged.fields]
        return judged.view, judged.n_quarters, fields

    def _lines(self, page: Page, n_quarters: int, judged: list[JudgedLine]) -> JudgedLines:
        return JudgedLines(self, page, Upright(page.photo, page.scale, n_quarters), judged)


class JudgedLines(NamedTuple):
    """The lines of a photo or of a field, classified but not yet read."""

    by: ByClassifier
    page: Page
    upright: Upright
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
