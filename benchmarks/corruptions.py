"""Accuracy on MNIST's test images and on 15 corruptions of them, of the kinds of MNIST-C.

The corruptions are those of Mu and Gilmer (2019), "MNIST-C: A robustness benchmark for computer
vision", written anew from their descriptions, with the severities that the authors published. The
docstring of each states them, and after "Chosen here" what is different or was not published. The
images are therefore not those of the authors' files, and the figures compare with those of other
papers only roughly. Each corruption is drawn from a seed of its own, the same for all classifiers.

No classifier is trained on a corrupted image. Recipes were tuned on corrupted training images of
writers that were held out (`--held-out`), and the test images choose nothing.

    python benchmarks/corruptions.py default strong robust "SVC on 10,000"
    python benchmarks/corruptions.py robust --held-out --seeds 1 --n 20000
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from figures import WRITING, written_to
from mnist import scaled_mnist
from numpy.typing import NDArray
from pairs import print_table
from scipy import ndimage
from sklearn.model_selection import GroupShuffleSplit
from sklearn.svm import SVC

from skdigits import KerasDigitClassifier
from skdigits.datasets import fetch_mnist
from skdigits.recipes import make_classifier

Images = NDArray[np.float32]  # (n_samples, 28, 28), from 0 for paper to 1 for ink
Generator = np.random.Generator

SIDE = 28
N_HELD_OUT = 3_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[WRITING])
    parser.add_argument("what", nargs="+", choices=CONTESTANTS)
    parser.add_argument("--seeds", type=int, default=3, help="how many (default: 3)")
    parser.add_argument("--n", type=int, help="how many training images (default: all)")
    parser.add_argument(
        "--held-out",
        action="store_true",
        help="test on training images of other writers than those trained on, to choose by",
    )
    arguments = parser.parse_args()
    with written_to(arguments.write):
        X, y, images, targets = (split_by_writer if arguments.held_out else split_as_published)()
        tests = {"clean": images, **{name: it(images) for name, it in CORRUPTIONS.items()}}
        rows = [[name] for name in [*tests, "mean of the corruptions"]]
        header = ["accuracy %"]
        for name in arguments.what:
            contestant = CONTESTANTS[name]
            seeds = range(arguments.seeds if contestant.is_random else 1)
            n = min(filter(None, [arguments.n, contestant.n_rows, len(X)]))
            accuracies = [
                accuracies_of(contestant.make(seed).fit(X[:n], y[:n]), tests.values(), targets)
                for seed in seeds
            ]
            header += [f"{name}, {len(seeds)} seed{'s' * (len(seeds) > 1)}", "sd"]
            for row, values in zip(rows, np.transpose(accuracies), strict=True):
                spread = f"{np.std(values, ddof=1):.2f}" if len(seeds) > 1 else ""
                row += [f"{np.mean(values):.2f}", spread]
        print_table(header, rows)


@dataclass(frozen=True)
class Contestant:
    """A classifier made from a seed, and how many training images it can learn in a few minutes."""

    make: Callable[[int], object]
    n_rows: int | None = None
    is_random: bool = True


CONTESTANTS = {
    "default": Contestant(lambda seed: KerasDigitClassifier(random_state=seed)),
    "strong": Contestant(lambda seed: make_classifier("strong", random_state=seed)),
    "robust": Contestant(lambda seed: make_classifier("robust", random_state=seed)),
    "SVC on 10,000": Contestant(lambda _: SVC(C=10), 10_000, is_random=False),
}


def split_as_published() -> tuple[NDArray, NDArray, Images, NDArray]:
    """Return training rows and labels, test images and labels."""
    (X, y), (X_test, y_test) = (
        scaled_mnist(subset, download_if_missing=True) for subset in ("train", "test")
    )
    return X, y, X_test.reshape(-1, SIDE, SIDE), y_test


def split_by_writer() -> tuple[NDArray, NDArray, Images, NDArray]:
    """Return the same of the training images alone: other writers to test on than to train on."""
    X, y = scaled_mnist("train", download_if_missing=True)
    writers = fetch_mnist(writers=True).writers
    rest, held_out = next(GroupShuffleSplit(1, test_size=0.1, random_state=0).split(X, y, writers))
    shuffled = np.random.default_rng(0).permutation
    rest, held_out = shuffled(rest), shuffled(held_out)[:N_HELD_OUT]
    return X[rest], y[rest], X[held_out].reshape(-1, SIDE, SIDE), y[held_out]


def accuracies_of(classifier: object, tests: Iterable[Images], targets: NDArray) -> list[float]:
    """Return the accuracy on each test in per cent, and the mean of all but the first."""
    found = [100 * classifier.score(images.reshape(len(images), -1), targets) for images in tests]
    return [*found, float(np.mean(found[1:]))]


def shot_noise(images: Images, random: Generator) -> Images:
    """Count photons: Poisson numbers with a mean of three times the grey level, over three."""
    return random.poisson(3 * images) / 3


def impulse_noise(images: Images, random: Generator) -> Images:
    """Make 17 % of the pixels black or white, either with the same probability."""
    draws = random.random(images.shape)
    return np.where(draws < 0.17, draws < 0.17 / 2, images)


def glass_blur(images: Images, random: Generator) -> Images:
    """Blur (0.7 pixels), twice exchange every other pixel with one next to it, and blur again.

    As published, the other pixel is the one itself or one above or to the left of it, and the
    pixels are visited from the lower right.
    """
    blurred = ndimage.gaussian_filter(images, (0, 0.7, 0.7), mode="nearest")
    everywhere = np.arange(len(images))
    for _ in range(2):
        for place in np.ndindex(SIDE - 2, SIDE - 2):
            y, x = SIDE - 1 - np.array(place)
            exchanged = random.random(len(images)) < 0.5
            other_y, other_x = y - random.integers(0, 2, (2, len(images))) * exchanged * [[1], [0]]
            other_x = x - random.integers(0, 2, len(images)) * exchanged
            pixels = blurred[:, y, x].copy()
            blurred[:, y, x] = blurred[everywhere, other_y, other_x]
            blurred[everywhere, other_y, other_x] = pixels
    return ndimage.gaussian_filter(blurred, (0, 0.7, 0.7), mode="nearest")


def motion_blur(images: Images, random: Generator) -> Images:
    """Move the image up to 10 pixels, by a half Gaussian of 3 pixels, at most 45 degrees aslant.

    Chosen here: bilinear interpolation between pixels, where ImageMagick takes the nearest.
    """
    distances = np.arange(11)
    weights = np.exp(-((distances / 3) ** 2) / 2)
    angles = np.radians(random.uniform(-45, 45, len(images)))
    moved = [
        weight * warped(images, distance * np.sin(angles), distance * np.cos(angles))
        for distance, weight in zip(distances, weights / weights.sum(), strict=True)
    ]
    return np.sum(moved, axis=0)


def shear(images: Images, random: Generator) -> Images:
    """Slant by 0.4 radians to either side, about the centre."""
    slants = np.tan(0.4) * random.choice([-1, 1], len(images))
    return warped(images, matrices=[[1, 0], [slants, 1]])


def scale(images: Images, random: Generator) -> Images:
    """Shrink to 70 % about the centre."""
    return warped(images, matrices=[[1 / 0.7, 0], [0, 1 / 0.7]])


def rotate(images: Images, random: Generator) -> Images:
    """Turn by 0.4 radians in either direction about the centre."""
    angles = 0.4 * random.choice([-1, 1], len(images))
    cosines, sines = np.cos(angles), np.sin(angles)
    return warped(images, matrices=[[cosines, sines], [-sines, cosines]])


def brightness(images: Images, random: Generator) -> Images:
    """Add a half to all grey levels, and cut what exceeds 1."""
    return images + 0.5


def translate(images: Images, random: Generator) -> Images:
    """Move by 3 pixels up or down, and by 3 to the left or right."""
    y, x = random.choice([-3, 3], (2, len(images)))
    return warped(images, y, x)


def stripe(images: Images, random: Generator) -> Images:
    """Invert all but the 14 columns in the middle."""
    is_inverted = np.abs(np.arange(SIDE) - 13.5) > 7
    return np.where(is_inverted, 1 - images, images)


def fog(images: Images, random: Generator) -> Images:
    """Add three times a cloud and divide by four, so that a quarter of the contrast is left.

    Clouds are 256x256 pixels large, from 0 to 1, and half as rough at half the distance; a part of
    28x28 pixels is used. Chosen here: parts of 100 clouds, which are sums of interpolated noise.
    """
    clouds = np.stack([make_cloud(random) for _ in range(100)])
    windows = np.lib.stride_tricks.sliding_window_view(clouds, (SIDE, SIDE), axis=(1, 2))
    which = random.integers(0, len(clouds), len(images))
    y, x = random.integers(0, windows.shape[1], (2, len(images)))
    return (images + 3 * windows[which, y, x]) / 4


def spatter(images: Images, random: Generator) -> Images:
    """Cover with grey splashes (63 of 255): where noise, blurred twice, is largest."""
    blur = partial(ndimage.gaussian_filter, mode="nearest")
    liquid = blur(random.normal(0.65, 0.3, images.shape), (0, 1, 1))
    mask = blur((liquid > 0.65).astype(float), (0, 1.5, 1.5))
    mask[mask < 0.8] = 0
    return images * (1 - mask) + mask * 63 / 255


def dotted_line(images: Images, random: Generator) -> Images:
    """Draw a straight line from the left to the right rim, with gaps of two pixels."""
    left, right = random.integers(0, SIDE - 1, (2, len(images)))
    lines = draw_line(0, left, SIDE - 1, right)
    return images + lines * (np.arange(SIDE) // 2 % 2)


def zigzag(images: Images, random: Generator) -> Images:
    """Draw a zigzag line, each stroke 4 pixels long and high, along a line that slopes a little."""
    left = random.integers(0, SIDE - 1, len(images))
    slope = np.arctan(random.integers(-5, 5, len(images)) / 23)
    drawn = images
    # Corners of a zigzag along the x axis, then turned by the slope.
    along = np.array([0, *range(2, 24, 4), 23 + 0.5])
    across = np.array([0, *(2 * (-1) ** i for i in range(len(along) - 2)), 0])
    x = 2 + np.outer(along, np.cos(slope)) - np.outer(across, np.sin(slope))
    y = left + np.outer(along, np.sin(slope)) + np.outer(across, np.cos(slope))
    for i in range(len(along) - 1):
        drawn = np.clip(drawn + draw_line(x[i], y[i], x[i + 1], y[i + 1]), 0, 1)
    return drawn


def canny_edges(images: Images, random: Generator) -> Images:
    """Keep only the outlines that Canny's method finds after a blur of 1 pixel.

    The thresholds are 0.1 and 0.2, of the sizes of Sobel gradients.
    """
    blurred = ndimage.gaussian_filter(images, (0, 1, 1), mode="constant")
    # SciPy's Sobel filter would also blur across the images.
    gradient = np.stack(
        [
            ndimage.correlate1d(ndimage.correlate1d(blurred, [-1, 0, 1], along), [1, 2, 1], across)
            for along, across in [(1, 2), (2, 1)]
        ]
    )
    size = np.hypot(*gradient)
    # One pixel further in the direction of the gradient, and in the opposite one.
    step = gradient / np.maximum(np.abs(gradient).max(axis=0), 1e-9)
    step = np.concatenate([np.zeros((1, *size.shape)), step])
    places = np.indices(size.shape)
    after, before = (
        ndimage.map_coordinates(size, it, order=1) for it in (places + step, places - step)
    )
    is_largest = (size >= before) & (size >= after)
    is_largest[:, [0, -1]] = is_largest[..., [0, -1]] = False
    in_plane = np.zeros((3, 3, 3), bool)
    in_plane[1] = True
    weak = is_largest & (size >= 0.1)
    return ndimage.binary_propagation(weak & (size >= 0.2), in_plane, mask=weak)


def warped(
    images: Images, down: float | NDArray = 0, right: float | NDArray = 0, matrices: object = None
) -> Images:
    """Move each image, or map its places by a matrix about the centre; bilinear interpolation."""
    n_images = len(images)
    if matrices is None:
        matrices = [[1, 0], [0, 1]]
    (yy, yx), (xy, xx) = ([np.broadcast_to(it, n_images) for it in row] for row in matrices)
    down, right = (np.broadcast_to(it, n_images) for it in (down, right))
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    result = np.empty_like(images)
    for i, image in enumerate(images):
        places = [
            yy[i] * y + yx[i] * x + (SIDE - 1) / 2 - down[i],
            xy[i] * y + xx[i] * x + (SIDE - 1) / 2 - right[i],
        ]
        ndimage.map_coordinates(image, places, result[i], order=1)
    return result


def make_cloud(random: Generator) -> NDArray[np.float64]:
    """Sum noise with grains of 256, 128, ... 2 pixels, the larger ones stronger: 1.4**2 each."""
    cloud = np.zeros((256, 256))
    for octave in range(1, 9):
        grains = random.uniform(-1, 1, (256 >> octave,) * 2)
        cloud += 1.96**octave * ndimage.zoom(
            grains, 1 << octave, order=1, mode="grid-wrap", grid_mode=True
        )
    cloud -= cloud.min()
    return cloud / cloud.max()


def draw_line(
    x0: float | NDArray, y0: NDArray, x1: float | NDArray, y1: NDArray
) -> NDArray[np.float64]:
    """Draw a line into each image; as published, it fades with the vertical distance."""
    x0, y0, x1, y1 = (np.reshape(np.asarray(it, float), (-1, 1, 1)) for it in (x0, y0, x1, y1))
    y, x = np.mgrid[:SIDE, :SIDE]
    distance = np.abs(y - (y0 + (y1 - y0) * (x - x0) / (x1 - x0)))
    ink = 1 + np.log1p(-np.minimum(distance, 2) / 2.3)
    return np.where((x >= np.floor(x0)) & (x < np.ceil(x1)), np.clip(ink, 0, 1), 0)


def seeded(corrupt: Callable[[Images, Generator], Images], seed: int) -> Callable[[Images], Images]:
    """Make it a pure function of images, cut to grey levels from 0 to 1."""

    def corrupted(images: Images) -> Images:
        drawn = corrupt(images, np.random.default_rng(seed))
        return np.clip(drawn, 0, 1).astype(np.float32)

    return corrupted


CORRUPTIONS = {
    corrupt.__name__.replace("_", " "): seeded(corrupt, seed)
    for seed, corrupt in enumerate(
        [
            shot_noise, impulse_noise, glass_blur, motion_blur, shear, scale, rotate, brightness,
            translate, stripe, fog, spatter, dotted_line, zigzag, canny_edges,
        ]
    )
}  # fmt: skip


if __name__ == "__main__":
    main()
