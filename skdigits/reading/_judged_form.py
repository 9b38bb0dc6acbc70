"""The fields of a form, with classified candidates."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from skdigits.ink.perspective import rectangle, size_of
from skdigits.ink.sheet import corners_of_sheet
from skdigits.reading._form import Form
from skdigits.reading._judgement import JudgedLine, chain_of_digits, judge
from skdigits.reading._page import Page, page_on
from skdigits.reading._rotation import FEWEST_DIGITS, LEAST_PROBABILITY, N_QUARTERS
from skdigits.reading._view import LONGEST_SIDE, View, view_of

_READS_WELL = 0.7  # mean probability of the digits from which no other turn is tried


class JudgedField(NamedTuple):
    """The ink of a field, and its lines with classified candidates."""

    page: Page
    lines: list[JudgedLine]


class JudgedForm(NamedTuple):
    """The rectified form, and its fields in order."""

    view: View
    n_quarters: int
    fields: list[JudgedField]


def judge_form(photo: Any, form: Form, classifier: Any, n_quarters: int | None) -> JudgedForm:
    """Rectify a form, and classify the candidates in its fields.

    Parameters
    ----------
    photo : str, path-like, PIL.Image.Image or array-like
        A photo of the form on a table, or of the form alone.
    form : Form
        The form, with the places of its fields.
    classifier : estimator
        Classifier of framed digits.
    n_quarters : int or None
        Number of clockwise quarter turns of the photo; None turns it if it is clearly legible only
        after a turn.
    """
    upright = _judged(photo, form, classifier, n_quarters or 0)
    if n_quarters is not None or _certainty(upright) >= _READS_WELL:
        return upright
    turned = [_judged(photo, form, classifier, turn) for turn in range(1, N_QUARTERS)]
    best = max(turned, key=_certainty)
    return best if _certainty(best) >= LEAST_PROBABILITY else upright


def _judged(photo: Any, form: Form, classifier: Any, n_quarters: int) -> JudgedForm:
    view = form_view(view_of(photo, n_quarters=n_quarters), form)
    pages = map(page_on, field_views(view, form))
    fields = [JudgedField(page, judge(page, classifier)) for page in pages]
    return JudgedForm(view, n_quarters, fields)


def field_views(view: View, form: Form) -> list[View]:
    """Cut the fields out of a rectified form."""
    height, width = view.grey.shape
    scale = np.array([width / form.width, height / form.height])
    views = []
    for field in form.fields:
        left, top, right, bottom = field.box
        corners = rectangle(right - left, bottom - top) + np.array([left, top])
        views.append(view.part(corners * scale))
    return views


def form_view(view: View, form: Form) -> View:
    """Rectify the sheet, or else the whole view, to the proportions of the form."""
    corners = corners_of_sheet(view.grey)
    if corners is None:
        corners = rectangle(*view.grey.shape[::-1])
    seen = size_of(corners)
    scale = max(seen[0] / form.width, seen[1] / form.height)
    scale = min(scale, LONGEST_SIDE / max(form.width, form.height))
    size = max(1, round(form.width * scale)), max(1, round(form.height * scale))
    return view.part(corners, size)


def _certainty(judged: JudgedForm) -> float:
    """Compute the mean probability of all digits; 0 if there are too few."""
    probabilities = [
        line.probabilities[i]
        for field in judged.fields
        for line in field.lines
        for i in chain_of_digits(line).candidates
    ]
    return float(np.mean(probabilities)) if len(probabilities) >= FEWEST_DIGITS else 0.0
