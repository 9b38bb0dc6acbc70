"""A rectified form, and its fields."""

from __future__ import annotations

import numpy as np

from skdigits.ink.perspective import rectangle, size_of
from skdigits.ink.sheet import corners_of_sheet
from skdigits.reading._form import Form
from skdigits.reading._view import LONGEST_SIDE, View


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
