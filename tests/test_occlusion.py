import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdigits.plotting._occlusion import occlusion_map


@pytest.fixture
def image():
    image = np.zeros((6, 5, 1))
    image[1:-1, 1:-1, 0] = np.random.default_rng(0).random((4, 3))
    return image


@pytest.fixture
def weights():
    return np.random.default_rng(1).normal(size=(6, 5))


def linear(weights):
    return lambda images: np.tensordot(images[..., 0], weights, axes=2)


def test_single_pixels_of_a_linear_function_fall_by_their_share(image, weights):
    fall = occlusion_map(linear(weights), image, patch_size=1)
    assert_allclose(fall, weights * image[:, :, 0], atol=1e-12)


def test_patches_are_averaged(image, weights):
    fall = occlusion_map(linear(weights), image, patch_size=2)
    shares = weights * image[:, :, 0]
    hidden_by = [shares[y : y + 2, x : x + 2].sum() for y, x in [(1, 2), (1, 3), (2, 2), (2, 3)]]
    assert fall[2, 3] == pytest.approx(np.mean(hidden_by))
    assert fall[0, 0] == pytest.approx(shares[:2, :2].sum())


def test_paper_hides_ink_whichever_is_dark(image, weights):
    upside_down = occlusion_map(lambda images: linear(weights)(1 - images), 1 - image)
    assert_allclose(upside_down, occlusion_map(linear(weights), image), atol=1e-12)


def test_constant_function_has_no_map(image):
    assert not occlusion_map(lambda images: np.ones(len(images)), image).any()


@pytest.mark.parametrize("patch_size", [0, 6, 1.5])
def test_bad_patch_size_is_named(patch_size, image, weights):
    with pytest.raises(ValueError, match=f"from 1 to 5 pixels, got {patch_size}"):
        occlusion_map(linear(weights), image, patch_size)
