"""Training images for the reader: segments of lines that are digits, and others."""

from __future__ import annotations

from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state, check_scalar

from skdigits.handwriting._drawings import Random, check_digits, drawing_of, slanted
from skdigits.ink.box import box_of
from skdigits.ink.frame import FRAME, frame_strokes
from skdigits.ink.pictures import require_images
from skdigits.ink.strokes import Ink, Mask, stroke_thickness
from skdigits.reading._candidates import Candidate, PartedLine, candidates_of, ink_of, part_line
from skdigits.reading._lines import lines_of, pieces_of

Masks = NDArray[np.bool_]  # (n_digits, height, width): the ink of each digit of a line
_Segment = tuple[Ink, int]  # and its label

NO_DIGIT = -1
_MOST_IN_VAIN = 100
_MARGIN = 16  # pixels around a line
_TOUCHING = 0.6  # share of the neighbours
# A segment is a digit if it has at least this share of the digit's ink, and at most this much ink
# of others, relative to the digit's.
_LEAST_OWN, _MOST_OTHER = 0.9, 0.08
# It is not a digit if it has less of each digit's ink, or more ink of others.
_LEAST_OWN_OF_PART, _MOST_OTHER_OF_PAIR = 0.5, 0.4
_NARROWEST_WRONG = 0.45  # width / height: narrower parts of digits look like a 1


def make_segments(
    X: ArrayLike, y: ArrayLike, n_samples: int, *, random_state: int | Random | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Write digits close to each other and divide them as :class:`DigitReader` does.

    The reader cuts a line into more parts than it has digits, and classifies each run of parts that
    may be a digit. Half of the segments are digits, cut as well as possible from neighbours that
    they touch; the other half are parts of digits, and digits with parts of their neighbours. A
    classifier trained on both learns where a digit ends.

    Parameters
    ----------
    X : array-like of shape (n_digits, 784)
        Digits as in MNIST: 28x28 pixels from 0 (paper) to 255 (ink).
    y : array-like of shape (n_digits,)
        The digits, from 0 to 9.
    n_samples : int
        Number of segments.
    random_state : int, RandomState instance or None, default=None
        Determines what is written.

    Returns
    -------
    X_segments : ndarray of shape (n_samples, 784)
        The segments, framed by :class:`~skdigits.preprocessing.DigitFramer`.
    y_segments : ndarray of shape (n_samples,)
        The digits, and -1 for segments that are not digits.

    Raises
    ------
    ValueError
        If a row does not show a digit, or if the labels are not digits from 0 to 9.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.reading import make_segments
    >>> zero = np.zeros((28, 28), np.uint8)
    >>> zero[4:24, 8:20] = 255
    >>> zero[7:21, 11:17] = 0
    >>> X, y = make_segments(zero.reshape(1, -1), [0], 10, random_state=0)
    >>> X.shape, sorted(set(y.tolist()))
    ((10, 784), [-1, 0])
    """
    require_images("make_segments")
    images, labels = check_digits(X, y)
    check_scalar(n_samples, "n_samples", Integral, min_val=1)
    random = check_random_state(random_state)
    rows = np.zeros((n_samples, FRAME * FRAME), np.uint8)
    found = np.zeros(n_samples, np.int64)
    n_found = n_in_vain = 0
    while n_found < n_samples:
        if n_in_vain == _MOST_IN_VAIN:
            raise ValueError(
                f"X must hold digits, got images of which none of {_MOST_IN_VAIN} lines was "
                "divided correctly."
            )
        chosen = random.randint(len(images), size=random.randint(2, 5))
        masks = _written(images[chosen], random)
        right, wrong = _divided(masks, labels[chosen])
        n_in_vain = 0 if right else n_in_vain + 1
        order = random.permutation(len(wrong))[: len(right)]
        for ink, label in [*right, *(wrong[i] for i in order)][: n_samples - n_found]:
            rows[n_found], found[n_found] = frame_strokes(ink).ravel(), label
            n_found += 1
    return rows, found


def _written(images: NDArray[np.uint8], random: Random) -> Masks:
    """Write digits from left to right: the ink of each, of shape (n_digits, height, width)."""
    drawn = [_trimmed(np.asarray(slanted(drawing_of(image), random)) > 127) for image in images]
    height = max(map(len, drawn)) + 2 * _MARGIN
    width = sum(ink.shape[1] + 2 * _MARGIN for ink in drawn) + 2 * _MARGIN
    masks = np.zeros((len(drawn), height, width), np.bool_)
    end = _MARGIN
    for i, ink in enumerate(drawn):
        room = height - len(ink)
        top = int(np.clip(room / 2 + random.normal(0, 4), 1, room - 1))
        left = end + random.randint(2, 25)
        if i:
            written = np.logical_or.reduce(masks[:i])[top : top + len(ink)]
            touching = _where_they_touch(written, ink, end)
            is_touching = random.uniform() < _TOUCHING
            left = touching + (-random.randint(0, 8) if is_touching else random.randint(3, 25))
        masks[i, top : top + len(ink), left : left + ink.shape[1]] = ink
        end = left + ink.shape[1]
    return masks[:, :, : end + _MARGIN]


def _trimmed(ink: Mask) -> Mask:
    return ink[box_of(ink).slices]


def _where_they_touch(written: Mask, ink: Mask, end: int) -> int:
    """Find the leftmost column at which a digit touches the ink to its left."""
    rights = written.shape[1] - written[:, ::-1].argmax(axis=1)
    lefts = ink.argmax(axis=1)
    both = written.any(axis=1) & ink.any(axis=1)
    nearest = int((rights - lefts)[both].max()) if both.any() else 0
    return max(nearest, end - int(ink.shape[1]) // 2)


def _divided(masks: Masks, labels: NDArray[np.int64]) -> tuple[list[_Segment], list[_Segment]]:
    """Divide a line as the reader does, into segments that are digits and others."""
    ink = np.logical_or.reduce(masks).astype(np.float32)
    pieces, numbers = pieces_of(ink, np.zeros(ink.shape, np.bool_))
    thickness = stroke_thickness(ink >= 0.5)
    areas = masks.sum(axis=(1, 2))
    right: list[_Segment] = []
    wrong: list[_Segment] = []
    for line in lines_of(pieces):
        parted = part_line(line, numbers, ink, thickness)
        for candidate in candidates_of(parted):
            strokes = ink_of(parted, candidate)
            held, other, i = _held(parted, candidate, strokes, masks)
            own, other = held / areas[i], other / areas[i]
            height, width = strokes.shape
            if own >= _LEAST_OWN and other <= _MOST_OTHER:
                right.append((strokes, int(labels[i])))
            elif (own < _LEAST_OWN_OF_PART or other > _MOST_OTHER_OF_PAIR) and (
                width >= _NARROWEST_WRONG * height
            ):
                wrong.append((strokes, NO_DIGIT))
    return right, wrong


def _held(
    line: PartedLine, candidate: Candidate, strokes: Ink, masks: Masks
) -> tuple[float, float, int]:
    """Count the pixels of a candidate that belong to one digit, and to others; find the digit."""
    inked = strokes >= 0.5
    rows, columns = candidate.box.moved(line.box.left, line.box.top).slices
    here = masks[:, rows, columns]
    held = (here & inked).sum(axis=(1, 2))
    i = int(held.argmax())
    return float(held[i]), float((inked & ~here[i]).sum()), i
