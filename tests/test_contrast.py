import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdigits.ink.contrast import contrast_with_paper, has_bright_ink, inverted
from skdigits.ink.straight_lines import LineShape


def line_shapes(width, height):
    return LineShape(width, 8, 6), LineShape(height, 8, 6)


def paper_with_stroke(paper=200.0, ink=50.0):
    grey = np.full((80, 80), paper, np.float32)
    grey[10:70, 38:44] = ink
    return grey


@pytest.mark.parametrize("factor", [1, -1])
def test_polarity(factor):
    grey = 128 + factor * (paper_with_stroke() - 128)
    assert has_bright_ink(grey) == (factor < 0)


def test_contrast_is_relative_to_the_paper():
    contrast = contrast_with_paper(paper_with_stroke(), 24, line_shapes)
    assert_allclose(contrast[20:60, 39:43], 0.75, atol=0.02)
    assert_allclose(contrast[:, :30], 0, atol=0.02)


@pytest.mark.parametrize(("paper", "ink"), [(30, 255), (200, 250)])
def test_contrast_of_bright_ink_is_relative_to_all_grey_levels_or_to_brighter_paper(paper, ink):
    grey = inverted(paper_with_stroke(paper, ink))
    contrast = contrast_with_paper(grey, 24, line_shapes)
    assert_allclose(contrast[20:60, 39:43], (ink - paper) / max(paper, 255 - paper), atol=0.02)
    assert_allclose(contrast[:, :30], 0, atol=0.02)


def test_shadow_is_paper():
    grey = paper_with_stroke()
    grey *= np.interp(np.arange(80), [56, 64], [1, 0.5])
    assert contrast_with_paper(grey, 24, line_shapes)[:, 50:].max() < 0.12


def test_a_strip_of_shadow_above_digits_is_paper():
    grey = np.full((170, 400), 200, np.float32)
    for left in range(60, 360, 60):
        grey[80:150, left : left + 9] = 40
    grey[4:34, 6:394] *= 0.6
    contrast = contrast_with_paper(grey, 96, line_shapes)
    assert np.median(contrast[10:30, 20:380]) < 0.05
    assert_allclose(contrast[100:130, 62:67], 0.8, atol=0.05)
