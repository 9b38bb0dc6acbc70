"""The picture of a line, made independent of its size, light and polarity."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

HEIGHT = 32  # pixels
STEP = 16  # pixels: widths are multiples of it
WIDEST = 4096  # pixels; a wider picture is narrowed
_BLOCK = 32  # columns in which the paper is one shade
_DARKEST, _CLEAREST = 0.97, 1.5  # quantile of the contrast that is ink, and the most that is kept

NormalisedLine = NDArray[np.float32]  # (HEIGHT, width), from about 0 (paper) to 1 (ink)


def normalised_line(grey: NDArray[np.uint8]) -> tuple[NormalisedLine, float]:
    """Scale the picture of a line to a height of 32 pixels, and its ink and paper to 1 and 0.

    Returns the picture and how many of its pixels are one pixel of the original's width.
    """
    from PIL import Image

    height, width = grey.shape
    columns = int(np.clip(round(width * HEIGHT / height), STEP // 2, WIDEST))
    small = Image.fromarray(grey).resize((columns, HEIGHT), Image.Resampling.BILINEAR)
    contrast = _shade(np.asarray(small, np.float32)) - np.asarray(small, np.float32)
    # Ink is rarer than paper, on whichever side of it.
    if (contrast**3).mean() < 0:
        contrast = -contrast
    darkest = max(float(np.quantile(contrast, _DARKEST)), 2.0)
    padded = np.zeros((HEIGHT, -(-columns // STEP) * STEP), np.float32)
    padded[:, :columns] = np.clip(contrast / darkest, -_CLEAREST, _CLEAREST)
    return padded, columns / width


def _shade(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Estimate the shade of the paper: the median, block by block, with smooth transitions."""
    n_blocks = max(1, round(picture.shape[1] / _BLOCK))
    edges = np.linspace(0, picture.shape[1], n_blocks + 1).astype(int)
    medians = [np.median(picture[:, a:b]) for a, b in pairwise(edges)]
    middles = (edges[:-1] + edges[1:]) / 2
    return np.interp(np.arange(picture.shape[1]), middles, medians).astype(np.float32)
