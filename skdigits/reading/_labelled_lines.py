"""Pictures of lines and their texts, checked and normalised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_consistent_length

from skdigits.architectures import Network
from skdigits.handwriting._line_texts import as_texts
from skdigits.ink.normalised_line import NormalisedLine, normalised_line
from skdigits.ink.pictures import LONGEST_LINE, as_greys
from skdigits.reading._alignments import Text
from skdigits.reading._frame_scores import frames_of
from skdigits.reading._transcription import most_probable_text


class LabelledLines(NamedTuple):
    """Normalised pictures of lines, and their texts."""

    pictures: list[NormalisedLine]
    texts: NDArray[np.str_]

    @classmethod
    def of(cls, images: Iterable[Any], texts: ArrayLike, suffix: str = "") -> Self:
        """Check and normalise the arguments `images` and `texts`, whose names end in `suffix`."""
        greys = as_greys(images, f"images{suffix}", LONGEST_LINE)
        pictures = [normalised_line(grey.astype(np.uint8))[0] for grey, _ in greys]
        lines = cls(pictures, as_texts(texts, f"texts{suffix}"))
        check_consistent_length(*lines)
        return lines

    @property
    def characters(self) -> NDArray[np.str_]:
        """The characters of the texts, sorted."""
        return np.unique(list("".join(self.texts)))

    def labels(self, characters: NDArray[np.str_]) -> list[Text]:
        """Replace each character by its column in the frames of a network."""
        columns = {character: i for i, character in enumerate(characters.tolist(), start=1)}
        return [tuple(columns[character] for character in text) for text in self.texts]

    def score(
        self,
        network: Network,
        weights: Sequence[NDArray[np.float32]],
        characters: NDArray[np.str_],
    ) -> float:
        """Compute the fraction of lines that a network reads without an error."""
        read = map(most_probable_text, frames_of(network, weights, self.pictures))
        texts = ["".join(characters[label - 1] for label in labels) for labels in read]
        return float(np.mean(np.array(texts, dtype=np.str_) == self.texts))
