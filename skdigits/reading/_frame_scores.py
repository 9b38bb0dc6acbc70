"""The probabilities of the characters in each frame of a line, computed in NumPy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from skdigits.architectures import Network
from skdigits.ink.normalised_line import HEIGHT, NormalisedLine
from skdigits.programs._numpy._forward import fold
from skdigits.programs._numpy._layers import COMPUTE
from skdigits.reading._alignments import Frames

_PIXELS_AT_ONCE = 1 << 16


def frames_of(
    network: Network, weights: Sequence[NDArray[np.float32]], pictures: Sequence[NormalisedLine]
) -> list[Frames]:
    """Compute the log-probabilities of each frame of each picture.

    A picture is computed with others of its own width only, so that they do not change its frames.
    """
    steps = list(fold(network, tuple(weights)))
    frames: list[Frames] = [np.zeros((0, 0))] * len(pictures)
    for places in _batches([picture.shape[1] for picture in pictures]):
        maps = np.stack([pictures[i] for i in places])[..., None]
        for layer, own in steps:
            maps = COMPUTE[type(layer)](layer, maps, *own)
        scores = maps[:, 0].astype(np.float64)
        for i, score in zip(places, log_softmax(scores, axis=-1), strict=True):
            frames[i] = score
    return frames


def _batches(widths: Sequence[int]) -> Iterator[NDArray[np.intp]]:
    for width in np.unique(widths):
        places = np.flatnonzero(np.asarray(widths) == width)
        size = max(1, _PIXELS_AT_ONCE // (HEIGHT * int(width)))
        yield from np.split(places, range(size, len(places), size))
