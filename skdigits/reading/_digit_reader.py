"""Digits on photos, by any classifier of single digits."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from skdigits.preprocessing._frame import FRAME, frame_strokes
from skdigits.preprocessing._ink import stroke_thickness
from skdigits.preprocessing._pictures import require_images
from skdigits.reading._bundled import load_reader
from skdigits.reading._lines import Line, lines_of, pieces_of
from skdigits.reading._page import Page, page_of
from skdigits.reading._reading import UNSURE, Box, ReadDigit, Reading
from skdigits.reading._segmentation import (
    Candidate,
    PartedLine,
    best_chain,
    candidates_of,
    ink_of,
    is_one_piece,
    is_whole,
    part_line,
    skip_cost,
)

_LIKELY = 0.5  # probability of a piece that is read
_NO_DIGIT = 0.05  # pieces that are none, before the first was seen
_DIGITS = frozenset("0123456789")
_ASK = ("predict_proba", "decision_function")


class _Judged(NamedTuple):
    """The candidates of a line, with the likeliest digit of each and its probability."""

    line: PartedLine
    candidates: list[Candidate]
    labels: list[str]
    probabilities: NDArray[np.float64]


class DigitReader:
    """Find the digits on a photo or a scan, and read them.

    The photo is straightened, ink is told from paper and ruled lines, and lines are found. A line
    is cut into more parts than it has digits; the classifier judges each run of neighbouring parts
    that may be one digit, and the reading is the most probable chain of them. So digits that touch
    are divided and digits in pieces are joined by what they would be read as. Read more in the
    :ref:`User Guide <reading>`.

    Parameters
    ----------
    classifier : estimator or None, default=None
        Fitted classifier of rows of 784 pixels from 0 (paper) to 255 (ink), as in MNIST, whose
        classes are digits; most often a pipeline that begins with a
        :class:`~skdigits.preprocessing.PixelScaler`. It is asked for `predict_proba`, else for
        `decision_function`. By default the one that :func:`load_reader` gives.
    min_confidence : float, default=0.5
        A digit of a smaller probability reads as "?".

    Raises
    ------
    ValueError
        Where the classifier is not fitted on digits of 28x28 pixels.

    See Also
    --------
    skdigits.preprocessing.DigitFramer : Frames pictures of one digit each.

    Notes
    -----
    Needs Pillow and scikit-image: ``pip install "skdigits[images]"``. Photos of more than 2,000
    pixels in length or width are scaled down; more than 50 million pixels are refused, except in
    JPEG files, which are scaled while they are decoded.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits.preprocessing import DigitFramer, PixelScaler
    >>> from skdigits.reading import DigitReader
    >>> images, labels = load_digits(n_class=2, return_X_y=True)
    >>> images = images.reshape(-1, 8, 8) / 16
    >>> X = DigitFramer().fit_transform(images)
    >>> classifier = make_pipeline(PixelScaler((0, 255)), LogisticRegression()).fit(X, labels)
    >>> photo = 1 - np.pad(np.hstack(images[2:5]), 8).repeat(8, axis=0).repeat(8, axis=1)
    >>> DigitReader(classifier).read(photo).text
    '010'
    """

    def __init__(self, classifier: Any = None, *, min_confidence: float = 0.5) -> None:
        if not isinstance(min_confidence, Real) or not 0 <= min_confidence <= 1:
            raise ValueError(
                f"min_confidence must be a probability from 0 to 1, got {min_confidence!r}."
            )
        require_images("DigitReader")
        self.classifier: Any = load_reader() if classifier is None else classifier
        self.min_confidence: float = min_confidence
        self._labels: list[str] = _labels_of(self.classifier)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}({self.classifier!r}, min_confidence={self.min_confidence!r})"

    def read(self, photo: Any) -> Reading:
        """Read all digits, line by line.

        Parameters
        ----------
        photo : str, path-like, PIL.Image.Image or array-like
            File, image, or array of shape (height, width), (height, width, 3) or (height, width, 4)
            with grey levels from 0 to 255, or from 0 to 1.

        Returns
        -------
        reading : Reading
            The digits in reading order; none for a blank photo.

        Raises
        ------
        ValueError
            Where the photo cannot be read, is too large, or holds thousands of letters.
        """
        page = page_of(photo)
        judged = self._judge(page)
        return self._reading(page, judged, [_chain(one) for one in judged])

    def read_field(self, photo: Any, *, n_digits: int = 5) -> Reading:
        """Read a field whose number of digits is known, such as a zip code.

        Parameters
        ----------
        photo : str, path-like, PIL.Image.Image or array-like
            As in :meth:`read`: a picture of one line of digits, which may have a border.
        n_digits : int, default=5
            How many digits the field has.

        Returns
        -------
        reading : Reading
            The `n_digits` digits that are the most probable together; fewer only where there is
            too little ink for so many, and none for a blank field.

        Raises
        ------
        ValueError
            Where the photo cannot be read, is too large, or holds thousands of letters.
        """
        if not isinstance(n_digits, Integral) or n_digits < 1:
            raise ValueError(f"n_digits must be a whole number from 1 on, got {n_digits!r}.")
        page = page_of(photo)
        judged = self._judge(page)
        chains = [_chain(one, int(n_digits)) for one in judged]
        if judged:
            # Beside the field there may be the shadow of an edge, or a stroke of the next field.
            best = max(range(len(judged)), key=lambda i: judged[i].probabilities[chains[i]].sum())
            judged, chains = [judged[best]], [chains[best]]
        return self._reading(page, judged, chains, keep_unread=True)

    def _judge(self, page: Page) -> list[_Judged]:
        """Divide lines into candidates and let the classifier judge all of them at once."""
        pieces, labels = pieces_of(page.ink, page.edge)
        lines = lines_of(pieces)
        if not lines:
            return []
        thickness = _thickness(labels, lines)
        parted = [part_line(line, labels, page.ink, thickness) for line in lines]
        candidates = [candidates_of(line) for line in parted]
        frames = [
            frame_strokes(ink_of(line, candidate))
            for line, found in zip(parted, candidates, strict=True)
            for candidate in found
        ]
        if not frames:
            return []
        rows = np.stack(frames).reshape(len(frames), FRAME * FRAME)
        probabilities = _probabilities(self.classifier, rows)
        likeliest = probabilities.argmax(axis=1)
        highest = probabilities.max(axis=1).astype(np.float64)
        judged, first = [], 0
        for line, found in zip(parted, candidates, strict=True):
            here = slice(first, first + len(found))
            names = [self._labels[i] for i in likeliest[here]]
            judged.append(_Judged(line, found, names, highest[here]))
            first += len(found)
        return judged

    def _reading(
        self,
        page: Page,
        judged: list[_Judged],
        chains: list[list[int]],
        *,
        keep_unread: bool = False,
    ) -> Reading:
        found = [
            [self._digit(page, one, i) for i in chain]
            for one, chain in zip(judged, chains, strict=True)
        ]
        if not keep_unread:
            found = _lines_of_digits(found, page)
        digits = [digit._replace(line=i) for i, line in enumerate(found) for digit in line]
        return Reading(digits, page.photo, page.scale)

    def _digit(self, page: Page, judged: _Judged, i: int) -> ReadDigit:
        probability = float(judged.probabilities[i])
        label = judged.labels[i] if probability >= self.min_confidence else UNSURE
        left, top, right, bottom = judged.candidates[i].box
        x, y = judged.line.left, judged.line.top
        box = page.box_on_photo((left + x, top + y, right + x, bottom + y))
        return ReadDigit(label, probability, Box(*box), line=0)


def _lines_of_digits(lines: list[list[ReadDigit]], page: Page) -> list[list[ReadDigit]]:
    """Leave out print and drawings, where no digit was read, and the edges of the paper."""
    lines = [line for line in lines if any(digit.label != UNSURE for digit in line)]
    inside = [line for line in lines if not all(page.is_at_edge(digit.box) for digit in line)]
    # Of a picture cut to its ink, all is at the edge.
    return inside or lines


def _labels_of(classifier: Any) -> list[str]:
    """Check that a classifier is fitted and knows digits; give the names of its classes."""
    check_is_fitted(classifier)
    if not is_classifier(classifier) or not any(hasattr(classifier, ask) for ask in _ASK):
        raise ValueError(
            f"classifier must be a classifier with {' or '.join(_ASK)}, got {classifier!r}."
        )
    n_features = getattr(classifier, "n_features_in_", FRAME * FRAME)
    if n_features != FRAME * FRAME:
        raise ValueError(
            f"classifier must be fitted on rows of {FRAME * FRAME} pixels, that is 28x28, but it "
            f"was fitted on {n_features}."
        )
    classes = np.asarray(classifier.classes_)
    if classes.dtype.kind == "f" and (classes == classes.round()).all():
        classes = classes.astype(int)
    labels = [str(label) for label in classes]
    if not set(labels) <= _DIGITS:
        raise ValueError(
            f"classifier must tell digits from 0 to 9, but its classes are {classifier.classes_!r}."
        )
    return labels


def _probabilities(classifier: Any, rows: NDArray[np.uint8]) -> NDArray[Any]:
    """Ask for probabilities, or make them from scores."""
    if hasattr(classifier, "predict_proba"):
        probabilities: NDArray[Any] = classifier.predict_proba(rows)
        return probabilities
    scores = classifier.decision_function(rows)
    if scores.ndim == 1:
        scores = np.column_stack([-scores, scores])
    if scores.shape[1] != len(classifier.classes_):
        raise ValueError(
            f"classifier must give one score per class, but its decision_function gives "
            f"{scores.shape[1]} for {len(classifier.classes_)} classes; a support vector machine "
            'needs decision_function_shape="ovr".'
        )
    return np.asarray(softmax(scores, axis=1))


def _thickness(labels: NDArray[np.int32], lines: Sequence[Line]) -> float:
    """Measure the strokes of the lines."""
    is_wanted = np.zeros(labels.max() + 1, bool)
    is_wanted[[piece.label for line in lines for piece in line.pieces]] = True
    return stroke_thickness(is_wanted[labels])


def _chain(judged: _Judged, n_digits: int | None = None) -> list[int]:
    probabilities = np.maximum(judged.probabilities, 1e-9)
    if n_digits is None:
        whole = [is_whole(judged.line, candidate) for candidate in judged.candidates]
        # What is no digit stays whole, to be told as "?".
        probabilities[whole] = np.maximum(probabilities[whole], _share_of_non_digits(judged))
    scores = np.log(probabilities) + [candidate.plausibility for candidate in judged.candidates]
    costs = [skip_cost(judged.line, part) for part in judged.line.parts]
    return best_chain(len(costs), judged.candidates, scores, costs, n_digits)


def _share_of_non_digits(judged: _Judged) -> float:
    """Estimate how many pieces of a line are no digits: few of a number, most of a word."""
    pieces = [is_one_piece(judged.line, candidate) for candidate in judged.candidates]
    is_read = judged.probabilities[pieces] >= _LIKELY
    return float((np.count_nonzero(~is_read) + _NO_DIGIT) / (len(is_read) + 1))
