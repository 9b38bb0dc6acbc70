"""A second opinion on the digits of a transcript: that of a classifier of single digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skdigits.ink.box import Box, box_of
from skdigits.ink.frame import FRAME, frame_strokes
from skdigits.ink.perspective import Places, mapped, rectangle
from skdigits.ink.pieces import label_pieces
from skdigits.ink.strokes import Ink
from skdigits.reading._judgement import probabilities_of_rows
from skdigits.reading._page import Page
from skdigits.reading._transcript import DIGITS, Transcript
from skdigits.reading._view import View

_OWN = 0.85  # share of a piece within the columns of a digit from which the digit has all of it
_MOST_FOREIGN = 0.1  # ink of other pieces within these columns, per ink of its own
_SMALLEST_PIECE = 6  # pixels of ink
_AROUND = 0.15  # paper around a line, in heights of it
_LEAST = 1e-6  # probability: no opinion is beyond dispute


class Opinion(NamedTuple):
    """A classifier of single digits, and the labels of its classes."""

    classifier: Any
    labels: Sequence[str]

    def on(
        self, transcript: Transcript, characters: NDArray[np.str_], view: View, page: Page
    ) -> Transcript:
        """Combine what was recognized with what the classifier makes of each digit's strokes.

        The probabilities of a digit are the geometric means of both. A digit that touches another
        keeps its own, as all do if the classifier does not know all digits of the recognizer.

        Parameters
        ----------
        transcript : Transcript
            What a recognizer read.
        characters : ndarray of shape (n_characters,)
            The characters that the recognizer distinguishes, in order.
        view : View
            The picture on which the boxes of the transcript are.
        page : Page
            The strokes on the same photo.

        Returns
        -------
        transcript : Transcript
            As many characters, each the likeliest by both opinions.
        """
        columns = np.flatnonzero(np.isin(characters, list(DIGITS)))
        digits = characters[columns].tolist()
        places = [i for i, character in enumerate(transcript.text) if character in digits]
        if not places or not set(digits) <= set(self.labels):
            return transcript
        corners = _corners_on_page(transcript.boxes, view, page)
        strokes = _Strokes.of_characters(corners, page.ink)
        places = [i for i in places if strokes.stands_apart[i]]
        if not places:
            return transcript
        table = np.ix_(np.array(places), columns)
        rows = np.stack([frame_strokes(strokes.ink(i)) for i in places])
        second = probabilities_of_rows(self.classifier, rows.reshape(-1, FRAME * FRAME))
        second = second[:, [self.labels.index(digit) for digit in digits]]
        first = transcript.character_probabilities[table]
        both = np.sqrt((first + _LEAST) * (second + _LEAST))
        both *= first.sum(axis=1, keepdims=True) / both.sum(axis=1, keepdims=True)
        text, probabilities = list(transcript.text), transcript.character_probabilities.copy()
        probabilities[table] = both
        probability = transcript.probability
        for i, ours, theirs in zip(places, both, first, strict=True):
            probability *= float(ours.max() / (theirs[digits.index(text[i])] + _LEAST))
            text[i] = digits[int(ours.argmax())]
        return Transcript("".join(text), min(1.0, probability), probabilities, transcript.boxes)


def _corners_on_page(boxes: NDArray[np.float64], view: View, page: Page) -> Places:
    """Return the corners of each box, as places on the page: an array of shape (n_boxes, 4, 2)."""
    to_page = np.linalg.solve(page.to_file, view.to_file)
    corners = rectangle(1, 1) * (boxes[:, None, 2:] - boxes[:, None, :2]) + boxes[:, None, :2]
    return mapped(np.asarray(to_page, np.float64), corners)


class _Strokes(NamedTuple):
    """The strokes of a line, whose pieces are divided among its characters by their columns."""

    line: Ink
    labels: NDArray[np.int32]  # the piece of each pixel
    is_own: NDArray[np.bool_]  # (1 + n_pieces, n_characters)
    stands_apart: NDArray[np.bool_]  # (n_characters,)

    @classmethod
    def of_characters(cls, corners: Places, page: Ink) -> _Strokes:
        lows, highs = corners.min(axis=1), corners.max(axis=1)
        around = _AROUND * float((highs - lows)[:, 1].max())
        size = page.shape[::-1]
        low = np.clip(lows.min(axis=0) - around, 0, size).astype(int)
        high = np.clip(np.ceil(highs.max(axis=0) + around), 0, size).astype(int)
        line = page[Box(*low.tolist(), *high.tolist()).slices]
        labels, n_pieces = label_pieces(line >= 0.5)
        borders = np.maximum.accumulate((highs[:-1, 0] + lows[1:, 0]) / 2 - low[0])
        owners = np.searchsorted(borders, np.arange(line.shape[1]) + 0.5)
        n_characters = len(corners)
        pairs = labels * n_characters + owners
        counts = np.bincount(pairs[labels > 0], minlength=(n_pieces + 1) * n_characters)
        counts = counts.reshape(-1, n_characters)
        areas = counts.sum(axis=1, keepdims=True)
        counts = np.where(areas < _SMALLEST_PIECE, 0, counts)
        is_own = (counts > 0) & (counts >= _OWN * areas)
        own = np.where(is_own, counts, 0).sum(axis=0)
        foreign = counts.sum(axis=0) - own
        stands_apart = (own > 0) & (foreign <= _MOST_FOREIGN * own)
        return cls(line, labels, is_own, stands_apart)

    def ink(self, i: int) -> Ink:
        """Return the ink of a character, within its box."""
        is_wanted = self.is_own[self.labels, i]
        place = box_of(is_wanted).slices
        return np.where(is_wanted[place], self.line[place], 0).astype(np.float32)
