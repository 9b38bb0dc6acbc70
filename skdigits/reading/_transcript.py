"""The frames of a picture of a line, and the transcripts found from them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits.ink.box import box_of
from skdigits.ink.normalised_line import HEIGHT, NormalisedLine, normalised_line
from skdigits.reading._alignments import Alignments, Frames
from skdigits.reading._frame_scores import frames_of
from skdigits.reading._line_network import FRAME_WIDTH, network_of
from skdigits.reading._transcription import most_probable_of_length, most_probable_text

DIGITS = "0123456789"

_WIDEST_SIDE = 14.0  # pixels of a normalised picture, from the middle of a character
_INK = 0.5  # contrast


class Transcript(NamedTuple):
    """The text of a line, its probability, and the places of its characters.

    Parameters
    ----------
    text : str
        The characters, from left to right.
    probability : float
        Probability that the whole text is correct.
    character_probabilities : ndarray of shape (n_read, n_characters)
        Probability of each character at the place of each one read, given that the others are
        correct; columns are ordered as in `characters_` of the recognizer. One minus the sum of a
        row is the probability that no character belongs there.
    boxes : ndarray of shape (n_read, 4)
        Left, top, right and bottom of each character, in pixels of the picture.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.reading import Transcript
    >>> Transcript("7", 0.9, np.array([[0.05, 0.95]]), np.array([[3.0, 2.0, 21.0, 30.0]])).text
    '7'
    """

    text: str
    probability: float
    character_probabilities: NDArray[np.float64]
    boxes: NDArray[np.float64]


class SeenLine(NamedTuple):
    """A normalised picture of a line, and its frames."""

    picture: NormalisedLine
    scale: tuple[float, float]  # pixels of the original per pixel of `picture`: across, down
    frames: Frames
    characters: NDArray[np.str_]  # of the columns of `frames` but the first

    def transcript(
        self, *, n_characters: int | None = None, allowed: Collection[str] | None = None
    ) -> Transcript:
        """Find the most probable text, of any length or a known one, of all characters or some.

        Parameters
        ----------
        n_characters : int or None, default=None
            Number of characters, if it is known.
        allowed : collection of str or None, default=None
            The characters that may be read. None is all of them.
        """
        is_allowed = [True, *(allowed is None or it in allowed for it in self.characters)]
        columns = np.flatnonzero(is_allowed)
        searched = self.frames[:, columns]
        if n_characters is None:
            found = most_probable_text(searched)
        else:
            found = most_probable_of_length(searched, n_characters)
        labels = columns[list(found)]
        alignments = Alignments(self.frames, labels.tolist())
        return Transcript(
            "".join(self.characters[labels - 1]),
            float(np.exp(min(0.0, alignments.log_probability))),
            alignments.character_probabilities()[:, 1:],
            self._boxes((alignments.centres() + 0.5) * FRAME_WIDTH),
        )

    def _boxes(self, middles: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute boxes of the ink around each middle, of the full height if there is no ink."""
        between = (middles[1:] + middles[:-1]) / 2
        lefts = np.maximum(middles - _WIDEST_SIDE, [0, *between][: len(middles)])
        rights = np.minimum(middles + _WIDEST_SIDE, [*between, np.inf][: len(middles)])
        boxes = [
            self._box(int(left), int(np.ceil(right)))
            for left, right in zip(lefts, rights, strict=True)
        ]
        return np.array(boxes, float).reshape(-1, 4) * [*self.scale, *self.scale]

    def _box(self, left: int, right: int) -> tuple[int, int, int, int]:
        inked = self.picture[:, left:right] > _INK
        if not inked.any():
            return left, 0, right, HEIGHT
        return box_of(inked).moved(left, 0)


def seen_lines(
    weights: Sequence[NDArray[np.float32]],
    characters: NDArray[np.str_],
    pictures: Sequence[NDArray[np.uint8]],
) -> list[SeenLine]:
    """Compute the frames of pictures of lines, all at once.

    Parameters
    ----------
    weights : sequence of ndarray
        Weights of the network, whose shapes describe it.
    characters : ndarray of shape (n_characters,)
        The characters that it distinguishes.
    pictures : sequence of ndarray of shape (height, width)
        Grey levels.
    """
    normalised = [normalised_line(picture) for picture in pictures]
    frames = frames_of(network_of(weights), weights, [it for it, _ in normalised])
    return [
        SeenLine(line, (1 / scale, len(picture) / HEIGHT), each, characters)
        for picture, (line, scale), each in zip(pictures, normalised, frames, strict=True)
    ]
