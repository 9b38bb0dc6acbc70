import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdigits.ink.strokes import faint_ink, stroke_thickness, strokes_of, texture_of_paper


def test_texture_is_measured():
    contrast = np.random.default_rng(0).normal(0, 0.03, (200, 200)).astype(np.float32)
    assert texture_of_paper(contrast) == pytest.approx(0.03, rel=0.05)


def test_edges_of_strokes_have_half_the_ink():
    contrast = np.zeros((20, 20), np.float32)
    contrast[5:15, 8:12] = [0.4, 0.8, 0.8, 0.4]
    ink = strokes_of(contrast, faint_ink(contrast))
    assert_allclose(ink[10, 8:12], [0.55, 1, 1, 0.55], atol=0.06)
    assert ink[:4].max() == 0


def test_pencil_beside_pen_is_ink_and_a_stain_is_not():
    contrast = np.zeros((40, 60), np.float32)
    contrast[5:35, 5:9], contrast[5:35, 20:24], contrast[5:35, 40:44] = 0.9, 0.4, 0.1
    ink = strokes_of(contrast, faint_ink(contrast))
    assert ink[20, 6] == ink[20, 21] == 1
    assert ink[20, 41] == 0


def test_thickness_of_strokes():
    inked = np.zeros((100, 100), bool)
    inked[10:90, 40:48] = True
    # The ends of a stroke are edges as well.
    assert stroke_thickness(inked) == pytest.approx(2 * 640 / (176 * np.pi / 4))
