"""The corruptions of benchmarks/: pure functions of images."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import skdigits

BENCHMARKS = Path(skdigits.__file__).parent.parent / "benchmarks"
if not BENCHMARKS.exists():
    pytest.skip("benchmarks/ is not installed", allow_module_level=True)
sys.path.insert(0, str(BENCHMARKS))

from corruptions import CORRUPTIONS  # noqa: E402

sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def rings():
    """Return 30 rings of different sizes around the centre."""
    y, x = np.mgrid[:28, :28] - 13.5
    radius = np.linspace(5, 9, 30).reshape(-1, 1, 1)
    return np.clip(2 - np.abs(np.hypot(y, x) - radius), 0, 1).astype(np.float32)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_is_a_pure_function_to_grey_levels(name, rings):
    before = rings.copy()
    corrupted = CORRUPTIONS[name](rings)
    assert corrupted.shape == rings.shape
    assert corrupted.dtype == np.float32
    assert 0 <= corrupted.min() < corrupted.max() <= 1
    assert not np.allclose(corrupted, rings)
    assert_array_equal(CORRUPTIONS[name](rings), corrupted)
    assert_array_equal(rings, before)


def test_there_are_as_many_as_in_mnist_c():
    assert len(CORRUPTIONS) == 15


def test_images_are_corrupted_on_their_own(rings):
    """A filter must not reach from one image into the next."""
    others = rings.copy()
    others[1] = 0.5
    for name in ("glass blur", "motion blur", "rotate", "canny edges"):
        assert_allclose(CORRUPTIONS[name](rings)[0], CORRUPTIONS[name](others)[0], err_msg=name)


@pytest.mark.parametrize(("name", "factor"), [("scale", 0.7), ("rotate", 1), ("translate", 1)])
def test_spread_of_the_ink(name, factor, rings):
    ink = CORRUPTIONS[name](rings)
    y, x = np.mgrid[:28, :28]
    mass = ink.sum((1, 2))
    centers = [(ink * places).sum((1, 2)) / mass for places in (y, x)]
    moved = 3 if name == "translate" else 0
    assert_allclose(np.abs(np.array(centers) - 13.5), moved, atol=0.02)

    def spread(images, centers):
        return (
            sum(
                (images * (places - center.reshape(-1, 1, 1)) ** 2).sum((1, 2)) / images.sum((1, 2))
                for places, center in zip((y, x), centers, strict=True)
            )
            ** 0.5
        )

    still = spread(rings, np.full((2, len(rings)), 13.5))
    assert_allclose(spread(ink, centers), factor * still, rtol=0.02)


def test_edges_run_along_both_sides_of_a_stroke(rings):
    edges = CORRUPTIONS["canny edges"](rings[-1:])[0]
    across = np.flatnonzero(edges[14, :14])
    assert len(across) == 2
    assert across[1] - across[0] >= 2
    assert edges[14, 14] == 0
