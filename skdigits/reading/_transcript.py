"""What the line network reads along a picture, and where."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits.reading._alignments import Alignments, Frames
from skdigits.reading._line_network import FRAME_WIDTH
from skdigits.reading._transcription import most_probable_of_length, most_probable_text

_WIDEST_SIDE = 14.0  # pixels of a normalised picture, from the middle of a character


class Transcript(NamedTuple):
    """The text of a line, how probable it is, and where its characters are.

    Parameters
    ----------
    text : str
        The characters, from left to right.
    probability : float
        Probability that the whole text is right.
    character_probabilities : ndarray of shape (n_read, n_characters)
        For each character that was read, how probable each character is at its place, the others
        being right; columns are ordered as in `characters_` of the recognizer. What a row lacks to
        1 is the probability that nothing belongs there.
    bounds : ndarray of shape (n_read, 2)
        The left and the right end of each character, in pixels of the picture.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.reading import Transcript
    >>> Transcript("7", 0.9, np.array([[0.05, 0.95]]), np.array([[3.0, 21.0]])).text
    '7'
    """

    text: str
    probability: float
    character_probabilities: NDArray[np.float64]
    bounds: NDArray[np.float64]


def transcript_of(
    frames: Frames,
    characters: NDArray[np.str_],
    scale: float,
    *,
    n_characters: int | None = None,
    allowed: Collection[str] | None = None,
) -> Transcript:
    """Find the most probable text along frames.

    Parameters
    ----------
    frames : ndarray of shape (n_frames, 1 + n_characters)
        Log-probabilities.
    characters : ndarray of shape (n_characters,)
        What their columns are, but for the first.
    scale : float
        Pixels of the normalised picture per pixel of the original.
    n_characters : int or None, default=None
        How many characters the text has, if that is known.
    allowed : collection of str or None, default=None
        The characters that it may have; by default all.
    """
    is_allowed = [True, *(allowed is None or it in allowed for it in characters)]
    columns = np.flatnonzero(is_allowed)
    searched = frames[:, columns]
    if n_characters is None:
        found = most_probable_text(searched)
    else:
        found = most_probable_of_length(searched, n_characters)
    labels = columns[list(found)]
    alignments = Alignments(frames, labels.tolist())
    return Transcript(
        "".join(characters[labels - 1]),
        float(np.exp(min(0.0, alignments.log_probability))),
        alignments.character_probabilities()[:, 1:],
        _bounds((alignments.centres() + 0.5) * FRAME_WIDTH) / scale,
    )


def _bounds(middles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide a line in the middle between characters, unless they stand far apart."""
    between = (middles[1:] + middles[:-1]) / 2
    left = np.maximum(middles - _WIDEST_SIDE, np.append(-np.inf, between)[: len(middles)])
    right = np.minimum(middles + _WIDEST_SIDE, np.append(between, np.inf)[-len(middles) or 1 :])
    return np.column_stack([np.maximum(left, 0), right[: len(middles)]])
