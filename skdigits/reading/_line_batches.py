"""Batches of lines of similar width, in an order that depends only on the seed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits.ink.normalised_line import HEIGHT, STEP, NormalisedLine
from skdigits.reading._alignments import NONE, Text, n_frames_needed
from skdigits.reading._line_network import FRAME_WIDTH

_LEVELS, _LOWEST = 85, -1.5  # bytes per unit of contrast, and the contrast of byte 0
_CONTRASTS = (0.8, 1.2)


class Batch(NamedTuple):
    """Pictures (n, height, width, 1), and the columns of their characters, padded with 0."""

    pictures: NDArray[np.float32]
    labels: NDArray[np.int32]


class LineBatches:
    """Training lines, divided into batches anew for each epoch.

    Pictures are stored as bytes, because many thousands of them are in memory at once.

    Parameters
    ----------
    pictures : sequence of ndarray of shape (32, width)
        Normalised pictures.
    texts : sequence of tuple of int
        Columns of their characters.
    batch_size : int
        Largest number of lines per batch.
    seed : int
        Determines the order of the lines, and their contrasts.
    """

    def __init__(
        self, pictures: Sequence[NormalisedLine], texts: Sequence[Text], batch_size: int, seed: int
    ) -> None:
        self._pictures = [_to_bytes(picture) for picture in pictures]
        self._texts = texts
        self._seed = seed
        needed = [STEP * -(-n_frames_needed(text) * FRAME_WIDTH // STEP) for text in texts]
        self._widths = np.maximum([picture.shape[1] for picture in pictures], needed)
        self.n_lines = len(texts)
        self.n_per_epoch = -(-self.n_lines // batch_size)

    def fingerprint(self) -> str:
        """Compute a hash of the lines, the seed and the number of batches."""
        digest = blake2b(repr((self._seed, self.n_per_epoch, self._texts)).encode())
        for picture in self._pictures:
            digest.update(picture.tobytes())
        return digest.hexdigest()

    def order(self, epoch: int) -> list[NDArray[np.intp]]:
        """Divide the lines into batches of similar width, in the random order of an epoch."""
        random = np.random.default_rng((self._seed, epoch))
        shuffled = random.permutation(self.n_lines)
        by_width = shuffled[np.argsort(self._widths[shuffled], kind="stable")]
        batches = np.array_split(by_width, self.n_per_epoch)
        return [batches[i] for i in random.permutation(self.n_per_epoch)]

    def batch(self, places: NDArray[np.intp], epoch: int) -> Batch:
        """Pad the pictures and the texts of a batch to common sizes."""
        random = np.random.default_rng((self._seed, epoch, int(places[0])))
        width = int(self._widths[places].max())
        pictures = np.full((len(places), HEIGHT, width, 1), _to_bytes(np.zeros(1, np.float32)))
        labels = np.full((len(places), max(1, *(len(self._texts[i]) for i in places), 1)), NONE)
        for row, i in enumerate(places):
            pictures[row, :, : self._pictures[i].shape[1], 0] = self._pictures[i]
            labels[row, : len(self._texts[i])] = self._texts[i]
        contrasts = random.uniform(*_CONTRASTS, (len(places), 1, 1, 1)).astype(np.float32)
        return Batch(_from_bytes(pictures) * contrasts, labels.astype(np.int32))


def _to_bytes(picture: NormalisedLine) -> NDArray[np.uint8]:
    levels = np.clip(np.rint((picture - _LOWEST) * _LEVELS), 0, 255)
    return np.asarray(levels, np.uint8)


def _from_bytes(levels: NDArray[np.uint8]) -> NormalisedLine:
    return levels.astype(np.float32) * np.float32(1 / _LEVELS) + np.float32(_LOWEST)
