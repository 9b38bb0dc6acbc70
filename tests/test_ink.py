import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdigits.preprocessing._ink import (
    contrast_with_paper,
    faint_ink,
    has_bright_ink,
    stroke_thickness,
    strokes_of,
    texture_of_paper,
)


def paper_with_stroke(paper=200.0, ink=50.0):
    grey = np.full((80, 80), paper, np.float32)
    grey[10:70, 38:44] = ink
    return grey


@pytest.mark.parametrize("factor", [1, -1])
def test_polarity(factor):
    grey = 128 + factor * (paper_with_stroke() - 128)
    assert has_bright_ink(grey) == (factor < 0)


def test_contrast_is_relative_to_the_paper():
    contrast = contrast_with_paper(paper_with_stroke(), 24)
    assert_allclose(contrast[20:60, 39:43], 0.75, atol=0.02)
    assert_allclose(contrast[:, :30], 0, atol=0.02)


def test_shadow_is_paper():
    grey = paper_with_stroke()
    grey *= np.interp(np.arange(80), [56, 64], [1, 0.5])
    assert contrast_with_paper(grey, 24)[:, 50:].max() < 0.12


def test_a_strip_of_shadow_above_digits_is_paper():
    grey = np.full((170, 400), 200, np.float32)
    for left in range(60, 360, 60):
        grey[80:150, left : left + 9] = 40
    grey[4:34, 6:394] *= 0.6
    contrast = contrast_with_paper(grey, 96)
    assert np.median(contrast[10:30, 20:380]) < 0.05
    assert_allclose(contrast[100:130, 62:67], 0.8, atol=0.05)


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
